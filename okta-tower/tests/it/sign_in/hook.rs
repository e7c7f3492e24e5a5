//! The application's hook, which runs before a session starts.

use std::sync::{Arc, Mutex};

use http::{StatusCode, header};
use okta_tower::provision::{Admission, HookFuture, Identity, OnSignIn};
use serde_json::json;

use super::world::{World, sign_in};

/// Admits the admin, denies the viewer, and fails for others.
#[derive(Clone, Default)]
struct Desk {
    asked: Arc<Mutex<Vec<String>>>,
}

impl OnSignIn for Desk {
    fn on_sign_in<'a>(&'a self, identity: &'a Identity) -> HookFuture<'a> {
        Box::pin(async move {
            let key = (
                identity.claims().identity_issuer(),
                identity.claims().user_id(),
            );
            assert!(
                key.0.starts_with("http://127.0.0.1")
                    && key.1.is_some_and(|id| id.starts_with("00u"))
            );
            let email = identity.email().unwrap_or_default().to_owned();
            self.asked.lock().unwrap().push(email.clone());
            match &*email {
                "admin@example.com" => Ok(Admission::allow_with(json!("desk-1"))),
                "viewer@example.com" => Ok(Admission::deny("Not before <Monday>.")),
                _ => Err("the database is down: s3cr3t".into()),
            }
        })
    }
}

#[tokio::test]
async fn admitted_user_has_local_data_in_the_session() {
    let desk = Desk::default();
    let world = World::with(sign_in().on_sign_in(desk.clone())).await;
    let mut browser = world.signed_in("admin").await;
    assert_eq!(
        browser.get("/").await.text,
        "admin@example.com admin Session desk-1"
    );
    assert_eq!(*desk.asked.lock().unwrap(), ["admin@example.com"]);
}

#[tokio::test]
async fn denied_user_sees_the_reason_and_has_no_session() {
    let world = World::with(sign_in().on_sign_in(Desk::default()).offline_access()).await;
    let mut browser = world.browser();
    let callback = world.attempt(&mut browser, "/login", "viewer").await;
    let answer = browser.get(&callback.url()).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(
        answer.text.contains("Not before &lt;Monday&gt;."),
        "{}",
        answer.text
    );
    assert_eq!(browser.fetch("/").await.status, StatusCode::UNAUTHORIZED);
    // The unused refresh token is revoked.
    world
        .issuer
        .wait_for_requests(okta_tower_test::Endpoint::Revoke, 1)
        .await;
}

#[tokio::test]
async fn failing_hook_starts_no_session_and_hides_its_error() {
    let world = World::with(sign_in().on_sign_in(Desk::default())).await;
    let mut browser = world.browser();
    let callback = world.attempt(&mut browser, "/login", "nobody").await;
    let answer = browser.get(&callback.url()).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers.contains_key(header::RETRY_AFTER));
    assert!(!answer.text.contains("database") && !answer.text.contains("s3cr3t"));
    assert_eq!(browser.fetch("/").await.status, StatusCode::UNAUTHORIZED);
}
