//! Sign-out at the issuer.

use reqwest::header;
use serde_json::Value;

use crate::browser::Browser;
use crate::world::{App, HOME, Reply, encode, send, text};

async fn logout(app: &App, parameters: &[(&str, &str)]) -> Reply {
    let url = format!("{}?{}", app.url("logout"), encode(parameters));
    app.get(&url).await
}

async fn signed_in() -> (App, Value) {
    let app = App::start().await;
    let tokens = app.sign_in("openid email offline_access").await;
    (app, tokens)
}

#[tokio::test]
async fn logout_redirects_with_state() {
    let (app, tokens) = signed_in().await;
    let parameters = [
        ("id_token_hint", text(&tokens, "id_token")),
        ("post_logout_redirect_uri", HOME),
        ("state", "a b"),
    ];
    let reply = logout(&app, &parameters).await;
    assert_eq!(reply.status, 302);
    assert_eq!(reply.location(), format!("{HOME}?state=a+b"));
    let cookie = reply.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.contains("Max-Age=0"));

    let reply = send(app.http.post(app.url("logout")), &parameters).await;
    assert_eq!(reply.status, 303);
    assert_eq!(reply.location(), format!("{HOME}?state=a+b"));
}

#[tokio::test]
async fn expired_hint_is_accepted_and_other_tokens_are_not() {
    let (app, tokens) = signed_in().await;
    app.advance(7200);
    let target = ("post_logout_redirect_uri", HOME);
    let hint = ("id_token_hint", text(&tokens, "id_token"));
    assert_eq!(logout(&app, &[hint, target]).await.location(), HOME);
    let not_one = ("id_token_hint", text(&tokens, "access_token"));
    for refused in [vec![target], vec![not_one, target]] {
        let reply = logout(&app, &refused).await;
        assert_eq!(reply.status, 400);
        assert!(reply.text.contains("id_token_hint"));
    }
}

#[tokio::test]
async fn unregistered_logout_redirect_is_rejected() {
    let (app, tokens) = signed_in().await;
    let hint = ("id_token_hint", text(&tokens, "id_token"));
    let elsewhere = ("post_logout_redirect_uri", "http://localhost:3000/other");
    let reply = logout(&app, &[hint, elsewhere]).await;
    assert_eq!(reply.status, 400);
    assert!(reply.text.contains("must be a Logout redirect URI"));
    let reply = logout(&app, &[hint]).await;
    assert_eq!(reply.status, 200);
    assert!(reply.text.contains("You are signed out."));
}

#[tokio::test]
async fn logout_keeps_tokens_valid() {
    let (app, tokens) = signed_in().await;
    let hint = ("id_token_hint", text(&tokens, "id_token"));
    assert_eq!(logout(&app, &[hint]).await.status, 200);
    assert_eq!(app.userinfo(&tokens).await.status, 200);
    assert_eq!(
        app.refresh(text(&tokens, "refresh_token")).await.status,
        200
    );
}

#[tokio::test]
async fn logout_ends_only_this_browser_session() {
    let app = App::start().await;
    let browser = Browser::new(&app);
    let page = browser.authorize(&[]).await;
    let back = browser.sign_in(&page, "admin", "admin-password").await;
    let tokens = app.exchange(&back.query("code").unwrap()).await.json;
    let other = Browser::new(&app);
    let page = other.authorize(&[]).await;
    other.sign_in(&page, "admin", "admin-password").await;

    let hint = encode(&[("id_token_hint", text(&tokens, "id_token"))]);
    let reply = browser.get(&format!("{}?{hint}", app.url("logout"))).await;
    assert_eq!(reply.status, 200);
    assert_eq!(browser.cookie(), None);
    assert_eq!(browser.authorize(&[]).await.status, 200);
    // Another browser of the same user has another session.
    assert_eq!(other.authorize(&[]).await.status, 302);
}

#[tokio::test]
async fn logout_form_without_cookie_ends_the_hinted_session() {
    let app = App::start().await;
    let browser = Browser::new(&app);
    let page = browser.authorize(&[]).await;
    let back = browser.sign_in(&page, "admin", "admin-password").await;
    let tokens = app.exchange(&back.query("code").unwrap()).await.json;
    assert_eq!(browser.authorize(&[]).await.status, 302);

    let form = [("id_token_hint", text(&tokens, "id_token"))];
    assert_eq!(
        send(app.http.post(app.url("logout")), &form).await.status,
        200
    );
    // The cookie still exists, but its session has ended.
    assert!(browser.cookie().is_some());
    assert_eq!(browser.authorize(&[]).await.status, 200);
}
