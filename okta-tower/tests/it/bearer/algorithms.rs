//! The key decides the algorithm, not the token (RFC 8725 sections 2.1, 3.1, 3.2).

use okta_tower::{
    Algorithm,
    TokenErrorKind::{AlgorithmNotAllowed, BadHeader, BadSignature, KeyMismatch, NotCompact},
};
use okta_tower_test::{Issuer, ManualClock, hmac_sha256, unsigned};
use serde_json::json;

use super::world::{World, okta};

#[tokio::test]
async fn alg_none_is_rejected_in_every_spelling() {
    let world = World::start().await;
    let token = world.issuer.token();
    let good = token.sign();
    world.accepts(&good).await;
    let (_, signature) = good.rsplit_once('.').unwrap();
    for name in ["none", "None", "NONE", "noNE", "nOnE", ""] {
        let header = token.clone().header("alg", name).header_json();
        let bare = unsigned(&header, &token.claims_json());
        world.rejects(&bare, NotCompact).await;
        world
            .rejects(&format!("{bare}{signature}"), AlgorithmNotAllowed)
            .await;
        world
            .rejects(
                &token.clone().header("alg", name).sign(),
                AlgorithmNotAllowed,
            )
            .await;
    }
}

#[tokio::test]
async fn public_key_as_hmac_secret_is_rejected() {
    let world = World::start().await;
    let token = world.issuer.token();
    world.accepts(&token.sign()).await;
    let key = world.issuer.active_key();
    let pem = key.public_pem();
    for secret in [
        pem.clone().into_bytes(),
        pem.trim_end().as_bytes().to_vec(),
        key.public_der(),
        key.to_jwk().to_string().into_bytes(),
        key.to_jwk()["n"].as_str().unwrap().into(),
        Vec::new(),
    ] {
        world
            .rejects(&token.hs256(secret), AlgorithmNotAllowed)
            .await;
    }
    // An HMAC signature under a header that says RS256.
    let header = token.header_json();
    let forged = hmac_sha256(&header, &token.claims_json(), pem);
    world.rejects(&forged, BadSignature).await;
}

#[tokio::test]
async fn symmetric_key_in_the_key_set_is_not_used() {
    let world = World::start().await;
    let token = world.issuer.token();
    let secret = b"a secret that somebody published";
    let encoded = "YSBzZWNyZXQgdGhhdCBzb21lYm9keSBwdWJsaXNoZWQ";
    let oct = json!({ "kty": "oct", "kid": "shared", "alg": "HS256", "k": encoded });
    world.issuer.publish_jwk(oct);
    let other = okta(&world.issuer, &world.clock, |okta| okta).await;
    let hmac = token.clone().header("kid", "shared").hs256(secret);
    for okta in [&world.okta, &other] {
        let refusal = okta.verify(&hmac).await.unwrap_err();
        assert_eq!(refusal.token_error().unwrap().kind(), AlgorithmNotAllowed);
        assert!(okta.verify(&token.sign()).await.is_ok());
    }
    assert_eq!(other.key_state().skipped.len(), 1);
}

#[tokio::test]
async fn alg_is_compared_exactly() {
    let world = World::start().await;
    world
        .accepts(&world.issuer.token().header("alg", "RS256").sign())
        .await;
    for name in [
        "rs256",
        "Rs256",
        "RS256 ",
        " RS256",
        "RS-256",
        "RS256\u{0}",
        "RS2560",
    ] {
        let token = world.issuer.token().header("alg", name).sign();
        world.rejects(&token, AlgorithmNotAllowed).await;
    }
    let missing = world.issuer.token().without_header("alg").sign();
    world.blames(&missing, BadHeader, "alg").await;
    for value in [
        json!(null),
        json!(256),
        json!(["RS256"]),
        json!({ "RS256": 1 }),
    ] {
        world
            .rejects(&world.issuer.token().header("alg", value).sign(), BadHeader)
            .await;
    }
}

#[tokio::test]
async fn unconfigured_algorithm_and_mismatched_key_are_rejected() {
    let all = World::with(|okta| okta.algorithms(Algorithm::ALL)).await;
    let narrow = okta(&all.issuer, &all.clock, |okta| okta).await;
    let token = all.issuer.token();
    for algorithm in [Algorithm::Rs384, Algorithm::Rs512, Algorithm::Ps256] {
        // A valid signature by the issuer's key, which is published for RS256.
        let token = token.clone().algorithm(algorithm).sign();
        all.rejects(&token, KeyMismatch).await;
        let refusal = narrow.verify(&token).await.unwrap_err();
        assert_eq!(refusal.token_error().unwrap().kind(), AlgorithmNotAllowed);
    }
    for okta in [&all.okta, &narrow] {
        assert!(okta.verify(&token.sign()).await.is_ok());
    }
    // Header RS256 with another signature, and the reverse.
    let mixed = token
        .clone()
        .algorithm(Algorithm::Ps256)
        .header("alg", "RS256")
        .sign();
    all.rejects(&mixed, BadSignature).await;
    all.rejects(&token.clone().header("alg", "ES256").sign(), KeyMismatch)
        .await;
}

#[tokio::test]
async fn every_algorithm_verifies_end_to_end() {
    let clock = ManualClock::new();
    for algorithm in Algorithm::ALL {
        let issuer = Issuer::builder().algorithm(algorithm).clock(clock.clone());
        let issuer = issuer.start().await.unwrap();
        let okta = okta(&issuer, &clock, |okta| okta.algorithms([algorithm])).await;
        let verified = okta
            .verify(&issuer.token().user("ada@example.com").sign())
            .await
            .unwrap();
        assert_eq!(verified.subject(), "ada@example.com", "{algorithm}");
        let forged = issuer.token().key(issuer.forged_key()).sign();
        let refusal = okta.verify(&forged).await.unwrap_err();
        assert_eq!(refusal.reason(), "bad_signature", "{algorithm}");
    }
}

#[tokio::test]
async fn ed25519_of_rfc_9864_is_eddsa() {
    let clock = ManualClock::new();
    let issuer = Issuer::builder()
        .algorithm(Algorithm::EdDsa)
        .clock(clock.clone());
    let issuer = issuer.start().await.unwrap();
    let mut jwk = issuer.active_key().to_jwk();
    jwk["alg"] = json!("Ed25519");
    issuer.serve_keys(json!({ "keys": [jwk] }).to_string());
    let world = okta(&issuer, &clock, |okta| okta.algorithms([Algorithm::EdDsa])).await;
    for name in ["Ed25519", "EdDSA"] {
        let token = issuer.token().header("alg", name);
        assert!(world.verify(&token.sign()).await.is_ok(), "{name}");
        let forged = token.key(issuer.forged_key()).header("alg", name).sign();
        let refusal = world.verify(&forged).await.unwrap_err();
        assert_eq!(
            refusal.token_error().unwrap().kind(),
            BadSignature,
            "{name}"
        );
    }
    // Where EdDSA is not allowed, its other name is not either.
    let rsa = World::start().await;
    let token = rsa.issuer.token().header("alg", "Ed25519").sign();
    rsa.rejects(&token, AlgorithmNotAllowed).await;
}
