//! Odd keys in the issuer's set: each is skipped without affecting the others.

use okta_tower::{Algorithm, Okta, keys::SkipReason};
use okta_tower_test::Key;
use serde_json::{Value, json};

use super::world::{World, okta};

/// An `Okta` that has just fetched the set, and the reasons of its skipped keys.
async fn read(world: &World) -> (Okta, Vec<SkipReason>) {
    let okta = okta(&world.issuer, &world.clock, |okta| okta).await;
    let reasons = okta
        .key_state()
        .skipped
        .iter()
        .map(|key| key.reason)
        .collect();
    (okta, reasons)
}

fn with(mut jwk: Value, member: &str, value: impl Into<Value>) -> Value {
    jwk[member] = value.into();
    jwk
}

#[tokio::test]
async fn odd_key_is_skipped_and_the_others_are_used() {
    let world = World::start().await;
    let good = world.issuer.token().sign();
    let odd = Key::generate(Algorithm::Rs256).with_kid("odd");
    let jwk = odd.to_jwk();
    let elliptic = Key::generate(Algorithm::Es256).with_kid("odd").to_jwk();
    for (jwk, reason) in [
        (json!(17), SkipReason::Malformed),
        (with(jwk.clone(), "kid", 17), SkipReason::Malformed),
        (with(jwk.clone(), "kid", ""), SkipReason::MissingKeyId),
        (
            with(jwk.clone(), "use", "enc"),
            SkipReason::NotForSignatures,
        ),
        (
            with(jwk.clone(), "key_ops", json!(["encrypt"])),
            SkipReason::NotForSignatures,
        ),
        (with(jwk.clone(), "d", "AQAB"), SkipReason::PrivateMembers),
        (with(jwk.clone(), "kty", "AKP"), SkipReason::UnknownType),
        (
            with(jwk.clone(), "alg", "HS256"),
            SkipReason::ForeignAlgorithm,
        ),
        (
            with(jwk.clone(), "alg", "RS512"),
            SkipReason::ForeignAlgorithm,
        ),
        (elliptic.clone(), SkipReason::ForeignAlgorithm),
        (
            with(elliptic.clone(), "crv", "P-521"),
            SkipReason::UnknownCurve,
        ),
        (with(elliptic, "y", "AQAB"), SkipReason::BadNumbers),
        (with(jwk.clone(), "n", "AQAB"), SkipReason::RsaSize),
        (with(jwk.clone(), "e", "Aw"), SkipReason::RsaExponent),
        (with(jwk.clone(), "n", "!"), SkipReason::BadNumbers),
    ] {
        world.issuer.publish_jwk(jwk.clone());
        let (okta, reasons) = read(&world).await;
        world.issuer.unpublish();
        assert_eq!(reasons, [reason], "{jwk}");
        assert!(okta.verify(&good).await.is_ok());
        let refusal = okta
            .verify(&world.issuer.token().key(odd.clone()).sign())
            .await;
        assert_eq!(refusal.unwrap_err().reason(), "unknown_key", "{jwk}");
    }
    world.issuer.publish_jwk(jwk);
    let (okta, reasons) = read(&world).await;
    assert!(reasons.is_empty());
    assert!(
        okta.verify(&world.issuer.token().key(odd).sign())
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn two_keys_with_one_kid_are_both_skipped() {
    let world = World::start().await;
    let next = world.issuer.token().key(world.issuer.next_key()).sign();
    let active = world.issuer.token().sign();
    world.issuer.publish_key(&world.issuer.forged_key());
    let (okta, reasons) = read(&world).await;
    assert_eq!(reasons, [SkipReason::Conflict; 2]);
    assert!(okta.verify(&next).await.is_ok());
    assert_eq!(
        okta.verify(&active).await.unwrap_err().reason(),
        "unknown_key"
    );
    // A repeated key is not a conflict.
    world.issuer.unpublish();
    world.issuer.publish_key(&world.issuer.active_key());
    let (okta, reasons) = read(&world).await;
    assert!(reasons.is_empty());
    assert!(okta.verify(&active).await.is_ok());
}

#[tokio::test]
async fn key_without_alg_serves_the_allowed_algorithms() {
    let world = World::start().await;
    let key = Key::generate(Algorithm::Rs256).with_kid("any");
    let mut jwk = key.to_jwk();
    jwk.as_object_mut().unwrap().remove("alg");
    world.issuer.publish_jwk(jwk);
    let token = world.issuer.token().key(key);
    let (okta, _) = read(&world).await;
    assert!(okta.verify(&token.sign()).await.is_ok());
    let rs512 = token.algorithm(Algorithm::Rs512).sign();
    assert_eq!(
        okta.verify(&rs512).await.unwrap_err().reason(),
        "algorithm_not_allowed"
    );
}
