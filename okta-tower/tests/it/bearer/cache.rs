//! A token that was verified before is judged as it would be without the cache.

use std::time::Duration;

use okta_tower::{
    Okta,
    TokenErrorKind::{Expired, UnknownKey},
};

use crate::bearer::bench::{Bench, settle};

/// How many of the tokens were answered from the cache, by the metrics' own account.
fn hits(okta: &Okta) -> u64 {
    let text = okta.metrics().to_string();
    let line = text
        .lines()
        .find(|line| !line.starts_with('#') && line.contains("cache") && line.contains("hit"));
    let line = line.unwrap_or_else(|| panic!("no such counter in\n{text}"));
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_token_is_verified_once_and_then_remembered() {
    let bench = Bench::start().await;
    let token = bench.issuer.token().user("ada@example.com").sign();
    bench.accepts(&token).await;
    assert_eq!(hits(&bench.okta), 0);
    let again = bench.accepts(&token).await;
    assert_eq!((again.subject(), hits(&bench.okta)), ("ada@example.com", 1));
}

#[tokio::test]
async fn a_refused_token_is_judged_anew_each_time() {
    let bench = Bench::start().await;
    let token = bench.issuer.token().not_before_in(61).sign();
    for _ in 0..3 {
        assert!(bench.okta.verify(&token).await.is_err());
    }
    assert_eq!(hits(&bench.okta), 0);
    bench.clock.skew(1);
    bench.accepts(&token).await;
}

#[tokio::test]
async fn a_remembered_token_ends_at_the_very_second_at_which_a_new_one_would() {
    let bench = Bench::start().await;
    let token = bench.issuer.token().expires_in(100).sign();
    bench.accepts(&token).await;
    bench.clock.advance(Duration::from_secs(159));
    bench.accepts(&token).await;
    assert_eq!(hits(&bench.okta), 1);
    bench.clock.advance(Duration::from_secs(1));
    bench.refuses(&token, Expired).await;
    assert_eq!(hits(&bench.okta), 1);
}

#[tokio::test]
async fn a_remembered_token_ends_with_its_key() {
    let bench = Bench::start().await;
    let token = bench.issuer.token().expires_in(86_400).sign();
    let other = bench
        .issuer
        .token()
        .key(bench.issuer.next_key())
        .expires_in(86_400)
        .sign();
    for token in [&token, &other] {
        bench.accepts(token).await;
    }
    bench.issuer.rotate_in_emergency();
    // The keys are still those of the last fetch.
    bench.accepts(&token).await;
    assert_eq!(hits(&bench.okta), 1);
    bench.clock.advance(Duration::from_secs(3600));
    settle(&[&bench.okta]).await;
    bench.refuses(&token, UnknownKey).await;
    bench.accepts(&other).await;
    assert_eq!(hits(&bench.okta), 2);
}

#[tokio::test]
async fn a_remembered_token_does_not_come_back_with_another_key_of_the_same_name() {
    let bench = Bench::start().await;
    let forged = bench.issuer.forged_key();
    let token = bench.issuer.token().expires_in(86_400).sign();
    bench.accepts(&token).await;
    let keys = serde_json::json!({ "keys": [forged.to_jwk()] });
    bench.issuer.serve_keys(keys.to_string());
    bench.clock.advance(Duration::from_secs(3600));
    settle(&[&bench.okta]).await;
    assert_eq!(bench.refusal(&token).await.kind().as_str(), "bad_signature");
    // And comes back when the true one does.
    bench.issuer.serve_true_documents();
    bench.clock.advance(Duration::from_secs(3600));
    settle(&[&bench.okta]).await;
    bench.accepts(&token).await;
}

#[tokio::test]
async fn a_remembered_token_is_not_answered_for_once_the_keys_are_too_stale() {
    let bench = Bench::start().await;
    let token = bench.issuer.token().expires_in(30 * 86_400).sign();
    bench.accepts(&token).await;
    bench.issuer.stop_listening().await;
    bench.clock.advance(Duration::from_secs(11 * 3600));
    settle(&[&bench.okta]).await;
    bench.accepts(&token).await;
    bench.clock.advance(Duration::from_secs(2 * 3600));
    let error = bench.okta.verify(&token).await.unwrap_err();
    assert_eq!(error.reason(), "keys_too_stale");
    bench.issuer.resume().await;
    bench.clock.advance(Duration::from_secs(60));
    settle(&[&bench.okta]).await;
    bench.accepts(&token).await;
}

#[tokio::test]
async fn a_token_that_ends_like_a_remembered_one_is_another_token() {
    let bench = Bench::start().await;
    let token = bench.issuer.token().user("ada@example.com").sign();
    bench.accepts(&token).await;
    let (_, signature) = token.rsplit_once('.').unwrap();
    let eve = bench.issuer.token().user("eve@example.com");
    let unsigned = eve.unsigned();
    let message = unsigned.trim_end_matches('.');
    let _ = bench.refusal(&format!("{message}.{signature}")).await;
    let header = eve.header_json();
    let genuine = eve.sign_raw(&header, &eve.claims_json());
    let (message, _) = genuine.rsplit_once('.').unwrap();
    assert_eq!(
        bench
            .refusal(&format!("{message}.{signature}"))
            .await
            .kind()
            .as_str(),
        "bad_signature"
    );
    assert_eq!(hits(&bench.okta), 0);
}

#[tokio::test]
async fn without_room_nothing_is_remembered_and_everything_works() {
    let bench = Bench::with(|okta| okta.token_cache_bytes(0)).await;
    let token = bench.issuer.token().expires_in(100).sign();
    for _ in 0..3 {
        bench.accepts(&token).await;
    }
    bench.clock.advance(Duration::from_secs(160));
    bench.refuses(&token, Expired).await;
    let text = bench.okta.metrics().to_string();
    assert!(
        !text
            .lines()
            .any(|line| line.contains("cache") && line.contains("hit") && line.ends_with(" 3"))
    );
}
