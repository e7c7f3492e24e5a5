//! What a session adds to responses: the newest cookie, and headers for caches.

use std::convert::Infallible;

use http::{
    Request, Response, StatusCode,
    header::{CACHE_CONTROL, SET_COOKIE, VARY},
};
use okta_tower::{Require, RouteRules};
use tower::{Layer, ServiceBuilder, service_fn};

use super::world::{Body, DUE, ask, checkout, fetch, navigation, who, world};

/// A cacheable response.
async fn cacheable(_: Request<Body>) -> Result<Response<Body>, Infallible> {
    let response = Response::builder()
        .header(CACHE_CONTROL, "public, max-age=3600")
        .header("cdn-cache-control", "max-age=3600")
        .header("surrogate-control", "max-age=3600")
        .header(VARY, "accept");
    Ok(response.body(Body::from("for all")).unwrap())
}

/// Sets a cookie of its own.
async fn with_own_cookie(_: Request<Body>) -> Result<Response<Body>, Infallible> {
    let response = Response::builder().header(SET_COOKIE, "theme=dark; Path=/");
    Ok(response.body(Body::default()).unwrap())
}

#[tokio::test]
async fn session_response_is_private_unless_the_handler_decides() {
    let world = world().await;
    let plain = world.okta.layer().layer(service_fn(who));
    let public = world.okta.layer().layer(service_fn(cacheable));
    let browser = world.signed_in().await;
    let answer = ask(&plain, browser.with(fetch("/"))).await;
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    assert_eq!(answer.header("vary"), Some("cookie"));
    assert!(!answer.sets_cookies());
    let answer = ask(&public, browser.with(fetch("/"))).await;
    assert_eq!(answer.header("cache-control"), Some("public, max-age=3600"));
    let vary: Vec<_> = answer.headers.get_all(VARY).iter().collect();
    assert_eq!(vary, ["accept", "cookie"]);
}

#[tokio::test]
async fn response_with_a_session_cookie_is_not_cacheable() {
    let world = world().await;
    let service = world.okta.layer().layer(service_fn(cacheable));
    let mut browser = world.signed_in().await;
    world.advance(900);
    let before = browser.clone();
    let answer = browser.ask(&service, fetch("/")).await;
    assert_ne!(browser, before);
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    // Some caches prefer these headers.
    assert_eq!(answer.header("cdn-cache-control"), None);
    assert_eq!(answer.header("surrogate-control"), None);
    // Once the browser has the cookie, the handler's headers stay.
    let answer = browser.ask(&service, fetch("/")).await;
    assert_eq!(answer.header("cache-control"), Some("public, max-age=3600"));
    assert_eq!(answer.header("cdn-cache-control"), Some("max-age=3600"));
}

#[tokio::test]
async fn anonymous_response_varies_by_cookie_and_is_cacheable() {
    let world = world().await;
    let service = world.okta.layer().optional().layer(service_fn(cacheable));
    let answer = ask(&service, fetch("/")).await;
    assert_eq!(answer.header("cache-control"), Some("public, max-age=3600"));
    let vary: Vec<_> = answer.headers.get_all(VARY).iter().collect();
    assert_eq!(vary, ["accept", "cookie"]);
    let service = world.okta.layer().optional().layer(service_fn(who));
    let answer = ask(&service, fetch("/")).await;
    assert_eq!(answer.header("cache-control"), None);
    assert_eq!(answer.header("vary"), Some("cookie"));
}

#[tokio::test]
async fn cookies_of_the_handler_are_kept() {
    let world = world().await;
    let service = world.okta.layer().layer(service_fn(with_own_cookie));
    let mut browser = world.signed_in().await;
    world.advance(900);
    let answer = browser.ask(&service, fetch("/")).await;
    let set: Vec<_> = answer.headers.get_all(SET_COOKIE).iter().collect();
    assert_eq!(set[0], "theme=dark; Path=/");
    assert_eq!(set.len(), 2);
}

#[tokio::test]
async fn rejection_carries_the_newest_cookie() {
    let world = world().await;
    let rules = RouteRules::new()
        .at("/", Require::group("admin"))
        .build()
        .unwrap();
    let by_rule = (world.okta.layer().rules(rules)).layer(service_fn(who));
    let by_guard = ServiceBuilder::new()
        .layer(world.okta.layer())
        .layer(Require::group("admin").layer())
        .service_fn(who);
    let allowed = world.okta.layer().layer(service_fn(who));
    let mut browser = world.signed_in().await;
    world.use_for(&mut browser, DUE).await;
    let old = browser.clone();
    // The rejected request refreshes the session, and each response to the older cookie sets the
    // newest.
    for _ in 0..2 {
        for request in [fetch("/"), navigation("/")] {
            let mut by_rule_browser = old.clone();
            let answer = by_rule_browser.ask(&by_rule, request).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN);
            assert_ne!(by_rule_browser, old);
            assert_eq!(answer.header("cache-control"), Some("private, no-store"));
            assert!(answer.headers.get_all(VARY).iter().any(|it| it == "cookie"));
            browser = by_rule_browser;
        }
        let mut by_guard_browser = old.clone();
        let answer = by_guard_browser.ask(&by_guard, fetch("/")).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert_eq!(by_guard_browser, browser);
    }
    assert_eq!(world.issuer.refreshes(), 1);
    let answer = browser.ask(&allowed, fetch("/")).await;
    assert_eq!(answer.body, "a session");
    assert!(!answer.sets_cookies());
}

#[tokio::test]
async fn handler_refreshing_its_session_sets_the_new_cookie() {
    let world = world().await;
    let service = world.okta.layer().layer(service_fn(checkout));
    let mut browser = world.signed_in().await;
    let before = browser.clone();
    let answer = browser.ask(&service, fetch("/")).await;
    assert_eq!(answer.body, "refreshed");
    assert_ne!(browser, before);
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
}
