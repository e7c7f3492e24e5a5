//! The regular sign-in, its parameters, and the session that it starts.

use http::{StatusCode, header};

use super::world::{World, sign_in};

#[tokio::test]
async fn signed_in_user_is_authenticated_by_cookie() {
    let world = World::new().await;
    for (who, says) in [
        ("admin", "admin@example.com admin Session"),
        ("viewer", "viewer@example.com viewer Session"),
        ("nobody", "nobody@example.com  Session"),
    ] {
        let mut browser = world.browser();
        let refused = browser.fetch("/").await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        let done = world.sign_in(&mut browser, "/login", who).await;
        assert_eq!(
            (done.status, done.location()),
            (StatusCode::SEE_OTHER, "http://localhost:3000/")
        );
        let page = browser.get("/").await;
        assert_eq!((page.status, &*page.text), (StatusCode::OK, says));
        assert_eq!(page.headers[header::CACHE_CONTROL], "private, no-store");
        assert_eq!(page.headers[header::VARY], "cookie");
        assert_eq!(browser.attempts(), 0);
    }
}

#[tokio::test]
async fn sign_in_returns_to_the_requested_page() {
    let world = World::new().await;
    let mut browser = world.browser();
    let sent = browser.get("/reports/7?month=5&sort=a%20b").await;
    assert_eq!(sent.status, StatusCode::FOUND);
    let login = sent.location().to_owned();
    let done = world.sign_in(&mut browser, &login, "admin").await;
    assert_eq!(
        done.location(),
        "http://localhost:3000/reports/7?month=5&sort=a%20b"
    );
}

#[tokio::test]
async fn attempt_has_unique_state_nonce_and_challenge() {
    let world = World::new().await;
    let mut browser = world.browser();
    let (one, other) = (browser.get("/login").await, browser.get("/login").await);
    for name in ["state", "nonce", "code_challenge"] {
        assert_ne!(one.parameter(name), other.parameter(name), "{name}");
        assert!(one.parameter(name).unwrap().len() >= 43, "{name}");
    }
    assert_eq!(
        one.parameter("code_challenge_method").as_deref(),
        Some("S256")
    );
    assert_eq!(one.parameter("response_type").as_deref(), Some("code"));
    assert_eq!(
        one.parameter("scope").as_deref(),
        Some("openid profile email")
    );
    assert_eq!(one.parameter("response_mode"), None);
}

#[tokio::test]
async fn login_link_passes_only_known_parameters() {
    let world = World::new().await;
    let mut browser = world.browser();
    let sent = browser
        .get(
            "/login?prompt=login&login_hint=ada@example.com&idp=0oa9&max_age=60\
             &scope=openid%20email&redirect_uri=https://evil.example&client_id=x",
        )
        .await;
    for (name, value) in [
        ("prompt", "login"),
        ("login_hint", "ada@example.com"),
        ("idp", "0oa9"),
        ("max_age", "60"),
        ("scope", "openid email"),
        ("client_id", "0oaApp"),
        (
            "redirect_uri",
            "http://localhost:3000/authorization-code/callback",
        ),
    ] {
        assert_eq!(sent.parameter(name).as_deref(), Some(value), "{name}");
    }
    let refused = browser.get("/login?prompt=whatever").await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn configured_prompt_is_sent_unless_a_link_overrides_it() {
    let world = World::with(sign_in().prompt("select_account")).await;
    let mut browser = world.browser();
    let prompt = |seen: super::world::Seen| seen.parameter("prompt");
    assert_eq!(
        prompt(browser.get("/login").await).as_deref(),
        Some("select_account")
    );
    assert_eq!(
        prompt(browser.get("/login?prompt=login").await).as_deref(),
        Some("login")
    );
}

#[tokio::test]
async fn pushed_request_leaves_no_parameters_in_the_url() {
    let world = World::with(sign_in().pushed_requests()).await;
    let mut browser = world.browser();
    let sent = browser.get("/login").await;
    assert!(sent.is_sent_to_okta(&world), "{sent:?}");
    assert!(sent.parameter("request_uri").is_some());
    for name in ["state", "nonce", "scope", "redirect_uri"] {
        assert_eq!(sent.parameter(name), None, "{name}");
    }
    let done = world.sign_in(&mut browser, "/login", "admin").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn session_is_refreshed_before_its_access_token_expires() {
    let world = World::with(sign_in().offline_access()).await;
    let mut browser = world.signed_in("admin").await;
    world.advance(1700);
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
    assert_eq!(world.issuer.refreshes(), 0);
    world.advance(1850);
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
    assert_eq!(world.issuer.refreshes(), 1);
    for _ in 0..3 {
        world.advance(1770);
        assert_eq!(browser.get("/").await.status, StatusCode::OK);
    }
    assert_eq!(world.issuer.refreshes(), 2);
}

#[tokio::test]
async fn session_without_refresh_token_ends_with_the_access_token() {
    let world = World::new().await;
    let mut browser = world.signed_in("admin").await;
    world.advance(3599);
    assert_eq!(browser.fetch("/").await.status, StatusCode::OK);
    world.advance(1);
    let sent = browser.get("/").await;
    assert_eq!(
        (sent.status, sent.location()),
        (StatusCode::FOUND, "/login?return_to=/")
    );
    assert_eq!(browser.fetch("/").await.status, StatusCode::UNAUTHORIZED);
}
