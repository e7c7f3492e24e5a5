//! Sign-in at an independent provider that differs from Okta. Users sign in despite the
//! differences. If the provider breaks a MUST, the log says which.

use cross_tests::{
    application::{Application, Settings},
    second_provider::{CLIENT_ID, SecondProvider},
    visitor::{Answer, Visitor},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// Contains every character that the two ends may encode differently.
const SECRET: &str = "a+secret:with%20what/must=be&encoded ü";

async fn start(secret: &str, algorithm: Option<&str>) -> Option<(SecondProvider, Application)> {
    let settings = |issuer: &str| {
        Settings::new(issuer, (CLIENT_ID, secret))
            .variable("OKTA_OAUTH2_SCOPES", "openid profile email groups")
    };
    let (provider, settings) = SecondProvider::start(secret, algorithm, settings).await?;
    Some((provider, settings.start().await))
}

async fn session(visitor: &Visitor, application: &Application) -> (StatusCode, Value) {
    let url = format!("{}/session", application.origin());
    let answer = visitor.ask(Method::GET, &url).await.expect("a response");
    (
        answer.status,
        serde_json::from_str(&answer.text).expect("JSON"),
    )
}

async fn sign_in(
    provider: &SecondProvider,
    application: &Application,
    name: &str,
) -> (Visitor, Answer) {
    let visitor = Visitor::new();
    let page = format!("{}/dashboard", application.origin());
    let seen = provider.sign_in(&visitor, &page, name).await;
    (visitor, seen)
}

#[tokio::test]
async fn each_role_signs_in_and_out_at_a_second_provider() {
    let Some((provider, application)) = start("plain", Some("RS256")).await else {
        return;
    };
    for (name, groups, shown) in [
        ("admin", json!(["admin"]), "Management"),
        ("viewer", json!(["viewer"]), "Read-only"),
        ("nobody", json!([]), "No access"),
    ] {
        let (visitor, page) = sign_in(&provider, &application, name).await;
        assert_eq!(page.url.path(), "/dashboard", "{name}");
        assert!(page.text.contains(shown), "{name}");
        let (status, who) = session(&visitor, &application).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(who["email"], format!("{name}@example.com"));
        assert_eq!(who["groups"], groups);

        let url = format!("{}/logout", application.origin());
        let out = visitor.ask(Method::POST, &url).await.expect("a response");
        assert!(out.status.is_success(), "{out:?}");
        let (status, _) = session(&visitor, &application).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn keys_and_claims_in_another_form_are_accepted() {
    let Some((provider, application)) = start("plain", Some("RS256")).await else {
        return;
    };
    let (visitor, _) = sign_in(&provider, &application, "admin").await;
    // Assert the differences, because a later version of the provider might not have them.
    let set = provider.key_set().await;
    let keys = set["keys"].as_array().expect("keys");
    assert!(
        keys.iter()
            .all(|key| key.get("use").is_none() && key.get("alg").is_none())
    );
    assert!(keys.iter().any(|key| key["kty"] == "RSA"));
    let token = provider.seen("id-token").await;
    assert_eq!(token["header"]["alg"], "RS256");
    assert_eq!(token["claims"]["aud"], json!([CLIENT_ID]));
    let auth_time = token["claims"]["auth_time"].as_f64().expect("a number");
    assert!(auth_time.fract() > 0.0, "{auth_time}");

    assert_eq!(session(&visitor, &application).await.0, StatusCode::OK);
}

#[tokio::test]
async fn secret_with_special_characters_is_encoded() {
    let Some((provider, application)) = start(SECRET, Some("RS256")).await else {
        return;
    };
    let (visitor, _) = sign_in(&provider, &application, "admin").await;
    // RFC 6749 section 2.3.1: both parts are form-encoded before they are joined.
    let sent = provider.seen("basic").await;
    let sent = sent.as_str().expect("Basic credentials");
    assert_eq!(
        sent,
        "app:a%2Bsecret%3Awith%2520what%2Fmust%3Dbe%26encoded%20%C3%BC"
    );
    let (status, who) = session(&visitor, &application).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(who["email"], "admin@example.com");
}

#[tokio::test]
async fn wrong_client_secret_is_500_and_named_in_the_log() {
    let settings = |issuer: &str| Settings::new(issuer, (CLIENT_ID, "another"));
    let started = SecondProvider::start("plain", Some("RS256"), settings).await;
    let Some((provider, settings)) = started else {
        return;
    };
    let application = settings.start().await;
    let (visitor, page) = sign_in(&provider, &application, "admin").await;
    assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
    application
        .wait_for_output("check the client ID and its secret")
        .await;
    assert_eq!(
        session(&visitor, &application).await.0,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn id_token_with_unregistered_algorithm_is_rejected() {
    // OpenID Connect Registration section 2: without another registration, a client gets RS256.
    let Some((provider, application)) = start("plain", None).await else {
        return;
    };
    let (visitor, page) = sign_in(&provider, &application, "admin").await;
    assert_eq!(provider.seen("id-token").await["header"]["alg"], "RS512");
    assert_eq!(page.status, StatusCode::BAD_GATEWAY);
    assert!(!page.text.contains("RS512"), "{}", page.text);
    // This is not the message about the keys, which the log has too.
    application.wait_for_output("algorithm_not_allowed").await;
    assert_eq!(
        session(&visitor, &application).await.0,
        StatusCode::UNAUTHORIZED
    );
}
