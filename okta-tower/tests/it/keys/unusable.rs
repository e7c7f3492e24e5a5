//! A document without a usable key: the reason for each key is reported everywhere.

use okta_tower::{Algorithm, keys::RefreshErrorKind};
use okta_tower_test::Key;
use serde_json::json;

use super::world::{World, issuer, settings, within};
use crate::world::log::Log;

/// An EdDSA key, a key without an ID, and a padded modulus.
fn unusable() -> (String, [&'static str; 3]) {
    let rsa = || Key::generate(Algorithm::Rs256).with_kid("odd").to_jwk();
    let mut nameless = rsa();
    nameless.as_object_mut().unwrap().remove("kid");
    let mut padded = rsa();
    padded["n"] = format!("{}==", padded["n"].as_str().unwrap()).into();
    let keys = [Key::generate(Algorithm::EdDsa).to_jwk(), nameless, padded];
    let reasons = ["foreign_algorithm", "missing_key_id", "bad_numbers"];
    (json!({ "keys": keys }).to_string(), reasons)
}

#[tokio::test]
async fn start_error_names_the_reason_for_each_unusable_key() {
    let (document, [foreign, nameless, padded]) = unusable();
    let (issuer, clock) = issuer().await;
    issuer.serve_keys(document);
    let log = Log::capture();
    let error = within(settings(&issuer, &clock).start()).await.unwrap_err();
    let expected = format!(
        "{} could not be used: it holds no usable key (key 0: {foreign}, key 1: {nameless}, \
         key 2: {padded})",
        issuer.keys_url()
    );
    assert_eq!(error.to_string(), expected);
    let log = log.take();
    for (index, reason) in [foreign, nameless, padded].iter().enumerate() {
        let event = format!("published signing key skipped index={index} reason={reason}");
        assert!(log.iter().any(|line| line.contains(&event)), "{log:?}");
    }
    assert!(log.iter().any(|line| line.contains(&expected)), "{log:?}");
    issuer.serve_true_documents();
    assert!(within(settings(&issuer, &clock).start()).await.is_ok());
}

#[tokio::test]
async fn key_state_has_the_reasons_while_earlier_keys_serve() {
    let (document, reasons) = unusable();
    let world = World::start().await;
    let token = world.good();
    world.issuer.serve_keys(document);
    world.next_attempt().await;
    let state = world.state();
    let skipped = state.skipped.iter().map(|key| key.reason.as_str());
    assert!(skipped.eq(reasons));
    let failure = state.last_failure.as_ref().unwrap();
    assert_eq!(failure.kind(), RefreshErrorKind::NoUsableKey);
    assert_eq!(failure.skipped(), state.skipped);
    assert_eq!(world.result(&token), "accepted");

    world.issuer.serve_true_documents();
    world.next_attempt().await;
    assert!(world.state().skipped.is_empty());
}
