//! `exp`, `nbf` and `iat` by a clock that is moved by hand.

use std::time::{Duration, UNIX_EPOCH};

use okta_tower::{
    TokenErrorKind::{BadClaims, Expired, IssuedInFuture, MissingClaim, NotYetValid},
    clock::Clock,
};

use crate::bearer::bench::Bench;

#[tokio::test]
async fn a_token_ends_at_the_very_second_of_exp_plus_leeway() {
    for leeway in [0, 60, 300] {
        let bench = Bench::with(|okta| okta.leeway(Duration::from_secs(leeway))).await;
        let token = bench.issuer.token().expires_in(100).sign();
        bench.clock.advance(Duration::from_secs(99 + leeway));
        bench.accepts(&token).await;
        bench.clock.skew(1);
        bench.refuses(&token, Expired).await;
        bench.clock.skew(-1);
        bench.accepts(&token).await;
    }
}

#[tokio::test]
async fn a_token_begins_at_the_very_second_of_nbf_less_leeway() {
    let bench = Bench::start().await;
    let token = bench.issuer.token().not_before_in(100).sign();
    bench.clock.skew(39);
    bench.refuses(&token, NotYetValid).await;
    bench.clock.skew(1);
    bench.accepts(&token).await;
    // The wall clock goes back, and a token that was accepted is no longer.
    bench.clock.skew(-1);
    bench.refuses(&token, NotYetValid).await;
}

#[tokio::test]
async fn a_token_issued_in_the_future_beyond_leeway_is_refused() {
    let bench = Bench::start().await;
    bench
        .accepts(&bench.issuer.token().issued_ago(-60).sign())
        .await;
    let token = bench.issuer.token().issued_ago(-61).sign();
    bench.refuses(&token, IssuedInFuture).await;
    bench.clock.skew(1);
    bench.accepts(&token).await;
}

#[tokio::test]
async fn fractions_of_a_second_are_rounded_to_the_stricter_side() {
    let bench = Bench::with(|okta| okta.leeway(Duration::ZERO)).await;
    let now = bench
        .clock
        .now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let token = bench.claims_text(&format!(r#""nbf":{now}.5"#));
    bench.refuses(&token, NotYetValid).await;
    bench.clock.skew(1);
    bench.accepts(&token).await;
    let seconds = |exp: &str| {
        let token = bench.issuer.token().without("exp");
        let claims =
            crate::bearer::bench::prefixed(&token.claims_json(), &format!(r#""exp":{exp}"#));
        token.sign_raw(&token.header_json(), &claims)
    };
    // It is now the second `now + 1`.
    bench.accepts(&seconds(&format!("{}.0", now + 2))).await;
    bench.accepts(&seconds(&format!("{}.9", now + 2))).await;
    bench
        .refuses(&seconds(&format!("{}.9", now + 1)), Expired)
        .await;
}

#[tokio::test]
async fn exp_is_required_and_a_number_that_makes_sense() {
    let bench = Bench::start().await;
    let token = bench.issuer.token().without("exp");
    bench.blames(&token.sign(), MissingClaim, "exp").await;
    let written = |exp: &str| {
        let claims =
            crate::bearer::bench::prefixed(&token.claims_json(), &format!(r#""exp":{exp}"#));
        token.sign_raw(&token.header_json(), &claims)
    };
    bench.accepts(&written("1767272400")).await;
    bench.accepts(&written("1.7672724e9")).await;
    bench.accepts(&written("253402300799")).await;
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
        bench.blames(&written(exp), BadClaims, "exp").await;
    }
    bench.refuses(&written("0"), Expired).await;
}

#[tokio::test]
async fn nbf_and_iat_are_held_to_the_same_numbers() {
    let bench = Bench::start().await;
    for claim in ["nbf", "iat"] {
        let token = bench.issuer.token().without(claim);
        bench.accepts(&token.sign()).await;
        let written = |value: &str| {
            let claims = crate::bearer::bench::prefixed(
                &token.claims_json(),
                &format!(r#""{claim}":{value}"#),
            );
            token.sign_raw(&token.header_json(), &claims)
        };
        bench.accepts(&written("1767268800")).await;
        for value in [
            "\"1767268800\"",
            "null",
            "-1",
            "1e300",
            "9223372036854775807",
            "[]",
        ] {
            bench.blames(&written(value), BadClaims, claim).await;
        }
    }
}

#[tokio::test]
async fn a_clock_at_either_end_of_time_is_survived() {
    let bench = Bench::start().await;
    let token = bench.issuer.token().sign();
    bench.accepts(&token).await;
    bench.clock.set_wall(UNIX_EPOCH - Duration::from_secs(1));
    bench.refuses(&token, IssuedInFuture).await;
    bench
        .clock
        .set_wall(UNIX_EPOCH + Duration::from_secs(1 << 40));
    // No keys are that fresh: the token is not even looked at.
    let refusal = bench.okta.verify(&token).await.unwrap_err();
    assert_eq!(refusal.reason(), "keys_too_stale");
}
