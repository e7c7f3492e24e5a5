//! A sign-in under a scripted issuer, up to its result.

use http::StatusCode;
use okta_tower::{ResponseMode, UserInfo};
use okta_tower_test::{Callback, CallbackMode, Endpoint, Issuer};
use serde_json::{Map, Value};

use crate::world::log::Log;

pub(super) use crate::sign_in::world::{
    Browser, CALLBACK, CLIENT, ORIGIN, Seen, World, client, sign_in,
};

/// The basic plan and the form-post plan have the same modules.
pub(super) const MODES: [ResponseMode; 2] = [ResponseMode::Query, ResponseMode::FormPost];

/// A relying party of the suite: it always asks `userinfo`.
pub(super) async fn world(mode: ResponseMode) -> World {
    World::with(sign_in().userinfo(UserInfo::Always).response_mode(mode)).await
}

/// Carries the issuer's response to the application, as the response mode asks.
pub(super) async fn carry(browser: &mut Browser, callback: &Callback) -> Seen {
    match callback.mode() {
        CallbackMode::FormPost => browser.post(CALLBACK, &callback.form(), "cross-site").await,
        _ => browser.get(&callback.url()).await,
    }
}

pub(super) async fn is_signed_in(browser: &mut Browser) -> bool {
    browser.fetch("/").await.status == StatusCode::OK
}

/// Signs in with what the issuer does now. Returns the response of the callback.
pub(super) async fn try_sign_in(world: &World, browser: &mut Browser) -> Seen {
    let callback = world.attempt(browser, "/login", "admin").await;
    carry(browser, &callback).await
}

/// Asserts that a sign-in succeeds.
pub(super) async fn assert_accepted(world: &World) {
    let mut browser = world.browser();
    let seen = try_sign_in(world, &mut browser).await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER, "{seen:?}");
    assert!(is_signed_in(&mut browser).await);
}

/// Asserts that a sign-in fails because the identity is rejected: for this reason, and because of
/// this claim if there is one.
pub(super) async fn assert_rejected(world: &World, reason: &str, claim: Option<&str>) {
    let mut browser = world.browser();
    let log = Log::capture();
    let seen = try_sign_in(world, &mut browser).await;
    assert_eq!(seen.status, StatusCode::BAD_GATEWAY, "{seen:?}");
    assert!(!is_signed_in(&mut browser).await);
    let claim = claim.map(|claim| format!(" claim={claim:?}"));
    let why = format!("reason={reason:?}{}", claim.unwrap_or_default());
    assert_eq!(log.count("WARN okta_tower::session", &why), 1, "{log:?}");
}

/// Asserts that the ID tokens of a tampering issuer are rejected in each response mode, and that
/// those of the same issuer without the tampering are accepted. `userinfo` is asked for the latter
/// only.
pub(super) async fn rejects(reason: &str, claim: Option<&str>, tamper: impl Fn(&Issuer)) {
    for mode in MODES {
        let world = world(mode).await;
        tamper(&world.issuer);
        assert_rejected(&world, reason, claim).await;
        assert_eq!(world.issuer.requests(Endpoint::UserInfo), 0, "{mode:?}");
        world.issuer.heal();
        assert_accepted(&world).await;
        assert_eq!(world.issuer.requests(Endpoint::UserInfo), 1, "{mode:?}");
    }
}

/// Asserts that the ID tokens of a tampering issuer are accepted in each response mode.
pub(super) async fn accepts(tamper: impl Fn(&Issuer)) {
    for mode in MODES {
        let world = world(mode).await;
        tamper(&world.issuer);
        assert_accepted(&world).await;
        assert_eq!(world.issuer.requests(Endpoint::UserInfo), 1, "{mode:?}");
    }
}

/// Replaces a claim of ID tokens.
pub(super) fn with_claim(name: &'static str, value: &'static str) -> impl Fn(&Issuer) {
    move |issuer: &Issuer| {
        issuer.tamper_id_token(move |claims| {
            claims.insert(name.into(), value.into());
        });
    }
}

/// Removes a claim of ID tokens.
pub(super) fn without_claim(name: &'static str) -> impl Fn(&Issuer) {
    move |issuer: &Issuer| {
        issuer.tamper_id_token(move |claims: &mut Map<String, Value>| {
            claims.remove(name).unwrap();
        });
    }
}

/// Signs ID tokens again: `sign` gets the payload, as JSON.
pub(super) fn resigned(issuer: &Issuer, sign: impl Fn(&str) -> String + Send + Sync + 'static) {
    issuer.rewrite_id_tokens(move |token| sign(&payload(&token)));
}

/// The payload of a token, as JSON.
fn payload(token: &str) -> String {
    part(token, 1)
}

/// The header of a token, as JSON.
pub(super) fn header(token: &str) -> String {
    part(token, 0)
}

fn part(token: &str, place: usize) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let text = token.split('.').nth(place).unwrap();
    String::from_utf8(URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
}
