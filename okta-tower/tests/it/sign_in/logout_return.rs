//! The return from the issuer's logout: `state` binds it to the browser that logged out.
//! `conformance/logout.rs` has the conformance suite's cases, with a whole issuer.

use http::{Request, StatusCode, header};
use okta_tower::{Body, SignIn};

use super::world::{Browser, ORIGIN, Seen, World, client, sign_in};
use crate::world::log::Log;

const PENDING: &str = "okta_session-logout";

/// Logs out with the button of a page, and returns the `state` that the issuer gets.
async fn log_out(browser: &mut Browser) -> Option<String> {
    let page = browser.post("/logout", "", "same-origin").await;
    assert_eq!(page.status, StatusCode::OK, "{page:?}");
    state_in(&page)
}

/// The `state` in the form of a page.
fn state_in(page: &Seen) -> Option<String> {
    let (_, rest) = page.text.split_once("name=\"state\" value=\"")?;
    Some(rest.split_once('"').unwrap().0.to_owned())
}

fn is_signed_out_page(seen: &Seen) -> bool {
    seen.status == StatusCode::OK && seen.text.contains("You are signed out")
}

/// Whether the application got the request: it sends everybody without a session to sign in.
fn is_the_applications(seen: &Seen) -> bool {
    seen.status == StatusCode::FOUND && seen.location().starts_with("/login?")
}

#[tokio::test]
async fn return_with_the_state_leads_to_the_clean_page_once() {
    let world = World::new().await;
    let mut browser = world.signed_in("admin").await;
    let state = log_out(&mut browser).await.unwrap();
    let bits = state.len() * 6;
    assert!(bits >= 128, "{state}");
    let url = format!("/?state={state}");
    let seen = browser.get(&url).await;
    assert_eq!(
        (seen.status, seen.location()),
        (StatusCode::SEE_OTHER, "http://localhost:3000/")
    );
    assert_eq!(seen.headers[header::CACHE_CONTROL], "no-store");
    assert!(browser.cookies.is_empty(), "{:?}", browser.cookies);
    // Used: an ordinary request of the application, like the clean page.
    assert!(is_the_applications(&browser.get(&url).await));
    assert!(is_the_applications(&browser.get("/").await));
}

#[tokio::test]
async fn return_of_another_browsers_logout_is_unproven() {
    let world = World::new().await;
    let (mut own, mut other) = (
        world.signed_in("admin").await,
        world.signed_in("viewer").await,
    );
    let (state, foreign) = (
        log_out(&mut own).await.unwrap(),
        log_out(&mut other).await.unwrap(),
    );
    for state in [
        foreign,
        state[1..].to_owned(),
        format!("{state}A"),
        String::new(),
        format!("{state}&state={state}"),
        format!("&state={state}"),
    ] {
        let mut browser = own.clone();
        let seen = browser.get(&format!("/?state={state}")).await;
        assert!(is_signed_out_page(&seen), "{state} {seen:?}");
        assert!(
            seen.text
                .contains("<a href=\"http://localhost:3000/\">Continue</a>")
        );
        assert!(!browser.cookies.contains_key(PENDING));
        // Once: the user is not trapped.
        assert!(is_the_applications(&browser.get("/?state=x").await));
    }
    let seen = own.get(&format!("/?state={state}")).await;
    assert_eq!(seen.location(), "http://localhost:3000/");
}

#[tokio::test]
async fn differing_logout_cookies_prove_no_return() {
    let world = World::new().await;
    let mut browser = world.signed_in("admin").await;
    let state = log_out(&mut browser).await.unwrap();
    let ask = async |cookies: String| {
        let request = Request::get(format!("/?state={state}")).header(header::COOKIE, cookies);
        let mut browser = world.browser();
        browser.send(request.body(Body::default()).unwrap()).await
    };
    let seen = ask(format!("{PENDING}={state}; {PENDING}={state}")).await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER);
    for cookies in [
        format!("{PENDING}={state}; {PENDING}=planted"),
        format!("{PENDING}=planted; {PENDING}={state}"),
    ] {
        assert!(is_signed_out_page(&ask(cookies).await));
    }
}

