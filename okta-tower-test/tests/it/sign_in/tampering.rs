//! Tampered tokens and callbacks.

use std::sync::Arc;

use okta_tower_test::{Endpoint, Fault, Issuer};
use reqwest::StatusCode;
use serde_json::json;

use crate::world::{App, HOME, claims, encode, exchange_form, part, request, send, text};

const SUPPORTED: &str = "authorization_response_iss_parameter_supported";

#[tokio::test]
async fn tampered_id_token_claims_are_signed() {
    let app = App::start().await;
    app.issuer.tamper_id_token(|claims| {
        claims.insert("nonce".to_owned(), "another".into());
        claims.remove("at_hash");
    });
    let tokens = app.sign_in("openid email").await;
    let id = claims(&tokens, "id_token");
    assert_eq!(id["nonce"], "another");
    assert_eq!(id.get("at_hash"), None);
    app.issuer.heal();
    let id = claims(&app.sign_in("openid email").await, "id_token");
    assert_eq!(id["nonce"], "n-0S6_WzA2Mj");
}

#[tokio::test]
async fn id_token_can_be_forged_or_unsigned() {
    let app = App::start().await;
    app.issuer.sign_id_tokens_with(app.issuer.forged_key());
    let token = app.sign_in("openid").await;
    let token = text(&token, "id_token");
    assert_eq!(part(token, 0)["kid"], app.issuer.active_key().kid());
    assert!(!is_genuine(&app.issuer, token));
    app.issuer.heal();
    let token = app.sign_in("openid").await;
    assert!(is_genuine(&app.issuer, text(&token, "id_token")));

    app.issuer.rewrite_id_tokens(|token| {
        let claims = token.split('.').nth(1).unwrap();
        format!("eyJhbGciOiJub25lIn0.{claims}.")
    });
    let token = app.sign_in("openid").await;
    assert_eq!(part(text(&token, "id_token"), 0), json!({ "alg": "none" }));
}

fn is_genuine(issuer: &Issuer, token: &str) -> bool {
    let jwk = serde_json::from_value(issuer.active_key().to_jwk()).unwrap();
    let key = jsonwebtoken::DecodingKey::from_jwk(&jwk).unwrap();
    let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
    // The manual clock differs from the system clock.
    rules.validate_exp = false;
    rules.validate_aud = false;
    rules.required_spec_claims.clear();
    jsonwebtoken::decode::<serde_json::Value>(token, &key, &rules).is_ok()
}

#[tokio::test]
async fn token_response_members_can_be_removed() {
    let app = App::start().await;
    app.issuer.tamper_token_response(|members| {
        members.remove("id_token");
        members.insert("token_type".to_owned(), "bearer".into());
    });
    let tokens = app.sign_in("openid").await;
    assert_eq!(tokens.get("id_token"), None);
    assert_eq!(tokens["token_type"], "bearer");
}

#[tokio::test]
async fn tampering_hook_may_call_the_issuer() {
    let app = App::start().await;
    let issuer = Arc::new(app.issuer);
    let asked = Arc::downgrade(&issuer);
    issuer.tamper_id_token(move |claims| {
        let issuer = asked.upgrade().unwrap();
        claims.insert("signed_by".to_owned(), issuer.active_key().kid().into());
        claims.insert("refreshes".to_owned(), issuer.refreshes().into());
    });
    let url = format!("{}?{}", issuer.authorize_url(), encode(&request(&[])));
    let callback = issuer.authorize_as("admin", &url);
    let post = app.http.post(issuer.token_url());
    let post = post.basic_auth("0oaLedger", Some("a+secret"));
    let reply = send(post, &exchange_form(callback.get("code").unwrap())).await;
    assert_eq!(claims(&reply.json, "id_token")["refreshes"], 0);
}

