//! The `Authorization` header takes precedence over cookies, valid or not.

use http::{
    Request, StatusCode,
    header::{AUTHORIZATION, COOKIE},
};
use okta_tower::auth::BearerHeader;
use tower::{Layer, service_fn};

use super::world::{Browser, ask, navigation, who, world};

#[tokio::test]
async fn session_cookie_authenticates() {
    let world = world().await;
    let service = world.okta.layer().layer(service_fn(who));
    let browser = world.signed_in().await;
    let answer = ask(&service, browser.with(Request::get("/"))).await;
    assert_eq!(answer.body, "a session");
    let answer = ask(&service, Request::get("/")).await;
    assert_eq!(answer.reason(), Some("missing_credentials"));
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn valid_token_takes_precedence_over_any_cookie() {
    let world = world().await;
    let service = world.okta.layer().layer(service_fn(who));
    let mut broken = world.signed_in().await;
    broken.set_session("broken");
    let token = format!("Bearer {}", world.machine_token().sign());
    for browser in [world.signed_in().await, broken] {
        let request = Request::get("/").header(AUTHORIZATION, &token);
        let answer = ask(&service, browser.with(request)).await;
        assert_eq!(answer.body, "bearer machine@example.com");
        // The cookie is left alone.
        assert!(!answer.sets_cookies());
    }
}

#[tokio::test]
async fn bad_header_never_falls_back_to_a_valid_cookie() {
    let world = world().await;
    let service = world.okta.layer().layer(service_fn(who));
    let optional = world.okta.layer().optional().layer(service_fn(who));
    let browser = world.signed_in().await;
    let expired = world.machine_token().expires_in(-3600).sign();
    for (header, status) in [
        (format!("Bearer {expired}"), 401),
        ("Bearer x".to_owned(), 401),
        ("Bearer".to_owned(), 400),
        ("Bearer a b".to_owned(), 401),
        ("Bearer ".to_owned(), 400),
    ] {
        for service in [&service, &optional] {
            let request = Request::get("/").header(AUTHORIZATION, &header);
            let answer = ask(service, browser.with(request)).await;
            assert_eq!(answer.status.as_u16(), status, "{header}");
            assert!(!answer.sets_cookies());
        }
    }
    let twice =
        (Request::get("/").header(AUTHORIZATION, "Bearer x")).header(AUTHORIZATION, "Bearer x");
    assert_eq!(
        ask(&service, browser.with(twice)).await.status,
        StatusCode::BAD_REQUEST
    );
    // The same request without the header.
    let answer = ask(&service, browser.with(Request::get("/"))).await;
    assert_eq!(answer.body, "a session");
}

#[tokio::test]
async fn other_scheme_is_missing_credentials_despite_a_cookie() {
    let world = world().await;
    let service = world.okta.layer().layer(service_fn(who));
    let optional = world.okta.layer().optional().layer(service_fn(who));
    let browser = world.signed_in().await;
    let basic = || browser.with(Request::get("/").header(AUTHORIZATION, "Basic dTpw"));
    let answer = ask(&service, basic()).await;
    assert_eq!(answer.reason(), Some("other_scheme"));
    assert_eq!(ask(&optional, basic()).await.body, "nobody");
    let answer = ask(&optional, browser.with(Request::get("/"))).await;
    assert_eq!(answer.body, "a session");
}

#[tokio::test]
async fn bearer_only_layer_ignores_cookies() {
    let world = world().await;
    let service = (world.okta.layer().bearer_only()).layer(service_fn(who));
    let browser = world.signed_in().await;
    let answer = ask(&service, browser.with(Request::get("/"))).await;
    assert_eq!(answer.reason(), Some("missing_credentials"));
    // The response does not vary by cookie.
    assert!(answer.header("vary").is_none() && !answer.sets_cookies());
    let token = format!("Bearer {}", world.machine_token().sign());
    let request = Request::get("/").header(AUTHORIZATION, token);
    assert_eq!(
        ask(&service, request).await.body,
        "bearer machine@example.com"
    );
}

#[tokio::test]
async fn two_different_session_cookies_are_rejected() {
    let world = world().await;
    let service = world.okta.layer().layer(service_fn(who));
    let ada = world.signed_in().await;
    let other = world.signed_in().await;
    let both = |one: &Browser, other: &Browser| other.with(one.with(Request::get("/")));
    let answer = ask(&service, both(&ada, &other)).await;
    assert_eq!(answer.reason(), Some("session_unreadable"));
    assert_eq!(ask(&service, both(&ada, &ada)).await.body, "a session");
}

#[tokio::test]
async fn cached_credentials_are_checked_with_the_whole_request() {
    let world = world().await;
    let service = world.okta.layer().layer(service_fn(who));
    let good = world.signed_in().await.cookies();
    let other = world.signed_in().await.cookies();
    let by_cookies = |cookies: String| Request::get("/").header(COOKIE, cookies);
    // The first request fills the cache.
    for cookies in [
        good.clone(),
        good.clone(),
        format!("a=b; {good}"),
        format!("{good}; a=b"),
    ] {
        assert_eq!(ask(&service, by_cookies(cookies)).await.body, "a session");
    }
    for cookies in [format!("{good}; {other}"), format!("{other}; {good}")] {
        let answer = ask(&service, by_cookies(cookies.clone())).await;
        assert_eq!(answer.reason(), Some("session_unreadable"), "in one field");
        let two = by_cookies(good.clone()).header(COOKIE, &other);
        let answer = ask(&service, two).await;
        assert_eq!(answer.reason(), Some("session_unreadable"), "in two fields");
    }
    for cookies in [
        format!("{good}x"),
        format!("x{good}"),
        good[..good.len() - 1].to_owned(),
    ] {
        let answer = ask(&service, by_cookies(cookies)).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }

    let token = format!("Bearer {}", world.machine_token().sign());
    let by_token = |path: &str| Request::get(path).header(AUTHORIZATION, &token);
    for path in ["/", "/", "/?a=b"] {
        let answer = ask(&service, by_token(path)).await;
        assert_eq!(answer.body, "bearer machine@example.com");
    }
    let answer = ask(&service, by_token("/").header(AUTHORIZATION, &token)).await;
    assert_eq!(answer.reason(), Some("two_headers"));
    let answer = ask(&service, by_token("/?access_token=x")).await;
    assert_eq!(answer.body, "bearer machine@example.com");
    let answer = ask(
        &service,
        Request::get("/").header(AUTHORIZATION, format!("{token} ")),
    )
    .await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn other_scheme_is_ignored_only_if_configured() {
    let world = world().await;
    let strict = world.okta.layer().layer(service_fn(who));
    let ignoring = world.okta.layer().ignore_other_schemes();
    let ignoring = ignoring
        .credentials(BearerHeader::default())
        .layer(service_fn(who));
    let browser = world.signed_in().await;
    let with = |header: &str| Request::get("/").header(AUTHORIZATION, header);
    for header in ["Basic dTpw", "Negotiate YII=", "Digest username=\"a\""] {
        let answer = ask(&strict, browser.with(with(header))).await;
        assert_eq!(answer.reason(), Some("other_scheme"), "{header}");
        let answer = ask(&ignoring, browser.with(with(header))).await;
        assert_eq!(answer.body, "a session", "{header}");
        // Without a session there are no credentials, and a navigation is sent to sign in.
        let answer = ask(&ignoring, with(header)).await;
        assert_eq!(answer.reason(), Some("missing_credentials"), "{header}");
        let page = navigation("/").header(AUTHORIZATION, header);
        assert_eq!(ask(&ignoring, page).await.status, StatusCode::FOUND);
    }
}

#[tokio::test]
async fn ignored_scheme_weakens_no_other_check() {
    let world = world().await;
    let service = (world.okta.layer().ignore_other_schemes()).layer(service_fn(who));
    let browser = world.signed_in().await;
    let with = |header: &str| browser.with(Request::get("/").header(AUTHORIZATION, header));
    for (header, status) in [
        ("Bearer x", 401),
        ("Bearer", 400),
        ("eyJhbGciOiJSUzI1NiJ9.e30.c2ln", 401),
    ] {
        let answer = ask(&service, with(header)).await;
        assert_eq!(answer.status.as_u16(), status, "{header}");
    }
    let twice = with("Basic dTpw").header(AUTHORIZATION, "Bearer x");
    assert_eq!(ask(&service, twice).await.status, StatusCode::BAD_REQUEST);
    // The cookie is held to the same-origin check.
    for (site, status) in [("same-origin", 200), ("cross-site", 403)] {
        let post = with("Basic dTpw")
            .method("POST")
            .header("sec-fetch-site", site);
        assert_eq!(ask(&service, post).await.status.as_u16(), status, "{site}");
    }
    let token = format!("Bearer {}", world.machine_token().sign());
    assert_eq!(
        ask(&service, with(&token)).await.body,
        "bearer machine@example.com"
    );
}
