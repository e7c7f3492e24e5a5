//! What is logged about keys, and what is not.

use okta_tower_test::{Endpoint, Fault};

use super::world::{Flood, World, seconds, until, within};
use crate::world::log::Log;

#[tokio::test]
async fn log_reports_key_events_and_nothing_of_tokens() {
    let log = Log::capture();
    let world = World::start().await;
    let [refreshed] = <[String; 1]>::try_from(log.take()).unwrap();
    assert!(refreshed.starts_with("DEBUG okta_tower::keys message=signing keys refreshed kids=["));
    assert!(
        refreshed.contains(world.issuer.active_key().kid()),
        "{refreshed}"
    );

    world
        .issuer
        .publish_jwk(serde_json::json!({ "kty": "oct", "kid": "shared", "k": "c2VjcmV0" }));
    world.next_attempt().await;
    let skipped = log.take();
    assert!(
        skipped[0].contains("published signing key skipped index=2 reason=private_members"),
        "{skipped:?}"
    );
    assert!(!skipped.concat().contains("c2VjcmV0"));

    world.issuer.fault(Endpoint::Keys, Fault::Garbage);
    world.next_attempt().await;
    let [failed] = <[String; 1]>::try_from(log.take()).unwrap();
    let expected = format!(
        "WARN okta_tower::keys message=refreshing the signing keys failed \
         endpoint=\"keys\" kind=\"invalid_document\" error={} could not be used: \
         it is no JSON object with each member once retry_in_seconds=",
        world.issuer.keys_url(),
    );
    assert!(failed.starts_with(&expected), "{failed}");

    // Tokens of each kind; the last one causes a fetch.
    world.pass(seconds(1)).await;
    world.issuer.heal();
    let mut flood = Flood::new();
    let tokens = [world.good(), world.forged(), flood.token()];
    for token in &tokens {
        world.result(token);
    }
    world.pass(seconds(10)).await;
    within(world.issuer.wait_for_requests(Endpoint::Keys, 4)).await;
    until_refreshed(&world).await;
    let written = log.take().concat() + &world.okta.metrics().to_string();
    assert!(written.contains("signing keys refreshed"), "{written}");
    for part in tokens.iter().flat_map(|token| token.split('.')) {
        assert!(!written.contains(part), "{part} in {written}");
    }
    for private in ["ada@example.com", "eve@example.com", "unknown-1"] {
        assert!(!written.contains(private), "{private} in {written}");
    }
}

async fn until_refreshed(world: &World) {
    until(|| !world.state().is_refreshing && world.state().failures == 0).await;
}