#[tokio::test]
async fn callback_has_iss_when_configured() {
    let app = App::start().await;
    let iss = || {
        let callback = app.issuer.authorize_as("admin", &app.authorize_url(&[]));
        callback.get("iss").map(str::to_owned)
    };
    assert_eq!(iss(), None);
    assert_eq!(app.issuer.metadata().get(SUPPORTED), None);
    app.issuer.name_issuer_in_callback();
    assert_eq!(iss().as_deref(), Some(app.issuer.url()));
    assert_eq!(app.issuer.metadata()[SUPPORTED], true);
    app.issuer
        .name_another_issuer_in_callback("https://evil.example");
    assert_eq!(iss().as_deref(), Some("https://evil.example"));
    app.issuer.promise_issuer_in_callback();
    assert_eq!(iss(), None);
    assert_eq!(app.issuer.metadata()[SUPPORTED], true);
}

#[tokio::test]
async fn error_callback_has_iss_when_configured() {
    let app = App::start().await;
    app.issuer.name_issuer_in_callback();
    let back = app.get(&app.authorize_url(&[("prompt", "none")])).await;
    assert_eq!(back.query("error").as_deref(), Some("login_required"));
    assert_eq!(back.query("iss").as_deref(), Some(app.issuer.url()));
}

#[tokio::test]
async fn parameters_are_appended_to_every_callback() {
    let app = App::start().await;
    app.issuer.sign_in_automatically_as("admin");
    app.issuer.append_to_callback("error=x&state=other");
    let back = app.get(&app.authorize_url(&[])).await;
    assert!(back.location().ends_with("&error=x&state=other"));
    let page = app
        .get(&app.authorize_url(&[("response_mode", "form_post")]))
        .await;
    assert_eq!(page.text.matches("name=\"state\"").count(), 2);
    assert!(page.text.contains("name=\"error\" value=\"x\""));
}

#[tokio::test]
async fn each_sign_in_endpoint_has_its_own_fault() {
    let app = App::start().await;
    for (endpoint, path, posts) in [
        (Endpoint::Authorize, "authorize", false),
        (Endpoint::Par, "par", true),
        (Endpoint::Token, "token", true),
        (Endpoint::UserInfo, "userinfo", false),
        (Endpoint::Revoke, "revoke", true),
        (Endpoint::Introspect, "introspect", true),
        (Endpoint::Logout, "logout", false),
    ] {
        let ask = async || match posts {
            true => app.post(path, &[]).await,
            false => app.get(&app.url(path)).await,
        };
        assert!(ask().await.status.is_client_error(), "{path}");
        app.issuer
            .fault(endpoint, Fault::Status(StatusCode::BAD_GATEWAY));
        assert_eq!(ask().await.status, 502, "{path}");
        assert_eq!(app.issuer.requests(endpoint), 2, "{path}");
        assert!(app.issuer.last_headers(endpoint).is_some());
    }
    // No fault affected another endpoint.
    assert_eq!(app.issuer.requests(Endpoint::Keys), 0);
}

#[tokio::test]
async fn userinfo_is_signed_on_request() {
    let app = App::start().await;
    let tokens = app.sign_in("openid email").await;
    app.issuer.sign_userinfo();
    let reply = app.userinfo(&tokens).await;
    assert_eq!(reply.headers["content-type"], "application/jwt");
    assert!(is_genuine(&app.issuer, &reply.text));
    let claims = part(&reply.text, 1);
    assert_eq!(claims["iss"], app.issuer.url());
    assert_eq!(claims["email"], "admin@example.com");
    app.issuer.heal();
    let reply = app.userinfo(&tokens).await;
    assert_eq!(reply.json["email"], "admin@example.com");
}

#[tokio::test]
async fn logout_returns_with_another_state_or_none() {
    let app = App::start().await;
    let tokens = app.sign_in("openid").await;
    let parameters = [
        ("id_token_hint", text(&tokens, "id_token")),
        ("post_logout_redirect_uri", HOME),
        ("state", "own"),
    ];
    let url = format!("{}?{}", app.url("logout"), encode(&parameters));
    app.issuer.set_logout_state(Some("another"));
    assert_eq!(
        app.get(&url).await.location(),
        format!("{HOME}?state=another")
    );
    app.issuer.set_logout_state(None);
    assert_eq!(app.get(&url).await.location(), HOME);
    app.issuer.heal();
    assert_eq!(app.get(&url).await.location(), format!("{HOME}?state=own"));
}
