//! The session endpoint for front ends.

use http::{StatusCode, header};
use serde_json::{Value, json};

use super::world::{World, sign_in};

#[tokio::test]
async fn session_endpoint_returns_the_user_and_no_token() {
    let world = World::with(sign_in().offline_access()).await;
    let mut browser = world.signed_in("viewer").await;
    let answer = browser.fetch("/session").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/json");
    let who: Value = serde_json::from_str(&answer.text).unwrap();
    assert_eq!(who["email"], "viewer@example.com");
    assert_eq!(who["groups"], json!(["Everyone", "viewer"]));
    assert!(who["scopes"].as_array().unwrap().contains(&json!("openid")));
    assert!(who["expires_at"].as_u64().unwrap() > 1_000_000);
    let members: Vec<&String> = who.as_object().unwrap().keys().collect();
    assert_eq!(
        members,
        ["email", "expires_at", "groups", "name", "scopes", "user_id"]
    );
    assert!(!answer.text.contains("eyJ"));
}

#[tokio::test]
async fn session_endpoint_without_a_session_is_401_json() {
    let world = World::new().await;
    let answer = world.browser().fetch("/session").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.text, r#"{"error":"not_signed_in"}"#);
    let mut browser = world.signed_in("viewer").await;
    world.advance(90_000);
    assert_eq!(
        browser.fetch("/session").await.status,
        StatusCode::UNAUTHORIZED
    );
}
