//! Cookies that are no longer valid. The layer removes none: such a response could arrive after the
//! one with the next session, and would sign out a user who has just signed in.

use http::{Request, StatusCode};
use okta_tower::{Okta, Require, RouteRules};
use okta_tower_test::{Endpoint, Fault};
use tower::{Layer, service_fn};

use super::world::{ORIGIN, OTHER_KEY, ask, fetch, navigation, sign_in, strict, who, world};

#[tokio::test]
async fn ended_session_is_rejected() {
    let world = world().await;
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
    // A copy of the cookie from before the logout.
    let answer = stolen.ask(&service, fetch("/")).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.reason(), Some("session_ended"));
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    assert!(!answer.sets_cookies());
    let answer = ask(&service, bystander.with(fetch("/"))).await;
    assert_eq!(answer.body, "a session");
}

#[tokio::test]
async fn navigation_with_an_expired_session_redirects_to_login() {
    let world = world().await;
    let service = world.okta.layer().layer(service_fn(who));
    let mut browser = world.signed_in().await;
    world.advance(3600);
    let answer = browser.ask(&service, navigation("/reports")).await;
    assert_eq!(answer.reason(), Some("session_idle"));
    assert_eq!(answer.status, StatusCode::FOUND);
    assert_eq!(answer.header("location"), Some("/login?return_to=/reports"));
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    assert!(!answer.sets_cookies());
}

#[tokio::test]
async fn rejected_old_cookie_does_not_remove_a_new_session() {
    let world = world().await;
    let service = world.okta.layer().layer(service_fn(who));
    let mut browser = world.signed_in().await;
    let late = browser.clone();
    // Another tab signs in again, and the response to this older request arrives after that.
    world.sign_in(&mut browser).await;
    let answer = ask(&service, late.with(fetch("/"))).await;
    assert_eq!(answer.reason(), Some("session_ended"));
    browser.take(&answer.headers);
    assert_eq!(
        ask(&service, browser.with(fetch("/"))).await.body,
        "a session"
    );
}

#[tokio::test]
async fn invalid_cookie_on_a_public_route_is_anonymous() {
    let world = world().await;
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
    assert_eq!(answer.header("vary"), Some("cookie"));
    assert!(!answer.sets_cookies());
}

#[tokio::test]
async fn expired_session_is_anonymous_under_an_optional_layer() {
    let world = world().await;
    let optional = |okta: &Okta| okta.layer().optional().layer(service_fn(who));
    let service = optional(&world.okta);
    let mut browser = world.signed_in().await;
    let answer = browser.ask(&service, fetch("/")).await;
    assert_eq!(answer.body, "a session");
    // The cookie may come from another process with another key, so the user may be signed in.
    let other = world
        .another_process(sign_in().cookie_keys(OTHER_KEY))
        .await;
    let answer = ask(&optional(&other), browser.with(fetch("/"))).await;
    assert_eq!(answer.reason(), Some("session_unknown_key"));
    let token = fetch("/").header("authorization", "Bearer dead");
    let answer = ask(&service, browser.with(token)).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    // Navigations are not redirected to sign in either.
    let (idle, mut forged) = (browser.clone(), browser);
    forged.set_session("dead");
    world.advance(3600);
    for mut dead in [idle, forged] {
        for request in [fetch("/"), navigation("/")] {
            let answer = dead.ask(&service, request).await;
            assert_eq!((answer.status, &*answer.body), (StatusCode::OK, "nobody"));
            assert_eq!(answer.header("vary"), Some("cookie"));
        }
    }
}

#[tokio::test]
async fn cookie_sealed_with_an_unknown_key_is_rejected_and_kept() {
    let world = world().await;
    let other = world
        .another_process(sign_in().cookie_keys(OTHER_KEY))
        .await;
    let service = other.layer().layer(service_fn(who));
    let browser = world.signed_in().await;
    let answer = ask(&service, browser.with(fetch("/"))).await;
    assert_eq!(answer.reason(), Some("session_unknown_key"));
    assert!(!answer.sets_cookies());
    // The process with the key still accepts the cookie.
    let service = world.okta.layer().layer(service_fn(who));
    assert_eq!(
        ask(&service, browser.with(fetch("/"))).await.body,
        "a session"
    );
}

#[tokio::test]
async fn session_due_during_an_outage_is_503_and_kept() {
    let world = world().await;
    let service = world.okta.layer().layer(service_fn(who));
    let mut browser = world.signed_in().await;
    world.use_for(&mut browser, 3599).await;
    world.advance(1);
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
    world.advance(121);
    let answer = browser.ask(&service, fetch("/")).await;
    assert_eq!(answer.body, "a session");
    assert_ne!(browser, kept);
}
