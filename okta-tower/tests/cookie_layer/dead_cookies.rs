//! Cookies that will never be good again are removed, and others are not.

use std::time::Duration;

use http::{Request, StatusCode};
use okta_tower::{Require, RouteRules};
use okta_tower_test::{Endpoint, Fault};
use tower::{Layer, service_fn};

use crate::world::{ORIGIN, OTHER_KEY, World, ask, fetch, navigation, sign_in, strict, who};

#[tokio::test]
async fn a_session_that_was_ended_is_refused_and_its_cookie_removed() {
    let world = World::start().await;
    let service = world.okta.layer().layer(service_fn(who));
    let mut browser = world.signed_in().await;
    let mut stolen = browser.clone();
    let bystander = world.signed_in().await;
    assert_eq!(
        ask(&service, stolen.with(fetch("/"))).await.body,
        "a session"
    );
    let logout = Request::post("/logout").header("origin", ORIGIN);
    let answer = browser.ask(&world.okta.sign_in_service(), logout).await;
    assert!(browser.session().is_none(), "{answer:?}");
    // Whoever has kept it from before.
    let answer = stolen.ask(&service, fetch("/")).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.reason(), Some("session_ended"));
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    assert_eq!(stolen.session(), None);
    let answer = ask(&service, bystander.with(fetch("/"))).await;
    assert_eq!(answer.body, "a session");
}

#[tokio::test]
async fn a_page_that_is_opened_with_a_dead_cookie_leads_to_the_sign_in_and_removes_it() {
    let world = World::start().await;
    let service = world.okta.layer().layer(service_fn(who));
    let mut browser = world.signed_in().await;
    world.clock.advance(Duration::from_secs(3600));
    let answer = browser.ask(&service, navigation("/reports")).await;
    assert_eq!(answer.reason(), Some("session_idle"));
    assert_eq!(answer.status, StatusCode::FOUND);
    assert_eq!(answer.header("location"), Some("/login?return_to=/reports"));
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    assert_eq!(browser.session(), None);
}

#[tokio::test]
async fn on_a_public_route_a_dead_cookie_is_nobody_and_is_removed_on_the_way() {
    let world = World::start().await;
    let rules = || {
        RouteRules::new()
            .at("/", Require::public())
            .build()
            .unwrap()
    };
    let service = (world.okta.layer().rules(rules())).layer(service_fn(who));
    let needs_somebody = (world.okta.layer().rules(rules())).layer(service_fn(strict));
    let live = world.signed_in().await;
    assert_eq!(
        ask(&service, live.with(navigation("/"))).await.body,
        "a session"
    );
    let mut dead = live.clone();
    dead.set_session("dead");
    let answer = ask(&needs_somebody, dead.with(navigation("/"))).await;
    assert_eq!(answer.status, StatusCode::FOUND);
    let answer = dead.ask(&service, navigation("/")).await;
    assert_eq!((answer.status, &*answer.body), (StatusCode::OK, "nobody"));
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    assert_eq!(dead.session(), None);
}

#[tokio::test]
async fn under_an_optional_layer_a_dead_cookie_is_refused_as_a_bad_token_is() {
    let world = World::start().await;
    let service = world.okta.layer().optional().layer(service_fn(who));
    let mut browser = world.signed_in().await;
    browser.set_session("dead");
    let answer = browser.ask(&service, fetch("/")).await;
    assert_eq!(answer.reason(), Some("session_unreadable"));
    assert_eq!(browser.session(), None);
    assert_eq!(browser.ask(&service, fetch("/")).await.body, "nobody");
}

#[tokio::test]
async fn what_was_sealed_with_a_key_that_is_unknown_here_is_refused_and_kept() {
    let world = World::start().await;
    let other = world
        .another_process(sign_in().cookie_keys(OTHER_KEY))
        .await;
    let service = other.layer().layer(service_fn(who));
    let browser = world.signed_in().await;
    let answer = ask(&service, browser.with(fetch("/"))).await;
    assert_eq!(answer.reason(), Some("session_unknown_key"));
    assert!(!answer.sets_cookies());
    // In the process that has the key it is as good as ever.
    let service = world.okta.layer().layer(service_fn(who));
    assert_eq!(
        ask(&service, browser.with(fetch("/"))).await.body,
        "a session"
    );
}

#[tokio::test]
async fn while_the_issuer_is_down_a_session_that_needs_it_is_503_and_kept() {
    let world = World::start().await;
    let service = world.okta.layer().layer(service_fn(who));
    let mut browser = world.signed_in().await;
    world.use_for(&mut browser, 3599).await;
    world.clock.advance(Duration::from_secs(1));
    world.issuer.fault(
        Endpoint::Token,
        Fault::Status(StatusCode::SERVICE_UNAVAILABLE),
    );
    let kept = browser.clone();
    for request in [navigation("/"), fetch("/")] {
        let answer = browser.ask(&service, request).await;
        assert_eq!(answer.reason(), Some("session_refresh_unavailable"));
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.header("retry-after").is_some());
        assert_eq!(answer.header("location"), None);
        assert_eq!(browser, kept);
    }
    world.issuer.heal();
    world.clock.advance(Duration::from_secs(121));
    let answer = browser.ask(&service, fetch("/")).await;
    assert_eq!(answer.body, "a session");
    assert_ne!(browser, kept);
}
