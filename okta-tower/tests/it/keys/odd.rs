//! Odd keys in a valid document: each is skipped for its own reason, without affecting the others.

use okta_tower::{Algorithm, keys::KeyStatus};
use okta_tower_test::Key;
use serde_json::{Value, json};

use super::world::{WEEK, World, outcome, request};

/// A valid key with one change.
fn odd(change: impl FnOnce(&mut Value)) -> Value {
    let mut jwk = Key::generate(Algorithm::Rs256).with_kid("odd").to_jwk();
    change(&mut jwk);
    jwk
}

/// The first `bytes` bytes of a base64url number.
fn shortened(number: &Value, bytes: usize) -> Value {
    assert_eq!(bytes % 3, 0);
    number.as_str().unwrap()[..bytes / 3 * 4].into()
}

#[tokio::test]
async fn odd_key_is_skipped_with_its_reason() {
    let private = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
    let mut cases: Vec<(&str, Value)> = private
        .map(|member| ("private_members", odd(|jwk| jwk[member] = "AQAB".into())))
        .into();
    let ec = Key::generate(Algorithm::Es256).with_kid("odd").to_jwk();
    cases.extend([
        ("not_for_signatures", odd(|jwk| jwk["use"] = "enc".into())),
        (
            "not_for_signatures",
            odd(|jwk| jwk["key_ops"] = json!(["encrypt"])),
        ),
        ("foreign_algorithm", odd(|jwk| jwk["alg"] = "RS512".into())),
        ("foreign_algorithm", odd(|jwk| jwk["alg"] = "HS256".into())),
        ("foreign_algorithm", odd(|jwk| jwk["alg"] = "none".into())),
        ("foreign_algorithm", odd(|jwk| jwk["alg"] = "ES256".into())),
        ("foreign_algorithm", ec.clone()),
        // A little over 1024 bits: the crypto library would parse the key.
        ("rsa_size", odd(|jwk| jwk["n"] = shortened(&jwk["n"], 129))),
        ("rsa_size", odd(|jwk| jwk["n"] = shortened(&jwk["n"], 255))),
        ("rsa_size", odd(|jwk| jwk["n"] = "_".repeat(1368).into())),
        ("rsa_exponent", odd(|jwk| jwk["e"] = "Aw".into())),
        ("rsa_exponent", odd(|jwk| jwk["e"] = "AQ".into())),
        ("rsa_exponent", odd(|jwk| jwk["e"] = "AQAC".into())),
        ("rsa_exponent", odd(|jwk| jwk["e"] = "AQAAAAAAAAAB".into())),
        ("bad_numbers", odd(|jwk| jwk["e"] = "AQAB==".into())),
        (
            "bad_numbers",
            odd(|jwk| drop(jwk.as_object_mut().unwrap().remove("n"))),
        ),
        ("malformed", odd(|jwk| jwk["n"] = Value::Null)),
        ("unknown_type", odd(|jwk| jwk["kty"] = "rsa".into())),
        ("unknown_type", odd(|jwk| jwk["kty"] = "AKP".into())),
        ("unknown_type", json!({ "kid": "odd" })),
        ("private_members", json!({ "kty": "oct", "kid": "odd" })),
        ("malformed", odd(|jwk| jwk["kid"] = 1.into())),
        ("malformed", odd(|jwk| jwk["use"] = json!(["sig"]))),
        ("malformed", json!("odd")),
        ("malformed", json!(null)),
        ("malformed", json!([])),
        (
            "missing_key_id",
            odd(|jwk| drop(jwk.as_object_mut().unwrap().remove("kid"))),
        ),
        ("missing_key_id", odd(|jwk| jwk["kid"] = "".into())),
        (
            "missing_key_id",
            odd(|jwk| jwk["kid"] = "k".repeat(257).into()),
        ),
        (
            "unknown_curve",
            json!({ "kty": "EC", "kid": "odd", "crv": "secp256k1", "x": ec["x"], "y": ec["y"] }),
        ),
    ]);
    let world = World::start().await;
    let token = world.good();
    for (reason, jwk) in cases {
        let what = jwk.to_string();
        world.issuer.publish_jwk(jwk);
        world.next_attempt().await;
        let state = world.state();
        let skipped: Vec<_> = (state.skipped.iter())
            .map(|key| (key.index, key.reason.as_str()))
            .collect();
        assert_eq!(skipped, [(2, reason)], "{what}");
        assert_eq!(state.status, KeyStatus::Fresh, "{what}");
        assert_eq!(state.kids.len(), 2, "{what}");
        assert_eq!(world.result(&token), "accepted", "{what}");
        world.issuer.unpublish();
    }
    world.next_attempt().await;
    assert!(world.state().skipped.is_empty());
}

