//! The refresh-token plan.

use http::header::AUTHORIZATION;
use okta_tower::UserInfo;
use okta_tower_test::Endpoint;

use super::world::{Browser, World, sign_in};
use crate::world::log::Log;

/// Seconds until the session is due for a refresh: the access token lasts an hour.
const DUE: u64 = 3550;

async fn world() -> World {
    World::with(sign_in().offline_access().userinfo(UserInfo::Always)).await
}

fn userinfo_token(world: &World) -> String {
    let headers = world.issuer.last_headers(Endpoint::UserInfo).unwrap();
    headers[AUTHORIZATION].to_str().unwrap().to_owned()
}

/// `oidcc-client-test-refresh-token`
#[tokio::test]
async fn refresh_token_gets_new_tokens_and_userinfo() {
    let world = world().await;
    let mut browser = world.signed_in("admin").await;
    let first = userinfo_token(&world);
    world.issuer.set_groups("admin", ["auditor"]);
    world.advance(DUE);
    assert_eq!(
        browser.get("/").await.text,
        "admin@example.com auditor Session"
    );
    assert_eq!(world.issuer.token_requests("refresh_token"), 1);
    assert_eq!(world.issuer.requests(Endpoint::UserInfo), 2);
    assert_ne!(userinfo_token(&world), first);
}

/// Asserts that a refreshed ID token with this claim changes nothing, and that a correct one does.
async fn assert_refresh_is_rejected(claim: &'static str, value: &'static str, why: &str) {
    let world = world().await;
    let mut browser: Browser = world.signed_in("admin").await;
    world.issuer.set_groups("admin", ["auditor"]);
    world.issuer.tamper_id_token(move |claims| {
        claims.insert(claim.into(), value.into());
    });
    world.advance(DUE);
    let log = Log::capture();
    let seen = browser.get("/").await;
    assert_eq!(seen.text, "admin@example.com admin Session", "{log:?}");
    assert_eq!(log.count("WARN okta_tower::session", why), 1, "{log:?}");
    assert_eq!(world.issuer.token_requests("refresh_token"), 1);
    // The suite expects no request with the access token of this response.
    assert_eq!(world.issuer.requests(Endpoint::UserInfo), 1);
    world.issuer.heal();
    world.advance(10);
    let seen = browser.get("/").await;
    assert_eq!(seen.text, "admin@example.com auditor Session", "{log:?}");
    assert_eq!(world.issuer.requests(Endpoint::UserInfo), 2);
}

/// `oidcc-client-test-refresh-token-invalid-issuer`
#[tokio::test]
async fn refresh_token_invalid_issuer_is_rejected() {
    assert_refresh_is_rejected("iss", "https://evil.example", r#"reason="wrong_issuer""#).await;
}

/// `oidcc-client-test-refresh-token-invalid-sub`
#[tokio::test]
async fn refresh_token_invalid_sub_is_rejected() {
    assert_refresh_is_rejected("sub", "00uOther", r#"reason="other_person" claim="sub""#).await;
}
