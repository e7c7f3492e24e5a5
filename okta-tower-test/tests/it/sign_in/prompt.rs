//! The parameters `prompt`, `max_age`, `acr_values` and `idp`.

use crate::{
    browser::Browser,
    world::{App, claims},
};

const SIGNED_IN: i64 = 1_767_268_800; // where a new manual clock stands

async fn signed_in(app: &App) -> Browser<'_> {
    let browser = Browser::new(app);
    let page = browser.authorize(&[]).await;
    browser.sign_in(&page, "admin", "admin-password").await;
    browser
}

#[tokio::test]
async fn prompt_none_never_shows_a_page() {
    let app = App::start().await;
    let none = [("prompt", "none")];
    let back = Browser::new(&app).authorize(&none).await;
    assert_eq!(back.query("error").as_deref(), Some("login_required"));

    let browser = signed_in(&app).await;
    assert!(browser.authorize(&none).await.query("code").is_some());
    app.issuer.end_browser_sessions();
    let back = browser.authorize(&none).await;
    assert_eq!(back.query("error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn prompt_login_always_shows_the_page() {
    let app = App::start().await;
    let browser = signed_in(&app).await;
    app.advance(60);
    let page = browser.authorize(&[("prompt", "login")]).await;
    assert_eq!(page.status, 200);
    let back = browser.sign_in(&page, "admin", "admin-password").await;
    let tokens = app.exchange(&back.query("code").unwrap()).await.json;
    assert_eq!(claims(&tokens, "id_token")["auth_time"], SIGNED_IN + 60);
}

#[tokio::test]
async fn prompt_consent_asks_the_signed_in_user() {
    let app = App::start().await;
    let browser = signed_in(&app).await;
    let consent = [("prompt", "consent")];
    let page = browser.authorize(&consent).await;
    assert!(page.text.contains("Allow access?"));
    let back = browser.submit(&page, &[("action", "cancel")]).await;
    assert_eq!(back.query("error").as_deref(), Some("access_denied"));
    let page = browser.authorize(&consent).await;
    let back = browser.submit(&page, &[("action", "allow")]).await;
    assert!(back.query("code").is_some());

    // A user who is not signed in must sign in and consent.
    let browser = Browser::new(&app);
    let page = browser.authorize(&consent).await;
    let page = browser.sign_in(&page, "viewer", "viewer-password").await;
    assert!(page.text.contains("viewer@example.com"));
    let back = browser.submit(&page, &[("action", "allow")]).await;
    let tokens = app.exchange(&back.query("code").unwrap()).await.json;
    assert_eq!(claims(&tokens, "id_token")["email"], "viewer@example.com");
}

#[tokio::test]
async fn allow_without_sign_in_is_rejected() {
    let app = App::start().await;
    let browser = Browser::new(&app);
    let page = browser.authorize(&[("prompt", "consent")]).await;
    let reply = browser.submit(&page, &[("action", "allow")]).await;
    assert_eq!(reply.status, 400);
}

#[tokio::test]
async fn sign_in_older_than_max_age_is_repeated() {
    let app = App::start().await;
    let browser = signed_in(&app).await;
    app.advance(60);
    assert_eq!(browser.authorize(&[("max_age", "60")]).await.status, 302);
    assert_eq!(browser.authorize(&[("max_age", "59")]).await.status, 200);
    let silent = [("max_age", "59"), ("prompt", "none")];
    let back = browser.authorize(&silent).await;
    assert_eq!(back.query("error").as_deref(), Some("login_required"));
    // With 0, even a sign-in within this second is too old.
    let page = browser.authorize(&[("prompt", "login")]).await;
    browser.sign_in(&page, "admin", "admin-password").await;
    assert_eq!(browser.authorize(&[("max_age", "0")]).await.status, 200);
}

#[tokio::test]
async fn automatic_sign_in_repeats_when_requested() {
    let app = App::start().await;
    app.issuer.sign_in_automatically_as("admin");
    let auth_time = async |changes: &[(&str, &str)]| {
        let back = app.get(&app.authorize_url(changes)).await;
        let tokens = app.exchange(&back.query("code").unwrap()).await.json;
        claims(&tokens, "id_token")["auth_time"].as_i64().unwrap()
    };
    app.advance(60);
    assert_eq!(auth_time(&[]).await, SIGNED_IN);
    assert_eq!(auth_time(&[("prompt", "none")]).await, SIGNED_IN);
    assert_eq!(auth_time(&[("max_age", "60")]).await, SIGNED_IN);
    assert_eq!(auth_time(&[("max_age", "59")]).await, SIGNED_IN + 60);
    app.advance(60);
    assert_eq!(auth_time(&[]).await, SIGNED_IN + 60);
    assert_eq!(
        auth_time(&[("prompt", "login consent")]).await,
        SIGNED_IN + 120
    );

    app.issuer.ask_people_to_sign_in();
    assert_eq!(app.get(&app.authorize_url(&[])).await.status, 200);
}

#[tokio::test]
async fn authorize_as_satisfies_every_prompt() {
    let app = App::start().await;
    for prompt in ["", "none", "login", "consent"] {
        assert!(!app.code(&[("prompt", prompt)]).is_empty());
    }
}

#[tokio::test]
async fn automatic_refusal_returns_the_given_error() {
    let app = App::start().await;
    app.issuer
        .refuse_automatically("server_error", "too many groups");
    let back = app.get(&app.authorize_url(&[])).await;
    assert_eq!(back.query("error").as_deref(), Some("server_error"));
    assert_eq!(
        back.query("error_description").as_deref(),
        Some("too many groups")
    );
    assert_eq!(back.query("state").as_deref(), Some("af0ifjsldkj"));
}

#[tokio::test]
async fn requested_acr_and_idp_are_in_the_id_token() {
    let app = App::start().await;
    let code = app.code(&[
        ("acr_values", "urn:okta:loa:2fa:any phr"),
        ("idp", "0oaSocial"),
        ("nonce", ""),
    ]);
    let tokens = app.exchange(&code).await.json;
    let id = claims(&tokens, "id_token");
    assert_eq!(id["acr"], "urn:okta:loa:2fa:any");
    assert_eq!(id["idp"], "0oaSocial");
    assert_eq!(id.get("nonce"), None);
    assert_eq!(
        claims(&tokens, "access_token")["acr"],
        "urn:okta:loa:2fa:any"
    );
}

#[tokio::test]
#[should_panic(expected = "sign a user in first")]
async fn authorize_panics_if_a_page_would_be_shown() {
    let app = App::start().await;
    let _ = app.issuer.authorize(&app.authorize_url(&[]));
}

#[tokio::test]
#[should_panic(expected = "is not the authorization endpoint")]
async fn authorize_panics_for_another_endpoint() {
    let app = App::start().await;
    let url = app.authorize_url(&[]).replace("authorize", "authorise");
    let _ = app.issuer.authorize_as("admin", &url);
}
