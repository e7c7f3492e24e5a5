//! Metadata, keys and clock, with every fault of the test issuer.

use std::time::Duration;

use http::StatusCode;
use okta_tower_test::{Endpoint, Fault, Issuer, ManualClock};
use serde_json::json;

use crate::run::Run;

/// The faults that a client can notice, and the reason that the command reports.
fn faults() -> Vec<(Fault, &'static str)> {
    vec![
        (Fault::Status(StatusCode::SERVICE_UNAVAILABLE), "status"),
        (Fault::Status(StatusCode::NOT_FOUND), "status"),
        (Fault::RateLimited(Duration::from_secs(30)), "status"),
        (
            Fault::Answer(StatusCode::IM_A_TEAPOT, "{}".to_owned()),
            "status",
        ),
        (
            Fault::Redirect("https://evil.example/".to_owned()),
            "redirect",
        ),
        (Fault::Huge(300 * 1024), "too_large"),
        (Fault::HugeAnnounced(300 * 1024), "too_large"),
        (Fault::Gzip(0), "compressed"),
        (Fault::Garbage, "invalid_document"),
        (Fault::Body("[]".to_owned()), "invalid_document"),
        (Fault::Truncated, "connection"),
        (Fault::Close, "connection"),
    ]
}

#[tokio::test]
async fn fault_of_the_keys_is_a_failure() {
    let issuer = Issuer::start().await;
    for (fault, reason) in faults() {
        let name = format!("{fault:?}");
        issuer.fault(Endpoint::Keys, fault);
        let found = Run::of(&issuer).found().await;
        assert_eq!(found.exit, 4, "{name}: {}", found.text);
        let (outcome, code, _) = found.problem("keys");
        assert_eq!(
            (&*outcome, &*code),
            ("failure", reason),
            "{name}: {}",
            found.text
        );
        issuer.heal();
    }
    // A fault without effect on this document.
    issuer.fault(
        Endpoint::Keys,
        Fault::NextLink("https://evil.example/".to_owned()),
    );
    assert_eq!(Run::of(&issuer).found().await.exit, 0);
}

#[tokio::test]
async fn fault_of_the_metadata_is_a_failure() {
    let issuer = Issuer::start().await;
    for (fault, reason) in faults() {
        let name = format!("{fault:?}");
        issuer.fault(Endpoint::Discovery, fault);
        let found = Run::of(&issuer).found().await;
        assert_eq!(found.exit, 4, "{name}: {}", found.text);
        let (outcome, code, _) = found.problem("metadata");
        assert_eq!(
            (&*outcome, &*code),
            ("failure", reason),
            "{name}: {}",
            found.text
        );
        issuer.heal();
    }
}

/// With a fault of the keys that ends by time-out.
async fn assert_timeout(fault: Fault) {
    let issuer = Issuer::start().await;
    issuer.fault(Endpoint::Keys, fault);
    let run = Run::of(&issuer).set("OKTA_CLIENT_REQUEST_TIMEOUT", "1");
    let output = tokio::time::timeout(Duration::from_secs(9), run.output()).await;
    let output = output.expect("a response within the time-outs");
    assert_eq!(output.exit.code(), 4, "{}", output.stdout);
    assert!(output.stdout.contains("[timeout]"), "{}", output.stdout);
}

#[tokio::test]
async fn issuer_that_hangs_is_a_failure_in_time() {
    assert_timeout(Fault::Hang).await;
}

#[tokio::test]
async fn issuer_that_hangs_in_the_body_is_a_failure_in_time() {
    assert_timeout(Fault::HangBody).await;
}

#[tokio::test]
async fn issuer_that_drips_is_a_failure_in_time() {
    assert_timeout(Fault::Drip(Duration::from_millis(500))).await;
}

#[tokio::test]
async fn issuer_that_does_not_listen_is_a_failure() {
    let issuer = Issuer::start().await;
    issuer.stop_listening().await;
    let found = Run::of(&issuer).found().await;
    let (_, code, _) = found.problem("keys");
    assert_eq!((found.exit, &*code), (4, "connection"), "{}", found.text);
}

#[tokio::test]
async fn metadata_of_another_issuer_is_a_failure() {
    let issuer = Issuer::start().await;
    let slash = format!("{}/", issuer.url());
    for (named, part) in [
        (slash.as_str(), "differ in a slash"),
        ("https://login.example.com/oauth2/default", "Dynamic"),
    ] {
        issuer.set_metadata("issuer", named);
        let found = Run::of(&issuer).found().await;
        let (_, code, words) = found.problem("metadata");
        assert_eq!((found.exit, &*code), (4, "wrong_issuer"));
        assert!(words.contains(part) && words.contains(named), "{words}");
    }
    issuer.remove_metadata("issuer");
    let found = Run::of(&issuer).found().await;
    assert_eq!(
        (found.exit, &*found.problem("metadata").1),
        (4, "invalid_document")
    );
    issuer.serve_true_documents();
    issuer.set_metadata("jwks_uri", "https://evil.example/keys");
    let found = Run::of(&issuer).found().await;
    assert!(found.exit == 4 && found.problem("metadata").2.contains("https://evil.example"));
    issuer.serve_true_documents();
    assert_eq!(Run::of(&issuer).found().await.exit, 0);
}

#[tokio::test]
async fn unusable_key_is_a_warning_and_none_usable_a_failure() {
    let issuer = Issuer::start().await;
    issuer.publish_jwk(json!({ "kty": "EC", "kid": "ec", "crv": "P-256" }));
    let found = Run::of(&issuer).found().await;
    assert_eq!(
        (found.exit, &*found.problem("keys").0),
        (1, "warning"),
        "{}",
        found.text
    );
    assert!(found.text.contains("2 usable keys"), "{}", found.text);
    assert!(found.text.contains("(max-age)"), "{}", found.text);

    issuer.fault(Endpoint::Keys, Fault::Empty);
    let found = Run::of(&issuer).found().await;
    assert_eq!(
        (found.exit, &*found.problem("keys").1),
        (4, "no_usable_key")
    );

    let small = json!({ "keys": [{ "kty": "RSA", "kid": "a", "e": "AQAB", "n": "_____w" }] });
    issuer.fault(Endpoint::Keys, Fault::Body(small.to_string()));
    let found = Run::of(&issuer).found().await;
    assert_eq!(found.exit, 4);
    assert!(found.text.contains("[rsa_size]"), "{}", found.text);
    assert!(found.text.contains("[no_usable_key]"), "{}", found.text);
}

#[tokio::test]
async fn clock_of_another_hour_is_a_warning() {
    let clock = ManualClock::new(); // stands at 1 January 2026
    let issuer = Issuer::builder().clock(clock).start().await.unwrap();
    let found = Run::of(&issuer).found().await;
    let (outcome, _, words) = found.problem("clock");
    assert_eq!((found.exit, &*outcome), (1, "warning"), "{}", found.text);
    assert!(
        words.contains("ahead of the issuer's") && words.contains("NTP"),
        "{words}"
    );
}
