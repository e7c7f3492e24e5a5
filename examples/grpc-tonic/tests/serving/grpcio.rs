//! grpcio from PyPI, an independent implementation: gRPC's own, in C. `tests/grpcio/check.py` is
//! the client.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use scaffold::{demo, tools::skip};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::world::{PATIENCE, World};

/// An installed client.
struct Grpcio {
    python: String,
}

impl Grpcio {
    /// If the client cannot be installed, prints a notice and returns `None`.
    async fn install() -> Option<Self> {
        let mut install = Command::new(folder().join("install"));
        let why = match install.stdin(Stdio::null()).output().await {
            Ok(output) if output.status.success() => {
                let python = String::from_utf8_lossy(&output.stdout).trim().to_owned();
                return Some(Self { python });
            }
            Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
            Err(error) => error.to_string(),
        };
        skip("grpcio", &why);
        None
    }

    /// Runs a scenario of the script.
    async fn check(&self, scenario: &str, settings: Value) {
        let run = Command::new(&self.python)
            .arg(folder().join("check.py"))
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
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/grpcio")
}

#[tokio::test(flavor = "multi_thread")]
async fn grpcio_callers_get_what_the_rules_allow() {
    let Some(grpcio) = Grpcio::install().await else {
        return;
    };
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
    let settings = json!({ "address": world.address, "tokens": tokens });
    grpcio.check("callers", settings).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn grpcio_call_during_outage_is_unavailable() {
    let Some(grpcio) = Grpcio::install().await else {
        return;
    };
    let world = World::start_without_issuer().await;
    let tokens = json!({ "admin": world.admin().sign() });
    let settings = json!({ "address": world.address, "tokens": tokens });
    grpcio.check("outage", settings).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn grpcio_stream_ends_when_its_token_expires() {
    let Some(grpcio) = Grpcio::install().await else {
        return;
    };
    let world = World::start().await;
    let tokens = json!({ "viewer": world.viewer().expires_in(30).sign() });
    let settings = json!({ "address": world.address, "tokens": tokens });
    let watched = tokio::spawn(async move { grpcio.check("stream", settings).await });
    tokio::select! {
        // The call is open, and 90 seconds pass at once.
        () = world.pass(90) => watched.await.unwrap(),
        ended = tokio::time::sleep(3 * PATIENCE) => panic!("the call was never opened: {ended:?}"),
    }
}
