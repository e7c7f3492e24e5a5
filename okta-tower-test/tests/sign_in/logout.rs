//! Signing out at the issuer.

use reqwest::header;
use serde_json::Value;

use crate::common::{Answer, App, HOME, encode, send, text};

async fn logout(app: &App, parameters: &[(&str, &str)]) -> Answer {
    let url = format!("{}?{}", app.url("logout"), encode(parameters));
    app.get(&url).await
}

async fn signed_in() -> (App, Value) {
    let app = App::start().await;
    let tokens = app.sign_in("openid email offline_access").await;
    (app, tokens)
}

#[tokio::test]
async fn the_browser_comes_back_with_its_state() {
    let (app, tokens) = signed_in().await;
    let parameters = [
        ("id_token_hint", text(&tokens, "id_token")),
        ("post_logout_redirect_uri", HOME),
        ("state", "a b"),
    ];
    let answer = logout(&app, &parameters).await;
    assert_eq!(answer.status, 302);
    assert_eq!(answer.location(), format!("{HOME}?state=a+b"));
    let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.contains("Max-Age=0"));

    let answer = send(app.http.post(app.url("logout")), &parameters).await;
    assert_eq!(answer.status, 303);
    assert_eq!(answer.location(), format!("{HOME}?state=a+b"));
}

#[tokio::test]
async fn a_hint_that_has_expired_will_do_and_one_that_is_none_will_not() {
    let (app, tokens) = signed_in().await;
    app.advance(7200);
    let target = ("post_logout_redirect_uri", HOME);
    let hint = ("id_token_hint", text(&tokens, "id_token"));
    assert_eq!(logout(&app, &[hint, target]).await.location(), HOME);
    let not_one = ("id_token_hint", text(&tokens, "access_token"));
    for refused in [vec![target], vec![not_one, target]] {
        let answer = logout(&app, &refused).await;
        assert_eq!(answer.status, 400);
        assert!(answer.text.contains("id_token_hint"));
    }
}

#[tokio::test]
async fn the_browser_is_sent_to_registered_places_alone() {
    let (app, tokens) = signed_in().await;
    let hint = ("id_token_hint", text(&tokens, "id_token"));
    let elsewhere = ("post_logout_redirect_uri", "http://localhost:3000/other");
    let answer = logout(&app, &[hint, elsewhere]).await;
    assert_eq!(answer.status, 400);
    assert!(answer.text.contains("must be a Logout redirect URI"));
    let answer = logout(&app, &[hint]).await;
    assert_eq!(answer.status, 200);
    assert!(answer.text.contains("You are signed out."));
}

#[tokio::test]
async fn signing_out_leaves_the_tokens_alone() {
    let (app, tokens) = signed_in().await;
    let hint = ("id_token_hint", text(&tokens, "id_token"));
    assert_eq!(logout(&app, &[hint]).await.status, 200);
    assert_eq!(app.userinfo(&tokens).await.status, 200);
    assert_eq!(
        app.refresh(text(&tokens, "refresh_token")).await.status,
        200
    );
}
