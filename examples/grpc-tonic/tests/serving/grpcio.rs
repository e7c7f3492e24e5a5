//! grpcio from PyPI, an independent implementation: gRPC's own, in C. `tests/grpcio/check.py` is
//! the client.

use std::{path::Path, process::Stdio};

use scaffold::demo;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::world::{PATIENCE, World};

/// Runs a scenario of the script. Returns `false` if it was skipped.
async fn check(scenario: &str, settings: Value) -> bool {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/grpcio");
    let Some(python) = install(&folder).await else {
        return false;
    };
    let run = Command::new(python)
        .arg(folder.join("check.py"))
        .args([scenario, &settings.to_string()])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(2 * PATIENCE, run).await;
    let output = output.expect("in time").unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    true
}

/// Returns the Python with grpcio. If it cannot be installed, prints a notice and returns `None`.
async fn install(folder: &Path) -> Option<String> {
    let mut install = Command::new(folder.join("install"));
    let why = match install.stdin(Stdio::null()).output().await {
        Ok(output) if output.status.success() => {
            return Some(String::from_utf8_lossy(&output.stdout).trim().to_owned());
        }
        Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    skip("grpcio", &why);
    None
}

#[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
fn skip(what: &str, why: &str) {
    const REQUIRE_TOOLS: &str = "OKTA_TOWER_REQUIRE_TOOLS";
    let is_required = std::env::var_os(REQUIRE_TOOLS).is_some_and(|value| !value.is_empty());
    assert!(
        !is_required,
        "{what} cannot run, and {REQUIRE_TOOLS} is set: {why}"
    );
    eprintln!("SKIPPED: {what}: {why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn grpcio_callers_get_what_the_rules_allow() {
    let world = World::start().await;
    let issuer = &world.issuer;
    let tokens = json!({
        "admin": demo::admin(issuer).claim("department", "audit").sign(),
        "viewer": demo::viewer(issuer).sign(),
        "service": demo::service(issuer, "0oaService").sign(),
        "expired": demo::expired(issuer).sign(),
        "forged": demo::admin(issuer).key(issuer.forged_key()).sign(),
        "for another API": demo::admin(issuer).audience("api://other").sign(),
    });
    check(
        "callers",
        json!({ "address": world.address, "tokens": tokens }),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn grpcio_call_during_outage_is_unavailable() {
    let world = World::start_without_issuer().await;
    let tokens = json!({ "admin": world.admin().sign() });
    check(
        "outage",
        json!({ "address": world.address, "tokens": tokens }),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn grpcio_stream_ends_when_its_token_expires() {
    let world = World::start().await;
    let tokens = json!({ "viewer": world.viewer().expires_in(30).sign() });
    let settings = json!({ "address": world.address, "tokens": tokens });
    let watched = tokio::spawn(check("stream", settings));
    tokio::select! {
        // The call is open, and 90 seconds pass at once.
        () = world.pass(90) => assert!(watched.await.unwrap()),
        ended = tokio::time::sleep(3 * PATIENCE) => panic!("the call was never opened: {ended:?}"),
    }
}
