//! What becomes of cookies that are good no more. None is removed: the answer that removes one may reach the browser after the
//! answer that brings the next session, and would sign out somebody who has just signed in.

use http::{Request, StatusCode};
use okta_tower::{Okta, Require, RouteRules};
use okta_tower_test::{Endpoint, Fault};
use tower::{Layer, service_fn};

use super::world::{ORIGIN, OTHER_KEY, ask, fetch, navigation, sign_in, strict, who, world};

#[tokio::test]
async fn a_session_that_was_ended_is_refused() {
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
    // Whoever has kept it from before.
    let answer = stolen.ask(&service, fetch("/")).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.reason(), Some("session_ended"));
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    assert!(!answer.sets_cookies());
    let answer = ask(&service, bystander.with(fetch("/"))).await;
    assert_eq!(answer.body, "a session");
}

#[tokio::test]
async fn a_page_that_is_opened_with_a_dead_cookie_leads_to_the_sign_in() {
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
async fn the_answer_to_an_old_cookie_leaves_a_session_alone_that_began_meanwhile() {
    let world = world().await;
    let service = world.okta.layer().layer(service_fn(who));
    let mut browser = world.signed_in().await;
    let late = browser.clone();
    // Signed in anew, in another tab; what this one had asked before is answered after that.
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
async fn on_a_public_route_a_dead_cookie_is_nobody() {
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
async fn under_an_optional_layer_a_session_that_is_over_is_nobody_and_other_bad_credentials_are_refused()
 {
    let world = world().await;
    let optional = |okta: &Okta| okta.layer().optional().layer(service_fn(who));
    let service = optional(&world.okta);
    let mut browser = world.signed_in().await;
    let answer = browser.ask(&service, fetch("/")).await;
    assert_eq!(answer.body, "a session");
    // The key may be another process's, and the person signed in.
    let other = world
        .another_process(sign_in().cookie_keys(OTHER_KEY))
        .await;
    let answer = ask(&optional(&other), browser.with(fetch("/"))).await;
    assert_eq!(answer.reason(), Some("session_unknown_key"));
    let token = fetch("/").header("authorization", "Bearer dead");
    let answer = ask(&service, browser.with(token)).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    // A page is not sent to sign in either: it need not know who is looking.
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
async fn what_was_sealed_with_a_key_that_is_unknown_here_is_refused_and_kept() {
    let world = world().await;
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
