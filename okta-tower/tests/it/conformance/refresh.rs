//! The plan `oidcc-client-refresh-token`.

use http::StatusCode;
use okta_tower::ResponseMode;

use super::Party;
use crate::sign_in::world::{Browser, World, sign_in};

/// Just before the access token expires.
const DUE: u64 = 3550;

async fn signed_in() -> (Party, Browser) {
    let party = Party::with(ResponseMode::Query, sign_in().offline_access()).await;
    let (mut browser, answered) = party.callback().await;
    browser.get(answered.location()).await;
    (party, browser)
}

/// Uses the session until its refresh is due, and returns what the application then says.
async fn refreshed(world: &World, browser: &mut Browser) -> String {
    for _ in 0..2 {
        world.advance(DUE / 2);
        browser.fetch("/").await;
    }
    let seen = browser.fetch("/").await;
    assert_eq!(seen.status, StatusCode::OK);
    seen.text
}

/// Sets a claim of the ID tokens to come, and another address that shows whether they are used.
fn tamper(world: &World, claim: &'static str, value: &'static str) {
    world.issuer.tamper_id_token(move |claims| {
        claims.insert("email".into(), "new@example.com".into());
        claims.insert(claim.into(), value.into());
    });
}

/// Suite: `oidcc-client-test-refresh-token`.
#[tokio::test]
async fn refreshed_id_token_is_used() {
    let (party, mut browser) = signed_in().await;
    tamper(&party.world, "nickname", "ada");
    let text = refreshed(&party.world, &mut browser).await;
    assert!(text.starts_with("new@example.com "), "{text}");
    assert_eq!(party.world.issuer.refreshes(), 1);
}

/// Suite: `oidcc-client-test-refresh-token-invalid-issuer`.
#[tokio::test]
async fn refreshed_id_token_of_another_issuer_is_not_used() {
    let (party, mut browser) = signed_in().await;
    tamper(&party.world, "iss", "https://evil.example");
    let text = refreshed(&party.world, &mut browser).await;
    assert!(text.starts_with("admin@example.com "), "{text}");
    assert_eq!(party.world.issuer.refreshes(), 1);
}

/// Suite: `oidcc-client-test-refresh-token-invalid-sub`.
#[tokio::test]
async fn refreshed_id_token_of_another_subject_is_not_used() {
    let (party, mut browser) = signed_in().await;
    tamper(&party.world, "sub", "00uSomebodyElse");
    let text = refreshed(&party.world, &mut browser).await;
    assert!(text.starts_with("admin@example.com "), "{text}");
    assert_eq!(party.world.issuer.refreshes(), 1);
}
