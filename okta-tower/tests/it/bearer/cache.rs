//! A cached token gets the same result as without the cache.

use okta_tower::{
    Okta,
    TokenErrorKind::{Expired, UnknownKey},
};

use super::world::{World, settle};

/// The number of cache hits, as the metrics report it.
fn hits(okta: &Okta) -> u64 {
    let text = okta.metrics().to_string();
    let line = text
        .lines()
        .find(|line| !line.starts_with('#') && line.contains("cache") && line.contains("hit"));
    let line = line.unwrap_or_else(|| panic!("no such counter in\n{text}"));
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn token_is_verified_once_and_then_cached() {
    let world = World::start().await;
    let token = world.issuer.token().user("ada@example.com").sign();
    world.accepts(&token).await;
    assert_eq!(hits(&world.okta), 0);
    let again = world.accepts(&token).await;
    assert_eq!((again.subject(), hits(&world.okta)), ("ada@example.com", 1));
}

#[tokio::test]
async fn rejected_token_is_verified_again_each_time() {
    let world = World::start().await;
    let token = world.issuer.token().not_before_in(61).sign();
    for _ in 0..3 {
        assert!(world.okta.verify(&token).await.is_err());
    }
    assert_eq!(hits(&world.okta), 0);
    world.clock.skew(1);
    world.accepts(&token).await;
}

#[tokio::test]
async fn cached_token_expires_at_the_exact_second() {
    let world = World::start().await;
    let token = world.issuer.token().expires_in(100).sign();
    world.accepts(&token).await;
    world.advance(159);
    world.accepts(&token).await;
    assert_eq!(hits(&world.okta), 1);
    world.advance(1);
    world.rejects(&token, Expired).await;
    assert_eq!(hits(&world.okta), 1);
}

#[tokio::test]
async fn cached_token_is_rejected_after_its_key_is_withdrawn() {
    let world = World::start().await;
    let token = world.issuer.token().expires_in(86_400).sign();
    let other = world
        .issuer
        .token()
        .key(world.issuer.next_key())
        .expires_in(86_400)
        .sign();
    for token in [&token, &other] {
        world.accepts(token).await;
    }
    world.issuer.rotate_in_emergency();
    // The withdrawn key is still known from the last fetch.
    world.accepts(&token).await;
    assert_eq!(hits(&world.okta), 1);
    world.advance(3600);
    settle(&[&world.okta]).await;
    world.rejects(&token, UnknownKey).await;
    world.accepts(&other).await;
    assert_eq!(hits(&world.okta), 2);
}

#[tokio::test]
async fn cached_token_is_rejected_after_its_key_is_replaced() {
    let world = World::start().await;
    let forged = world.issuer.forged_key();
    let token = world.issuer.token().expires_in(86_400).sign();
    world.accepts(&token).await;
    let keys = serde_json::json!({ "keys": [forged.to_jwk()] });
    world.issuer.serve_keys(keys.to_string());
    world.advance(3600);
    settle(&[&world.okta]).await;
    assert_eq!(
        world.rejection(&token).await.kind().as_str(),
        "bad_signature"
    );
    // The cached token is accepted again once the original key is back.
    world.issuer.serve_true_documents();
    world.advance(3600);
    settle(&[&world.okta]).await;
    world.accepts(&token).await;
}

#[tokio::test]
async fn cached_token_is_rejected_if_keys_are_too_stale() {
    let world = World::start().await;
    let token = world.issuer.token().expires_in(30 * 86_400).sign();
    world.accepts(&token).await;
    world.issuer.stop_listening().await;
    world.advance(11 * 3600);
    settle(&[&world.okta]).await;
    world.accepts(&token).await;
    world.advance(2 * 3600);
    let error = world.okta.verify(&token).await.unwrap_err();
    assert_eq!(error.reason(), "keys_too_stale");
    world.issuer.resume().await;
    world.advance(60);
    settle(&[&world.okta]).await;
    world.accepts(&token).await;
}

#[tokio::test]
async fn cached_signature_on_another_message_is_rejected() {
    let world = World::start().await;
    let token = world.issuer.token().user("ada@example.com").sign();
    world.accepts(&token).await;
    let (_, signature) = token.rsplit_once('.').unwrap();
    let eve = world.issuer.token().user("eve@example.com");
    let unsigned = eve.unsigned();
    let message = unsigned.trim_end_matches('.');
    let _ = world.rejection(&format!("{message}.{signature}")).await;
    let header = eve.header_json();
    let genuine = eve.sign_raw(&header, &eve.claims_json());
    let (message, _) = genuine.rsplit_once('.').unwrap();
    assert_eq!(
        world
            .rejection(&format!("{message}.{signature}"))
            .await
            .kind()
            .as_str(),
        "bad_signature"
    );
    assert_eq!(hits(&world.okta), 0);
}

#[tokio::test]
async fn cache_of_zero_bytes_caches_nothing() {
    let world = World::with(|okta| okta.token_cache_bytes(0)).await;
    let token = world.issuer.token().expires_in(100).sign();
    for _ in 0..3 {
        world.accepts(&token).await;
    }
    world.advance(160);
    world.rejects(&token, Expired).await;
    let text = world.okta.metrics().to_string();
    assert!(
        !text
            .lines()
            .any(|line| line.contains("cache") && line.contains("hit") && line.ends_with(" 3"))
    );
}
