//! A configured issuer that is down at the start and returns.

use crate::{
    http::{ask, get},
    program,
};
use okta_tower_test::Issuer;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn start_during_outage_recovers_without_restart() {
    let issuer = Issuer::start().await;
    issuer.stop_listening().await;
    let running = program::with(&[
        ("OKTA_OAUTH2_ISSUER", issuer.url()),
        ("OKTA_TESTING_DISABLE_HTTPS_CHECK", "true"),
    ])
    .start();
    let bearer = [format!("authorization: Bearer {}", issuer.token().sign())];

    assert_eq!(get(&running.at("/health/live")).status, 200);
    crate::until("the first attempt has failed", || {
        get(&running.at("/health/ready")).json()["failures"] != json!(0)
    });
    let ready = get(&running.at("/health/ready"));
    assert_eq!(ready.status, 503);
    assert_eq!(ready.json()["status"], "not_loaded");
    let reason = ready.json()["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains(issuer.url()), "{reason}");
    assert!(get(&running.at("/")).body.contains(">Not ready<"));

    let refused = ask("GET", &running.at("/api/me"), &bearer);
    assert_eq!(refused.status, 503);
    assert!(refused.header("retry-after").is_some());
    assert_eq!(
        refused.header("content-type"),
        Some("application/problem+json")
    );
    assert_eq!(get(&running.at("/api/nothing")).status, 404);

    issuer.resume().await;
    crate::until("the keys are loaded", || {
        get(&running.at("/health/ready")).status == 200
    });
    assert_eq!(ask("GET", &running.at("/api/me"), &bearer).status, 200);
    assert!(get(&running.at("/")).body.contains(">Ready<"));
}
