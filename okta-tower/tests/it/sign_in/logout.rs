//! Logout: the local session ends first and always, then the session at Okta.

use http::{Request, StatusCode, header};
use okta_tower::{Body, OktaBuilder, store::MemoryStore};
use okta_tower_test::{Endpoint, Fault, ManualClock};

use super::world::{World, client, sign_in};

#[tokio::test]
async fn logout_ends_the_session_and_posts_to_okta() {
    let world = World::with(sign_in().offline_access()).await;
    let mut browser = world.signed_in("admin").await;
    let mut thief = browser.clone();
    let page = browser.post("/logout", "", "same-origin").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("name=\"id_token_hint\""));
    assert!(page.text.contains("/v1/logout\""));
    assert_eq!(world.issuer.requests(Endpoint::Revoke), 1);
    // The logout under way is all that the browser keeps.
    let kept: Vec<&str> = browser.cookies.keys().map(String::as_str).collect();
    assert_eq!(kept, ["okta_session-logout"]);
    assert_eq!(browser.fetch("/").await.status, StatusCode::UNAUTHORIZED);
    // A copy of the cookie is rejected too.
    assert_eq!(thief.fetch("/").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn cross_site_logout_is_rejected() {
    let world = World::new().await;
    let mut browser = world.signed_in("admin").await;
    for site in ["cross-site", "same-site"] {
        let refused = browser.post("/logout", "", site).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{site}");
        assert_eq!(browser.fetch("/").await.status, StatusCode::OK);
    }
    let by_get = browser.get("/logout").await;
    assert_eq!(
        (by_get.status, &by_get.headers[header::ALLOW]),
        (StatusCode::METHOD_NOT_ALLOWED, &"POST".parse().unwrap())
    );
    assert_eq!(browser.fetch("/").await.status, StatusCode::OK);
    assert_eq!(
        browser.post("/logout", "", "same-origin").await.status,
        StatusCode::OK
    );
    assert_eq!(browser.fetch("/").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn logout_by_get_works_if_enabled() {
    let world = World::with(sign_in().logout_by_get()).await;
    let mut browser = world.signed_in("admin").await;
    assert_eq!(browser.get("/logout").await.status, StatusCode::OK);
    assert_eq!(browser.fetch("/").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn logout_by_fetch_gets_no_page() {
    let world = World::new().await;
    let mut browser = world.signed_in("admin").await;
    let request = Request::post("/logout")
        .header("sec-fetch-site", "same-origin")
        .header("sec-fetch-mode", "cors");
    let done = browser.send(request.body(Body::default()).unwrap()).await;
    assert_eq!((done.status, &*done.text), (StatusCode::NO_CONTENT, ""));
    assert_eq!(browser.fetch("/").await.status, StatusCode::UNAUTHORIZED);
}

/// A script's sign-out.
fn script(accept: &str) -> Request<Body> {
    let request = Request::post("/logout")
        .header("sec-fetch-site", "same-origin")
        .header("sec-fetch-mode", "cors")
        .header(header::ACCEPT, accept);
    request.body(Body::default()).unwrap()
}

#[tokio::test]
async fn logout_by_fetch_that_accepts_json_gets_the_url_to_go_to() {
    let world = World::new().await;
    let mut browser = world.signed_in("admin").await;
    let done = browser
        .send(script("application/json, text/plain, */*"))
        .await;
    assert_eq!(done.status, StatusCode::OK);
    assert_eq!(done.headers[header::CACHE_CONTROL], "no-store");
    let json: serde_json::Value = serde_json::from_str(&done.text).unwrap();
    let url = url::Url::parse(json["url"].as_str().unwrap()).unwrap();
    assert!(url.as_str().starts_with(world.issuer.url()) && url.path().ends_with("/v1/logout"));
    let parameter = |name: &str| {
        let mut pairs = url.query_pairs();
        let found = pairs.find(|(found, _)| found == name);
        found.map(|(_, value)| value.into_owned())
    };
    assert!(parameter("id_token_hint").unwrap().starts_with("eyJ"));
    let home = parameter("post_logout_redirect_uri");
    assert_eq!(home.as_deref(), Some("http://localhost:3000/"));
    assert!(!browser.cookies.contains_key("okta_session"));
    // Without a session, and without the ID token, only the application's page is left.
    let done = browser.send(script("application/json")).await;
    assert_eq!(done.text, r#"{"url":"http://localhost:3000/"}"#);
    let world = World::with(sign_in().drop_id_token()).await;
    let mut browser = world.signed_in("admin").await;
    let done = browser.send(script("application/json")).await;
    assert_eq!(done.text, r#"{"url":"http://localhost:3000/"}"#);
}

#[tokio::test]
async fn logout_by_fetch_without_json_stays_empty() {
    let world = World::new().await;
    for accept in ["*/*", "text/html", "application/json;q=0"] {
        let mut browser = world.signed_in("admin").await;
        let done = browser.send(script(accept)).await;
        assert_eq!(done.status, StatusCode::NO_CONTENT, "{accept}");
        assert!(!browser.cookies.contains_key("okta_session"));
    }
    // A library that names itself, in a browser without Fetch Metadata.
    let mut browser = world.signed_in("admin").await;
    let request = Request::post("/logout")
        .header(header::ORIGIN, super::world::ORIGIN)
        .header("x-requested-with", "XMLHttpRequest")
        .header(header::ACCEPT, "application/json");
    let done = browser.send(request.body(Body::default()).unwrap()).await;
    assert!(done.text.starts_with(r#"{"url":"http"#), "{done:?}");
}

#[tokio::test]
async fn logout_page_does_not_restrict_the_redirects_behind_it() {
    let world = World::new().await;
    let mut browser = world.signed_in("admin").await;
    let page = browser.post("/logout", "", "same-origin").await;
    let policy = page.headers[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap();
    assert!(!policy.contains("form-action"), "{policy}");
    assert!(policy.contains("default-src 'none'") && policy.contains("base-uri 'none'"));
    // Pages without a form allow none.
    let page = browser.get("/login?prompt=x").await;
    let policy = page.headers[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap();
    assert!(policy.contains("form-action 'none'"), "{policy}");
}

#[tokio::test]
async fn logout_during_an_outage_ends_the_session() {
    for fault in [
        Fault::Close,
        Fault::Status(StatusCode::SERVICE_UNAVAILABLE),
        Fault::Status(StatusCode::BAD_REQUEST),
    ] {
        let world = World::with(sign_in().offline_access()).await;
        let mut browser = world.signed_in("admin").await;
        world.issuer.fault(Endpoint::Revoke, fault.clone());
        assert_eq!(
            browser.post("/logout", "", "same-origin").await.status,
            StatusCode::OK
        );
        assert_eq!(
            browser.fetch("/").await.status,
            StatusCode::UNAUTHORIZED,
            "{fault:?}"
        );
    }
}

#[tokio::test]
async fn hanging_revocation_is_awaited_two_seconds() {
    let world = World::with(sign_in().offline_access()).await;
    let mut browser = world.signed_in("admin").await;
    world.issuer.fault(Endpoint::Revoke, Fault::Hang);
    let clock = world.clock.clone();
    let leaving = tokio::spawn(async move {
        let page = browser.post("/logout", "", "same-origin").await;
        (browser, page)
    });
    world.issuer.wait_for_requests(Endpoint::Revoke, 1).await;
    clock.advance(std::time::Duration::from_secs(2));
    let (mut browser, page) = leaving.await.unwrap();
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(browser.fetch("/").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn logout_without_a_session_redirects_home() {
    let world = World::new().await;
    let mut browser = world.browser();
    let home = browser.post("/logout", "", "same-origin").await;
    assert_eq!(
        (home.status, home.location()),
        (StatusCode::SEE_OTHER, "http://localhost:3000/")
    );
}

#[tokio::test]
async fn sign_out_of_an_idle_session_asks_for_the_password_next() {
    let clock = ManualClock::new();
    let store = MemoryStore::new().clock(clock.clone());
    let set = |okta: OktaBuilder| {
        okta.client_secret("s3cr3t")
            .sign_in(sign_in().offline_access().store(store))
    };
    let world = World::on(clock, client(), set).await;
    let mut browser = world.signed_in("admin").await;
    // Okta's session is ended together with a session that lives: nothing to ask for.
    let page = browser.post("/logout", "", "same-origin").await;
    assert!(page.text.contains("id_token_hint"), "{page:?}");
    assert_eq!(browser.get("/login").await.parameter("prompt"), None);

    world.sign_in(&mut browser, "/login", "admin").await;
    world.advance(3600);
    let home = browser.post("/logout", "", "same-origin").await;
    assert_eq!(home.status, StatusCode::SEE_OTHER);
    let prompt = async |browser: &mut super::world::Browser, login: &str| {
        browser.get(login).await.parameter("prompt")
    };
    assert_eq!(
        prompt(&mut browser, "/login").await.as_deref(),
        Some("login")
    );
    let silent = prompt(&mut browser, "/login?prompt=none").await;
    assert_eq!(silent.as_deref(), Some("login"));
    let consent = prompt(&mut browser, "/login?prompt=consent").await;
    assert_eq!(consent.as_deref(), Some("login consent"));
    // Once: a sign-in removes the mark.
    world.sign_in(&mut browser, "/login", "admin").await;
    assert_eq!(prompt(&mut browser, "/login").await, None);
}

#[tokio::test]
async fn sign_out_without_a_session_asks_for_the_password_next() {
    let world = World::new().await;
    let mut browser = world.browser();
    assert_eq!(browser.get("/login").await.parameter("prompt"), None);
    browser.post("/logout", "", "same-origin").await;
    let next = browser.get("/login").await.parameter("prompt");
    assert_eq!(next.as_deref(), Some("login"));
    // A script cannot open Okta's page either.
    let mut browser = world.signed_in("admin").await;
    let request = Request::post("/logout")
        .header("sec-fetch-site", "same-origin")
        .header("sec-fetch-mode", "cors");
    browser.send(request.body(Body::default()).unwrap()).await;
    let next = browser.get("/login").await.parameter("prompt");
    assert_eq!(next.as_deref(), Some("login"));
}
