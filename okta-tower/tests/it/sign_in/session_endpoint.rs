//! What front ends are told of the session.

use http::{StatusCode, header};
use serde_json::{Value, json};

use super::world::{World, sign_in};

#[tokio::test]
async fn a_front_end_learns_who_is_signed_in_and_sees_no_token() {
    let world = World::with(sign_in().offline_access()).await;
    let mut browser = world.signed_in("viewer").await;
    let told = browser.fetch("/session").await;
    assert_eq!(told.status, StatusCode::OK);
    assert_eq!(told.headers[header::CONTENT_TYPE], "application/json");
    let who: Value = serde_json::from_str(&told.text).unwrap();
    assert_eq!(who["email"], "viewer@example.com");
    assert_eq!(who["groups"], json!(["Everyone", "viewer"]));
    assert!(who["scopes"].as_array().unwrap().contains(&json!("openid")));
    assert!(who["expires_at"].as_u64().unwrap() > 1_000_000);
    let members: Vec<&String> = who.as_object().unwrap().keys().collect();
    assert_eq!(
        members,
        ["email", "expires_at", "groups", "name", "scopes", "user_id"]
    );
    assert!(!told.text.contains("eyJ"));
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_told_so_in_json() {
    let world = World::new().await;
    let told = world.browser().fetch("/session").await;
    assert_eq!(told.status, StatusCode::UNAUTHORIZED);
    assert_eq!(told.text, r#"{"error":"not_signed_in"}"#);
    let mut browser = world.signed_in("viewer").await;
    world.advance(90_000);
    assert_eq!(
        browser.fetch("/session").await.status,
        StatusCode::UNAUTHORIZED
    );
}
