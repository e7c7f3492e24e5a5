//! The session endpoint for front ends.

use std::time::Duration;

use http::{StatusCode, header};
use okta_tower::{OktaBuilder, SignIn, store::MemoryStore};
use okta_tower_test::ManualClock;
use serde_json::{Value, json};

use super::world::{World, client, sign_in};

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
        [
            "email",
            "expires_at",
            "groups",
            "idle_expires_at",
            "name",
            "scopes",
            "user_id"
        ]
    );
    let ends = |member: &str| who[member].as_u64().unwrap();
    assert_eq!(ends("expires_at") - ends("idle_expires_at"), 23 * 3600);
    assert!(!answer.text.contains("eyJ"));
}

#[tokio::test]
async fn asking_every_minute_does_not_keep_a_session_alive() {
    let quarter = Duration::from_secs(15 * 60);
    let settings = || sign_in().offline_access().idle_timeout(quarter);
    let clock = ManualClock::new();
    let store = MemoryStore::new().clock(clock.clone());
    let kinds: [SignIn; 2] = [settings(), settings().store(store)];
    for settings in kinds {
        let set = |okta: OktaBuilder| okta.client_secret("s3cr3t").sign_in(settings);
        let world = World::on(clock.clone(), client(), set).await;
        let mut browser = world.signed_in("viewer").await;
        let first = browser.fetch("/session").await.text;
        for minute in 1..15 {
            world.advance(60);
            let answer = browser.fetch("/session").await;
            assert_eq!(answer.status, StatusCode::OK, "{minute}");
            assert!(!answer.headers.contains_key(header::SET_COOKIE), "{minute}");
            assert_eq!(answer.text, first, "{minute}");
        }
        world.advance(60);
        let answer = browser.fetch("/session").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        // A use of the application does.
        let mut in_use = world.signed_in("viewer").await;
        for _ in 0..3 {
            world.advance(600);
            assert_eq!(in_use.fetch("/").await.status, StatusCode::OK);
        }
        assert_eq!(in_use.fetch("/session").await.status, StatusCode::OK);
    }
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
