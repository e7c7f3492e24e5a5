//! The application's own hook, which is asked before there is a session.

use std::sync::{Arc, Mutex};

use http::{StatusCode, header};
use okta_tower::{Admission, Identity, OnSignIn, provision::Decide};
use serde_json::json;

use super::world::{World, sign_in};

/// Lets some in, refuses others, and cannot decide about the rest.
#[derive(Clone, Default)]
struct Desk {
    asked: Arc<Mutex<Vec<String>>>,
}

impl OnSignIn for Desk {
    fn on_sign_in<'a>(&'a self, identity: &'a Identity) -> Decide<'a> {
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
async fn whoever_is_let_in_has_the_local_data_in_the_session() {
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
async fn whoever_is_refused_is_told_why_and_has_no_session() {
    let world = World::with(sign_in().on_sign_in(Desk::default()).offline_access()).await;
    let mut browser = world.browser();
    let callback = world.attempt(&mut browser, "/login", "viewer").await;
    let told = browser.get(&callback.url()).await;
    assert_eq!(told.status, StatusCode::FORBIDDEN);
    assert!(
        told.text.contains("Not before &lt;Monday&gt;."),
        "{}",
        told.text
    );
    assert_eq!(browser.fetch("/").await.status, StatusCode::UNAUTHORIZED);
    // Its refresh token does not lie around.
    world
        .issuer
        .wait_for_requests(okta_tower_test::Endpoint::Revoke, 1)
        .await;
}

#[tokio::test]
async fn a_hook_that_cannot_decide_signs_nobody_in_and_tells_nobody_why() {
    let world = World::with(sign_in().on_sign_in(Desk::default())).await;
    let mut browser = world.browser();
    let callback = world.attempt(&mut browser, "/login", "nobody").await;
    let told = browser.get(&callback.url()).await;
    assert_eq!(told.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(told.headers.contains_key(header::RETRY_AFTER));
    assert!(!told.text.contains("database") && !told.text.contains("s3cr3t"));
    assert_eq!(browser.fetch("/").await.status, StatusCode::UNAUTHORIZED);
}