#[tokio::test]
async fn applications_own_state_parameter_is_its_own() {
    let world = World::new().await;
    let mut browser = world.browser();
    // No logout is under way.
    assert!(is_the_applications(&browser.get("/?state=CA").await));
    // Another page, another method, and no parameter.
    let mut browser = world.signed_in("admin").await;
    let state = log_out(&mut browser).await.unwrap();
    for path in ["/other", "/a/", "//"] {
        let seen = browser.get(&format!("{path}?state={state}")).await;
        assert!(is_the_applications(&seen), "{path} {seen:?}");
    }
    assert!(is_the_applications(&browser.get("/?stat=x&xstate=y").await));
    let posted = browser
        .post(&format!("/?state={state}"), "", "same-origin")
        .await;
    assert_eq!(posted.status, StatusCode::UNAUTHORIZED);
    let head = Request::head(format!("/?state={state}"))
        .body(Body::default())
        .unwrap();
    assert_eq!(browser.send(head).await.status, StatusCode::UNAUTHORIZED);
    assert!(browser.cookies.contains_key(PENDING));
    let speculative = Request::get(format!("/?state={state}")).header("sec-purpose", "prefetch");
    let seen = browser
        .send(speculative.body(Body::default()).unwrap())
        .await;
    assert_eq!(seen.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(browser.cookies.contains_key(PENDING));
}

#[tokio::test]
async fn sign_in_forgets_the_logout() {
    let world = World::new().await;
    let mut browser = world.signed_in("admin").await;
    let state = log_out(&mut browser).await.unwrap();
    world.sign_in(&mut browser, "/login", "viewer").await;
    assert!(!browser.cookies.contains_key(PENDING));
    let seen = browser.get(&format!("/?state={state}")).await;
    assert_eq!(seen.text, "viewer@example.com viewer Session");
}

#[tokio::test]
async fn signed_in_user_is_never_shown_as_signed_out() {
    let world = World::new().await;
    let mut browser = world.signed_in("admin").await;
    log_out(&mut browser).await;
    let pending = browser.cookies[PENDING].clone();
    world.sign_in(&mut browser, "/login", "viewer").await;
    // The browser dropped the removal.
    browser.cookies.insert(PENDING.into(), pending);
    let seen = browser.get("/?state=another").await;
    assert_eq!(
        (seen.status, seen.location()),
        (StatusCode::SEE_OTHER, "http://localhost:3000/")
    );
    assert_eq!(
        browser.get("/").await.text,
        "viewer@example.com viewer Session"
    );
}

#[tokio::test]
async fn script_gets_the_state_in_the_url() {
    let world = World::new().await;
    let mut browser = world.signed_in("admin").await;
    let request = Request::post("/logout")
        .header("sec-fetch-site", "same-origin")
        .header("sec-fetch-mode", "cors")
        .header(header::ACCEPT, "application/json");
    let done = browser.send(request.body(Body::default()).unwrap()).await;
    let json: serde_json::Value = serde_json::from_str(&done.text).unwrap();
    let url = url::Url::parse(json["url"].as_str().unwrap()).unwrap();
    let state = url
        .query_pairs()
        .find(|(name, _)| name == "state")
        .unwrap()
        .1;
    assert_eq!(browser.cookies[PENDING], state);
    let seen = browser.get(&format!("/?state={state}")).await;
    assert_eq!(seen.location(), "http://localhost:3000/");
}

#[tokio::test]
async fn logout_that_stays_here_begins_no_return() {
    let world = World::new().await;
    // No session, a script without JSON, a session without an ID token.
    let mut browser = world.browser();
    browser.post("/logout", "", "same-origin").await;
    assert!(!browser.cookies.contains_key(PENDING));
    let mut browser = world.signed_in("admin").await;
    browser.fetch("/").await;
    let request = Request::post("/logout")
        .header("sec-fetch-site", "same-origin")
        .header("sec-fetch-mode", "cors");
    browser.send(request.body(Body::default()).unwrap()).await;
    assert!(!browser.cookies.contains_key(PENDING));
    let world = World::with(sign_in().drop_id_token()).await;
    let mut browser = world.signed_in("admin").await;
    browser.post("/logout", "", "same-origin").await;
    assert!(!browser.cookies.contains_key(PENDING));
}

#[tokio::test]
async fn own_page_checks_the_return_and_leads_to_the_default() {
    let page = "/logout/done";
    let sign_in = sign_in()
        .default_return_to("/start")
        .post_logout_redirect_uri(format!("{ORIGIN}{page}"));
    let world = World::with(sign_in).await;
    let log = Log::capture();
    let unproven = || log.count("DEBUG okta_tower::session", "a return from the logout");
    let mut browser = world.signed_in("admin").await;
    let state = log_out(&mut browser).await.unwrap();
    let mut late = browser.clone();
    let seen = browser.get(&format!("{page}?state={state}")).await;
    assert_eq!(seen.location(), "http://localhost:3000/start");
    assert_eq!(unproven(), 0);
    for (query, reason) in [("", "no_state"), ("?state=x", "other_state")] {
        let seen = late.clone().get(&format!("{page}{query}")).await;
        assert!(is_signed_out_page(&seen), "{seen:?}");
        assert!(
            seen.text
                .contains("<a href=\"http://localhost:3000/start\">Continue</a>")
        );
        let reason = format!("reason={reason:?}");
        assert_eq!(
            log.count("DEBUG okta_tower::session", &reason),
            1,
            "{log:?}"
        );
    }
    late.cookies.clear();
    assert!(is_signed_out_page(
        &late.get(&format!("{page}?state={state}")).await
    ));
    assert_eq!(
        log.count("DEBUG okta_tower::session", "reason=\"no_cookie\""),
        1
    );
    // A visit is no return. HEAD is answered alike, and another method is the application's.
    assert!(is_signed_out_page(&late.get(page).await));
    let head = Request::head(page).body(Body::default()).unwrap();
    let head = late.send(head).await;
    assert_eq!((head.status, &*head.text), (StatusCode::OK, ""));
    assert_eq!(unproven(), 3);
    let posted = late.post(page, "", "same-origin").await;
    assert_eq!(posted.status, StatusCode::UNAUTHORIZED);
    // Who is signed in is not shown as signed out.
    let mut browser = world.signed_in("admin").await;
    assert_eq!(
        browser.get(page).await.location(),
        "http://localhost:3000/start"
    );
}

#[tokio::test]
async fn page_that_cannot_arrive_here_gets_no_state() {
    let shop = "http://localhost:3000/shop/callback";
    let prefixed = || SignIn::new().redirect_uri(shop).public_prefix("/shop");
    for (sign_in, page, has_state) in [
        (sign_in(), "http://localhost:3000/bye?from=app", true),
        (sign_in(), "http://localhost:3000/login", true),
        (sign_in(), "http://localhost:3001/", false),
        (sign_in(), "https://www.example.com/", false),
        // It would be there twice.
        (sign_in(), "http://localhost:3000/?state=out", false),
        // The callback has a state of its own.
        (sign_in(), super::world::CALLBACK, false),
        (prefixed(), "http://localhost:3000/shop/", true),
        (prefixed(), "http://localhost:3000/shop", true),
        (prefixed(), "http://localhost:3000/", false),
        (prefixed(), "http://localhost:3000/shopping/", false),
    ] {
        let client = client().redirect_uri(shop).post_logout_redirect_uri(page);
        let sign_in = sign_in
            .cookie_name("okta_session")
            .post_logout_redirect_uri(page);
        let world = World::of(client, |okta| okta.client_secret("s3cr3t").sign_in(sign_in)).await;
        let mut browser = world.browser();
        let callback = world.attempt(&mut browser, "/login", "admin").await;
        let target = callback.url().replacen("/shop/", "/", 1);
        assert_eq!(browser.get(&target).await.status, StatusCode::SEE_OTHER);
        let state = log_out(&mut browser).await;
        assert_eq!(state.is_some(), has_state, "{page}");
        assert_eq!(browser.cookies.contains_key(PENDING), has_state, "{page}");
        let Some(state) = state else { continue };
        // A proxy removes the prefix.
        let path = page.trim_start_matches(ORIGIN).trim_start_matches("/shop");
        let query = if path.contains('?') { '&' } else { '?' };
        let path = if path.is_empty() { "/" } else { path };
        let seen = browser.get(&format!("{path}{query}state={state}")).await;
        assert_eq!(
            (seen.status, seen.location()),
            (StatusCode::SEE_OTHER, page)
        );
    }
}

#[tokio::test]
async fn logout_cookie_is_bound_to_its_host_and_short_lived() {
    let key = "uZ0WbS5a3m1f0Zk8Yy7Qn2Vt4Xc6Bd9Eh1Gj3KlMpRs";
    let origin = "https://app.example.com";
    let callback = format!("{origin}/callback");
    let client = client()
        .redirect_uri(callback.clone())
        .post_logout_redirect_uri(origin);
    let sign_in = sign_in().redirect_uri(callback).cookie_keys(key);
    let world = World::of(client, |okta| okta.client_secret("s3cr3t").sign_in(sign_in)).await;
    let mut browser = world.browser();
    let started = browser.fetch("/login").await;
    let callback = world.issuer.authorize_as("admin", started.location());
    let target = callback.url();
    browser.fetch(target.strip_prefix(origin).unwrap()).await;
    let request = Request::post("/logout")
        .header("sec-fetch-site", "same-origin")
        .header("sec-fetch-mode", "navigate");
    let page = browser.send(request.body(Body::default()).unwrap()).await;
    let cookies: Vec<&str> = (page.headers.get_all(header::SET_COOKIE).iter())
        .map(|cookie| cookie.to_str().unwrap())
        .filter(|cookie| cookie.contains("-logout="))
        .collect();
    let [cookie] = cookies[..] else {
        panic!("{cookies:?}")
    };
    let state = state_in(&page).unwrap();
    assert_eq!(
        cookie,
        format!(
            "__Host-okta_session-logout={state}; HttpOnly; SameSite=Lax; Secure; Path=/; \
             Max-Age=600"
        )
    );
    let seen = browser.get(&format!("/?state={state}")).await;
    assert_eq!(seen.location(), "https://app.example.com/");
}

#[tokio::test]
async fn service_alone_checks_its_own_page() {
    use tower::ServiceExt;
    let page = format!("{ORIGIN}/logout/done");
    let world = World::with(sign_in().post_logout_redirect_uri(page)).await;
    let service = world.okta.sign_in_service();
    let mut browser = world.signed_in("admin").await;
    let state = log_out(&mut browser).await.unwrap();
    for (query, status) in [
        (&*state, StatusCode::SEE_OTHER),
        ("another", StatusCode::OK),
    ] {
        let request = Request::get(format!("/logout/done?state={query}"))
            .header(header::COOKIE, format!("{PENDING}={state}"))
            .body(Body::default())
            .unwrap();
        let response = service.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), status);
    }
}
