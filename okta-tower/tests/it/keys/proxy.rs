//! Proxies: which one is used, and what is shown of it.

use std::process::Command;

use okta_tower_test::{Endpoint, Issuer, ManualClock};

use super::world::{World, issuer, settings, within};

/// Set in the child process of the first test.
const CHILD: &str = "OKTA_TOWER_TEST_CHILD";

#[tokio::test]
async fn environment_proxy_is_not_used_for_loopback() {
    if std::env::var_os(CHILD).is_some() {
        assert!(World::start().await.okta.is_ready());
        return;
    }
    // Variables are set for a child process only: other tests of this process must not see them.
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args([
        "--exact",
        "keys::proxy::environment_proxy_is_not_used_for_loopback",
    ]);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        // No server listens there.
        child
            .env(name, "http://127.0.0.1:9")
            .env(name.to_lowercase(), "http://127.0.0.1:9");
    }
    let output = child
        .env(CHILD, "1")
        .env_remove("NO_PROXY")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
}

#[tokio::test]
async fn configured_proxy_is_used() {
    let clock = ManualClock::new();
    let issuer = Issuer::start().await;
    // Any HTTP server that ignores the requested host can be the proxy.
    let proxy = Issuer::start().await;
    proxy.serve_metadata(issuer.metadata().to_string());
    proxy.serve_keys(issuer.key_set().to_string());
    let settings = settings(&issuer, &clock).proxy(format!("http://{}", proxy.address()));
    let okta = within(settings.start()).await.unwrap();
    assert_eq!(
        okta.key_state().kids,
        [issuer.active_key().kid(), issuer.next_key().kid()]
    );
    assert_eq!(
        (
            proxy.requests(Endpoint::Discovery),
            proxy.requests(Endpoint::Keys)
        ),
        (1, 1)
    );
    assert_eq!(
        (
            issuer.requests(Endpoint::Discovery),
            issuer.requests(Endpoint::Keys)
        ),
        (0, 0)
    );
}

#[tokio::test]
async fn proxy_password_is_absent_from_errors_and_debug() {
    let (issuer, clock) = issuer().await;
    // No server listens there.
    let settings = settings(&issuer, &clock).proxy("http://user:hunter2@127.0.0.1:9");
    let (okta, refresher) = settings.pair().unwrap();
    let before = format!("{okta:?} {refresher:?}");
    let refresher = tokio::spawn(refresher);
    within(clock.wait_for_sleepers(1)).await;
    let failure = okta.key_state().last_failure.unwrap();
    assert_eq!(failure.kind().as_str(), "connection");
    let mut shown = format!(
        "{before} {okta:?} {:?} {failure} {failure:?}",
        okta.key_state()
    );
    let mut cause = std::error::Error::source(&failure);
    while let Some(error) = cause {
        shown += &format!(" {error} {error:?}");
        cause = error.source();
    }
    for secret in ["hunter2", "dXNlcjpodW50ZXIy"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    refresher.abort();
}
