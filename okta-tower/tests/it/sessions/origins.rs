//! Unsafe requests with a session cookie must come from the application's own pages.

use http::{
    Method, Request, StatusCode,
    header::{AUTHORIZATION, CONNECTION, UPGRADE},
    request::Builder,
};
use okta_tower::{OktaBuilder, Require, RouteRules};
use okta_tower_test::ManualClock;
use tower::{Layer, service_fn};

use super::world::{ORIGIN, ask, sign_in, who, world, world_set, world_with};

fn post(fields: &[(&str, &str)]) -> Builder {
    (fields.iter()).fold(Request::post("/"), |request, (name, value)| {
        request.header(*name, *value)
    })
}

#[tokio::test]
async fn cookie_post_from_another_origin_is_rejected() {
    let world = world().await;
    let service = world.okta.layer().layer(service_fn(who));
    let browser = world.signed_in().await;
    for fields in [
        [("sec-fetch-site", "same-origin")],
        [("sec-fetch-site", "none")],
        [("origin", ORIGIN)],
    ] {
        let answer = ask(&service, browser.with(post(&fields))).await;
        assert_eq!(answer.body, "a session", "{fields:?}");
    }
    for fields in [
        &[("sec-fetch-site", "cross-site")][..],
        &[("sec-fetch-site", "same-site"), ("origin", ORIGIN)],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        // `Host` and `X-Forwarded-Host` do not change the own origin.
        &[("origin", "https://evil.example"), ("host", "evil.example")],
        &[
            ("origin", "https://evil.example"),
            ("x-forwarded-host", "evil.example"),
        ],
        &[],
    ] {
        let answer = ask(&service, browser.with(post(fields))).await;
        assert_eq!(answer.reason(), Some("cross_origin"), "{fields:?}");
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        // The session stays valid.
        assert!(!answer.sets_cookies());
    }
    let answer = ask(&service, browser.with(Request::get("/"))).await;
    assert_eq!(answer.body, "a session");
}

#[tokio::test]
async fn unsafe_methods_need_the_own_origin() {
    let world = world().await;
    let service = world.okta.layer().layer(service_fn(who));
    let browser = world.signed_in().await;
    for method in ["PUT", "PATCH", "DELETE", "CONNECT", "BREW"] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = || browser.with(Request::builder().method(&method));
        let answer = ask(&service, request()).await;
        assert_eq!(answer.reason(), Some("cross_origin"), "{method}");
        let answer = ask(&service, request().header("origin", ORIGIN)).await;
        assert_eq!(answer.body, "a session", "{method}");
    }
}

#[tokio::test]
async fn cookie_websocket_from_another_origin_is_rejected() {
    let world = world().await;
    let service = world.okta.layer().layer(service_fn(who));
    let browser = world.signed_in().await;
    let upgrade = |origin: &str| {
        let request =
            (Request::get("/").header(CONNECTION, "Upgrade")).header(UPGRADE, "websocket");
        browser.with(request.header("origin", origin))
    };
    let answer = ask(&service, upgrade("https://evil.example")).await;
    assert_eq!(answer.reason(), Some("cross_origin"));
    assert_eq!(ask(&service, upgrade(ORIGIN)).await.body, "a session");
}

#[tokio::test]
async fn bearer_token_needs_no_origin() {
    let world = world().await;
    let service = world.okta.layer().layer(service_fn(who));
    let token = format!("Bearer {}", world.machine_token().sign());
    let browser = world.signed_in().await;
    let request = || post(&[("sec-fetch-site", "cross-site")]);
    // With the browser's cookie as well.
    for request in [request(), browser.with(request())] {
        let answer = ask(&service, request.header(AUTHORIZATION, &token)).await;
        assert_eq!(answer.body, "bearer machine@example.com");
    }
}

#[tokio::test]
async fn request_without_a_session_cookie_needs_no_origin() {
    let world = world().await;
    let service = world.okta.layer().optional().layer(service_fn(who));
    let request = post(&[("sec-fetch-site", "cross-site"), ("cookie", "theme=dark")]);
    assert_eq!(ask(&service, request).await.body, "nobody");
}

#[tokio::test]
async fn cross_site_post_on_a_public_route_is_anonymous() {
    let world = world().await;
    let rules = RouteRules::new()
        .at("/", Require::public())
        .build()
        .unwrap();
    let service = (world.okta.layer().rules(rules)).layer(service_fn(who));
    let browser = world.signed_in().await;
    for (site, body) in [("cross-site", "nobody"), ("same-origin", "a session")] {
        let answer = ask(&service, browser.with(post(&[("sec-fetch-site", site)]))).await;
        assert_eq!(answer.body, body, "{site}");
    }
}

#[tokio::test]
async fn allowed_origin_is_compared_exactly() {
    let world = world_with(sign_in().allow_origin("https://spa.example.com")).await;
    let service = world.okta.layer().layer(service_fn(who));
    let browser = world.signed_in().await;
    for (origin, reason) in [
        ("https://spa.example.com", None),
        ("https://spa.example.com.evil.example", Some("cross_origin")),
        ("http://spa.example.com", Some("cross_origin")),
    ] {
        let fields = [("sec-fetch-site", "cross-site"), ("origin", origin)];
        let answer = ask(&service, browser.with(post(&fields))).await;
        assert_eq!(answer.reason(), reason, "{origin}");
    }
}

#[tokio::test]
async fn contradicting_cookies_need_the_own_origin_too() {
    let world = world().await;
    let service = world.okta.layer().layer(service_fn(who));
    let (one, other) = (world.signed_in().await, world.signed_in().await);
    for (site, reason) in [
        ("same-origin", "session_unreadable"),
        ("cross-site", "cross_origin"),
    ] {
        let request = other.with(one.with(post(&[("sec-fetch-site", site)])));
        assert_eq!(ask(&service, request).await.reason(), Some(reason));
    }
}

#[tokio::test]
async fn danger_setting_accepts_cookies_from_any_origin() {
    let unchecked = |okta: OktaBuilder| okta.danger().without_same_origin_check();
    let unchecked = world_set(ManualClock::new(), sign_in(), unchecked).await;
    for (world, reason) in [(unchecked, None), (world().await, Some("cross_origin"))] {
        let service = world.okta.layer().layer(service_fn(who));
        let browser = world.signed_in().await;
        let request = browser.with(post(&[("sec-fetch-site", "cross-site")]));
        assert_eq!(ask(&service, request).await.reason(), reason);
    }
}

#[tokio::test]
async fn response_to_another_origin_is_not_cacheable() {
    let world = world().await;
    let service = world.okta.layer().layer(service_fn(who));
    let browser = world.signed_in().await;
    let request = browser.with(post(&[("sec-fetch-site", "cross-site")]));
    let answer = ask(&service, request).await;
    assert_eq!(answer.reason(), Some("cross_origin"));
    assert_eq!(answer.header("vary"), Some("cookie"));
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
}
