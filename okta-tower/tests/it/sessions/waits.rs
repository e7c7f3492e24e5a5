//! A session refresh delays its own requests only.

use http::Request;
use okta_tower::store::MemoryStore;
use okta_tower_test::{Endpoint, ManualClock};
use tower::{Layer, ServiceExt, limit::ConcurrencyLimit, service_fn};

use super::world::{Body, DUE, ask, fetch, navigation, sign_in, who, world, world_on};

fn request(browser: &super::world::Browser) -> Request<Body> {
    browser.with(fetch("/")).body(Body::default()).unwrap()
}

#[tokio::test]
async fn waiting_for_a_refresh_holds_no_concurrency_slot() {
    let world = world().await;
    let inner = ConcurrencyLimit::new(service_fn(who), 1);
    let service = world.okta.layer().layer(inner);
    let mut browser = world.signed_in().await;
    world.use_for(&mut browser, DUE).await;
    let fresh = world.signed_in().await;
    let held = world.issuer.hold_next(Endpoint::Token);
    let waiting = tokio::spawn(service.clone().oneshot(request(&browser)));
    held.arrived().await;
    // The only slot is free for other requests.
    for _ in 0..3 {
        let response = (service.clone().oneshot(request(&fresh))).await.unwrap();
        assert_eq!(response.status(), 200);
    }
    // A request without a session does not wait.
    assert_eq!(ask(&service, fetch("/")).await.status, 401);
    assert!(!waiting.is_finished());
    held.release();
    let response = waiting.await.unwrap().unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.headers().contains_key("set-cookie"));
    assert_eq!(world.issuer.refreshes(), 1);
}

#[tokio::test]
async fn concurrent_requests_of_a_due_session_share_one_refresh() {
    let world = world().await;
    let service = world.okta.layer().layer(service_fn(who));
    let mut browser = world.signed_in().await;
    world.use_for(&mut browser, DUE).await;
    let held = world.issuer.hold_next(Endpoint::Token);
    let waiting: Vec<_> = (0..50)
        .map(|_| tokio::spawn(service.clone().oneshot(request(&browser))))
        .collect();
    held.arrived().await;
    held.release();
    for waiting in waiting {
        let response = waiting.await.unwrap().unwrap();
        assert_eq!(response.status(), 200);
        let mut renewed = browser.clone();
        renewed.take(response.headers());
        assert_ne!(renewed, browser);
    }
    assert_eq!(world.issuer.token_requests("refresh_token"), 1);
}

#[tokio::test]
async fn stored_session_ends_at_once_on_logout() {
    let clock = ManualClock::new();
    let store = MemoryStore::new().clock(clock.clone());
    let world = world_on(clock, sign_in().store(store)).await;
    let service = world.okta.layer().layer(service_fn(who));
    let mut browser = world.signed_in().await;
    assert_eq!(browser.session().unwrap().len(), 43);
    let kept = browser.clone();
    let answer = browser.ask(&service, fetch("/")).await;
    assert_eq!(answer.body, "a session");
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    let logout = Request::post("/logout").header("sec-fetch-site", "same-origin");
    browser.ask(&world.okta.sign_in_service(), logout).await;
    assert_eq!(browser.session(), None);
    let answer = ask(&service, kept.with(fetch("/"))).await;
    assert_eq!(answer.reason(), Some("session_ended"));
    let optional = world.okta.layer().optional().layer(service_fn(who));
    let answer = ask(&optional, kept.with(fetch("/"))).await;
    assert_eq!(answer.body, "nobody");
}

#[tokio::test]
async fn navigation_with_an_ended_stored_session_redirects_to_login() {
    let clock = ManualClock::new();
    let store = MemoryStore::new().clock(clock.clone());
    let world = world_on(clock, sign_in().store(store)).await;
    let service = world.okta.layer().layer(service_fn(who));
    let mut browser = world.signed_in().await;
    let kept = browser.clone();
    let answer = ask(&service, kept.with(navigation("/reports"))).await;
    assert_eq!(answer.body, "a session");
    let logout = Request::post("/logout").header("sec-fetch-site", "same-origin");
    browser.ask(&world.okta.sign_in_service(), logout).await;
    let answer = ask(&service, kept.with(navigation("/reports"))).await;
    assert_eq!(answer.reason(), Some("session_ended"));
    assert_eq!(answer.status, 302);
    assert_eq!(answer.header("location"), Some("/login?return_to=/reports"));
}
