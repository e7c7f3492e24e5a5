//! `exp`, `nbf` and `iat` on a manual clock.

use std::time::{Duration, UNIX_EPOCH};

use okta_tower::{
    TokenErrorKind::{BadClaims, Expired, IssuedInFuture, MissingClaim, NotYetValid},
    clock::Clock,
};

use super::world::{World, prefixed};

#[tokio::test]
async fn token_is_rejected_from_exp_plus_leeway() {
    for leeway in [0, 60, 300] {
        let world = World::with(|okta| okta.leeway(Duration::from_secs(leeway))).await;
        let token = world.issuer.token().expires_in(100).sign();
        world.advance(99 + leeway);
        world.accepts(&token).await;
        world.clock.skew(1);
        world.rejects(&token, Expired).await;
        world.clock.skew(-1);
        world.accepts(&token).await;
    }
}

#[tokio::test]
async fn token_is_accepted_from_nbf_minus_leeway() {
    let world = World::start().await;
    let token = world.issuer.token().not_before_in(100).sign();
    world.clock.skew(39);
    world.rejects(&token, NotYetValid).await;
    world.clock.skew(1);
    world.accepts(&token).await;
    // The wall clock is set back: a cached token is rejected again.
    world.clock.skew(-1);
    world.rejects(&token, NotYetValid).await;
}

#[tokio::test]
async fn token_issued_in_the_future_beyond_leeway_is_rejected() {
    let world = World::start().await;
    world
        .accepts(&world.issuer.token().issued_ago(-60).sign())
        .await;
    let token = world.issuer.token().issued_ago(-61).sign();
    world.rejects(&token, IssuedInFuture).await;
    world.clock.skew(1);
    world.accepts(&token).await;
}

#[tokio::test]
async fn fractions_of_a_second_are_rounded_strictly() {
    let world = World::with(|okta| okta.leeway(Duration::ZERO)).await;
    let now = world
        .clock
        .now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let token = world.claims_text(&format!(r#""nbf":{now}.5"#));
    world.rejects(&token, NotYetValid).await;
    world.clock.skew(1);
    world.accepts(&token).await;
    let seconds = |exp: &str| {
        let token = world.issuer.token().without("exp");
        let claims = prefixed(&token.claims_json(), &format!(r#""exp":{exp}"#));
        token.sign_raw(&token.header_json(), &claims)
    };
    // The time is now `now + 1`.
    world.accepts(&seconds(&format!("{}.0", now + 2))).await;
    world.accepts(&seconds(&format!("{}.9", now + 2))).await;
    world
        .rejects(&seconds(&format!("{}.9", now + 1)), Expired)
        .await;
}

#[tokio::test]
async fn missing_or_implausible_exp_is_rejected() {
    let world = World::start().await;
    let token = world.issuer.token().without("exp");
    world.blames(&token.sign(), MissingClaim, "exp").await;
    let written = |exp: &str| {
        let claims = prefixed(&token.claims_json(), &format!(r#""exp":{exp}"#));
        token.sign_raw(&token.header_json(), &claims)
    };
    world.accepts(&written("1767272400")).await;
    world.accepts(&written("1.7672724e9")).await;
    world.accepts(&written("253402300799")).await;
    for exp in [
        "\"1767272400\"",
        "null",
        "true",
        "[1767272400]",
        "{}",
        "-1",
        "-1767272400",
        "1e300",
        "-1e300",
        "1e400",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "253402300800",
        "99999999999999999999999999",
    ] {
        world.blames(&written(exp), BadClaims, "exp").await;
    }
    world.rejects(&written("0"), Expired).await;
}

#[tokio::test]
async fn implausible_nbf_and_iat_are_rejected() {
    let world = World::start().await;
    for claim in ["nbf", "iat"] {
        let token = world.issuer.token().without(claim);
        world.accepts(&token.sign()).await;
        let written = |value: &str| {
            let claims = prefixed(&token.claims_json(), &format!(r#""{claim}":{value}"#));
            token.sign_raw(&token.header_json(), &claims)
        };
        world.accepts(&written("1767268800")).await;
        for value in [
            "\"1767268800\"",
            "true",
            "-1",
            "1e300",
            "9223372036854775807",
            "[]",
        ] {
            world.blames(&written(value), BadClaims, claim).await;
        }
    }
}

#[tokio::test]
async fn clock_at_either_end_of_time_does_not_panic() {
    let world = World::start().await;
    let token = world.issuer.token().sign();
    world.accepts(&token).await;
    world.clock.set_wall(UNIX_EPOCH - Duration::from_secs(1));
    world.rejects(&token, IssuedInFuture).await;
    world
        .clock
        .set_wall(UNIX_EPOCH + Duration::from_secs(1 << 40));
    // The keys are too stale by then, so the token is not checked.
    let refusal = world.okta.verify(&token).await.unwrap_err();
    assert_eq!(refusal.reason(), "keys_too_stale");
}
