//! The configuration plan. Its module on `alg: none` is in the basic plan, too.

use okta_tower::{ResponseMode, StartErrorKind};
use okta_tower_test::{Endpoint, Key};

use super::world::{World, assert_accepted, assert_rejected, sign_in, world};
use crate::world::{self as base, wait::within};

/// `oidcc-client-test-discovery-openid-config`
#[tokio::test]
async fn discovery_openid_config_is_used() {
    let world = world(ResponseMode::Query).await;
    assert_eq!(world.issuer.requests(Endpoint::Discovery), 1);
    // The endpoints are those of the metadata, not fixed paths.
    let token = format!("{}?from=metadata", world.issuer.token_url());
    world.issuer.set_metadata("token_endpoint", token);
    let world = world.restarted(sign_in()).await;
    assert_accepted(&world).await;
    let parameters = world.issuer.last_parameters(Endpoint::Token);
    assert!(
        parameters.contains(&("from".into(), "metadata".into())),
        "{parameters:?}"
    );
}

/// `oidcc-client-test-discovery-jwks-uri-keys`
#[tokio::test]
async fn discovery_jwks_uri_keys_are_used() {
    let world = world(ResponseMode::Query).await;
    let keys = format!("{}?from=metadata", world.issuer.keys_url());
    world.issuer.set_metadata("jwks_uri", keys);
    let world = world.restarted(sign_in()).await;
    let parameters = world.issuer.last_parameters(Endpoint::Keys);
    assert_eq!(parameters, [("from".into(), "metadata".into())]);
    assert_accepted(&world).await;
}

/// `oidcc-client-test-discovery-issuer-mismatch`: the issuer is configured. The suite takes it from
/// WebFinger.
#[tokio::test]
async fn discovery_issuer_mismatch_is_rejected() {
    let (issuer, clock) = base::issuer().await;
    issuer.set_metadata("issuer", "https://evil.example");
    let started = within(base::settings(&issuer, &clock).start()).await;
    let error = started.unwrap_err();
    assert_eq!(error.kind(), StartErrorKind::Keys);
    let text = error.to_string();
    assert!(
        text.contains("`issuer` is not exactly the configured one"),
        "{text}"
    );
    assert_eq!(issuer.requests(Endpoint::Keys), 0);
    issuer.serve_true_documents();
    assert!(
        within(base::settings(&issuer, &clock).start())
            .await
            .is_ok()
    );
}

/// Asserts that a key which the issuer has not published is still rejected.
async fn assert_unknown_key_is_rejected(world: &World) {
    let algorithm = world.issuer.algorithm();
    world.issuer.sign_id_tokens_with(Key::generate(algorithm));
    assert_rejected(world, "unknown_key", None).await;
}

/// `oidcc-client-test-signing-key-rotation`
#[tokio::test]
async fn signing_key_rotation_between_two_sign_ins_is_followed() {
    let world = world(ResponseMode::Query).await;
    assert_accepted(&world).await;
    let fetched = world.issuer.requests(Endpoint::Keys);
    world.issuer.rotate_in_emergency();
    assert_accepted(&world).await;
    assert_eq!(world.issuer.requests(Endpoint::Keys), fetched + 1);
    assert_unknown_key_is_rejected(&world).await;
}

/// `oidcc-client-test-signing-key-rotation-just-before-signing`
#[tokio::test]
async fn signing_key_rotation_just_before_signing_is_followed() {
    let world = world(ResponseMode::Query).await;
    let mut browser = world.browser();
    let callback = world.attempt(&mut browser, "/login", "admin").await;
    world.issuer.rotate_in_emergency();
    super::world::carry(&mut browser, &callback).await;
    assert!(super::world::is_signed_in(&mut browser).await);
    assert_unknown_key_is_rejected(&world).await;
}