#[tokio::test]
async fn points_off_their_curve_are_skipped() {
    let world = World::with(|settings| {
        settings.algorithms([Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa])
    });
    let world = world.await;
    let key = Key::generate(Algorithm::Es256);
    let off = |member: &str, value: &str| {
        let mut jwk = key.clone().with_kid("off").to_jwk();
        jwk[member] = value.into();
        jwk
    };
    world.issuer.publish_key(&key);
    world.issuer.publish_jwk(off("x", &"A".repeat(43)));
    world.issuer.publish_jwk(off("y", "AQAB"));
    world.issuer.publish_jwk(off("crv", "P-384"));
    world.next_attempt().await;
    let state = world.state();
    let skipped: Vec<_> = (state.skipped.iter())
        .map(|key| (key.index, key.reason.as_str()))
        .collect();
    assert_eq!(
        skipped,
        [(3, "bad_numbers"), (4, "bad_numbers"), (5, "bad_numbers")]
    );
    let token = world.issuer.token().key(key).expires_in(WEEK).sign();
    assert_eq!(world.result(&token), "accepted");
}

#[tokio::test]
async fn conflicting_keys_are_skipped_and_a_repeated_key_is_used() {
    let world = World::start().await;
    let key = Key::generate(Algorithm::Rs256);
    let token = world
        .issuer
        .token()
        .key(key.clone())
        .expires_in(WEEK)
        .sign();
    world.issuer.publish_key(&key);
    world.issuer.publish_key(&key);
    world.next_attempt().await;
    assert_eq!(world.result(&token), "accepted");
    assert!(world.state().skipped.is_empty());

    let twin = Key::generate(Algorithm::Rs256).with_kid(key.kid());
    world.issuer.publish_key(&twin);
    world.next_attempt().await;
    let reasons: Vec<_> = (world.state().skipped.iter())
        .map(|key| key.reason.as_str())
        .collect();
    assert_eq!(reasons, ["conflict"; 3]);
    assert_eq!(world.result(&token), "unknown_key");
    assert_eq!(world.result(&world.good()), "accepted");
}

#[tokio::test]
async fn key_with_duplicate_members_is_skipped_alone() {
    let world = World::start().await;
    let odd = odd(|_| {}).to_string();
    let with = |odd: &str| {
        let keys = world.issuer.key_set().to_string();
        keys.replacen(r#"{"keys":["#, &format!(r#"{{"keys":[{odd},"#), 1)
    };
    world.issuer.serve_keys(with(&odd));
    world.next_attempt().await;
    assert_eq!(world.state().kids.len(), 3);

    for twice in [r#"{"use":"sig","#, r#"{"\u0075se":"sig","#] {
        world.issuer.serve_keys(with(&odd.replacen('{', twice, 1)));
        world.next_attempt().await;
        let state = world.state();
        assert_eq!(state.skipped.len(), 1);
        assert_eq!(
            (state.skipped[0].index, state.skipped[0].reason.as_str()),
            (0, "malformed")
        );
        assert_eq!(state.kids.len(), 2);
        assert_eq!(world.result(&world.good()), "accepted");
    }
}

#[tokio::test]
async fn keys_beyond_a_hundred_are_skipped() {
    let world =
        World::with(|settings| settings.algorithms([Algorithm::Rs256, Algorithm::EdDsa])).await;
    for _ in 0..98 {
        world.issuer.publish_key(&Key::generate(Algorithm::EdDsa));
    }
    world.next_attempt().await;
    assert_eq!(world.state().kids.len(), 100);
    assert!(world.state().skipped.is_empty());
    let late = Key::generate(Algorithm::EdDsa);
    world.issuer.publish_key(&late);
    world.next_attempt().await;
    assert_eq!(world.state().kids.len(), 100);
    assert_eq!(world.state().skipped[0].reason.as_str(), "too_many");
    let token = world.issuer.token().key(late).sign();
    assert_eq!(outcome(request(&world.okta, &token)).await, "unknown_key");
}
