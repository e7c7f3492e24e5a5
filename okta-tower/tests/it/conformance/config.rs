//! The plan `oidcc-client-config`: discovery and signing keys.

use okta_tower::{Algorithm, ResponseMode, keys::KeyStatus};
use okta_tower_test::{Endpoint, Issuer, Key, ManualClock};

use super::Party;
use crate::{sign_in::world::World, world};

async fn party() -> Party {
    Party::new(ResponseMode::Query).await
}

/// Suite: `oidcc-client-test-discovery-openid-config`.
#[tokio::test]
async fn metadata_name_the_endpoints() {
    let party = party().await;
    assert!(party.world.issuer.requests(Endpoint::Discovery) >= 1);
    let started = party.world.browser().get("/login").await;
    let metadata = party.world.issuer.metadata();
    let endpoint = metadata["authorization_endpoint"].as_str().unwrap();
    assert!(started.location().starts_with(endpoint));
}

/// Suite: `oidcc-client-test-discovery-jwks-uri-keys`.
#[tokio::test]
async fn keys_come_from_the_metadatas_address() {
    let party = party().await;
    assert_eq!(party.world.issuer.requests(Endpoint::Keys), 1);
    assert_eq!(party.world.okta.key_state().status, KeyStatus::Fresh);
    assert!(party.signs_in().await);
}

/// Suite: `oidcc-client-test-discovery-issuer-mismatch`.
#[tokio::test]
async fn metadata_of_another_issuer_are_rejected() {
    for (issuer, is_accepted) in [(None, true), (Some("https://evil.example"), false)] {
        let clock = ManualClock::new();
        let test_issuer = Issuer::builder()
            .clock(clock.clone())
            .start()
            .await
            .unwrap();
        if let Some(issuer) = issuer {
            test_issuer.set_metadata("issuer", issuer);
        }
        let started = world::settings(&test_issuer, &clock).start().await;
        assert_eq!(started.is_ok(), is_accepted, "{issuer:?}");
    }
}

/// Suite: `oidcc-client-test-signing-key-rotation`.
#[tokio::test]
async fn rotated_key_is_accepted() {
    let party = party().await;
    assert!(party.signs_in().await);
    party.world.issuer.rotate();
    assert!(party.signs_in().await);
}

/// Suite: `oidcc-client-test-signing-key-rotation-just-before-signing`.
#[tokio::test]
async fn key_replaced_just_before_signing_is_accepted() {
    let party = party().await;
    let mut browser = party.world.browser();
    let callback = party.world.attempt(&mut browser, "/login", "admin").await;
    party.world.issuer.rotate_in_emergency();
    let answered = browser.get(&callback.url()).await;
    browser.get(answered.location()).await;
    assert_eq!(browser.fetch("/").await.status, http::StatusCode::OK);
    // A key that is not published is rejected.
    unpublished(&party.world);
    assert!(!party.signs_in().await);
}

fn unpublished(world: &World) {
    world
        .issuer
        .sign_id_tokens_with(Key::generate(Algorithm::Rs256));
}
