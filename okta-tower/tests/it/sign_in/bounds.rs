//! How many requests to the issuer a browser can cause, and when they rest.

use http::StatusCode;
use okta_tower_test::{Endpoint, Fault};

use super::world::{CALLBACK, World, sign_in};

#[tokio::test]
async fn repeated_state_causes_one_token_request() {
    let world = World::new().await;
    let mut browser = world.browser();
    let started = browser.get("/login").await;
    let state = started.parameter("state").unwrap();
    let callbacks: Vec<_> = (0..40)
        .map(|number| {
            // Each callback carries the attempt's cookie, as a script would send it.
            let mut browser = browser.clone();
            let url = format!("{CALLBACK}?code=made-up-{number}&state={state}");
            tokio::spawn(async move { browser.get(&url).await.status })
        })
        .collect();
    for callback in callbacks {
        assert_eq!(callback.await.unwrap(), StatusCode::SEE_OTHER);
    }
    assert_eq!(world.issuer.requests(Endpoint::Token), 1);
    // Another state is redeemed.
    let done = world.sign_in(&mut world.browser(), "/login", "admin").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    assert_eq!(world.issuer.requests(Endpoint::Token), 2);
}

#[tokio::test]
async fn code_exchange_rests_after_429() {
    let world = World::new().await;
    let mut browser = world.browser();
    let first = world.attempt(&mut browser, "/login", "admin").await;
    let second = world.attempt(&mut browser, "/login", "admin").await;
    let third = world.attempt(&mut browser, "/login", "admin").await;
    let fault = Fault::Status(StatusCode::TOO_MANY_REQUESTS);
    world.issuer.fault_next(Endpoint::Token, fault);
    for callback in [&first, &second] {
        let held = browser.get(&callback.url()).await;
        assert_eq!(held.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(held.headers.contains_key("retry-after"));
    }
    assert_eq!(world.issuer.requests(Endpoint::Token), 1);
    world.advance(60);
    let answered = browser.get(&third.url()).await;
    assert_eq!(answered.status, StatusCode::SEE_OTHER);
    assert_eq!(world.issuer.requests(Endpoint::Token), 2);
}

#[tokio::test]
async fn pushed_requests_rest_after_429() {
    let world = World::with(sign_in().pushed_requests()).await;
    let mut browser = world.browser();
    let fault = Fault::Status(StatusCode::TOO_MANY_REQUESTS);
    world.issuer.fault_next(Endpoint::Par, fault);
    for _ in 0..2 {
        let held = browser.get("/login").await;
        assert_eq!(held.status, StatusCode::SERVICE_UNAVAILABLE);
    }
    assert_eq!(world.issuer.requests(Endpoint::Par), 1);
    world.advance(60);
    assert!(browser.get("/login").await.is_sent_to_okta(&world));
}

#[tokio::test]
async fn flood_of_codes_is_held_back_and_recovers() {
    let world = World::new().await;
    let mut held = 0;
    for number in 0..230 {
        let mut browser = world.browser();
        let started = browser.get("/login").await;
        let state = started.parameter("state").unwrap();
        let url = format!("{CALLBACK}?code=made-up-{number}&state={state}");
        let status = browser.get(&url).await.status;
        held += u32::from(status == StatusCode::SERVICE_UNAVAILABLE);
    }
    assert_eq!(held, 30);
    assert_eq!(world.issuer.requests(Endpoint::Token), 200);
    world.advance(1);
    let done = world.sign_in(&mut world.browser(), "/login", "admin").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn failed_push_does_not_fall_back_to_the_url() {
    let answer = |status: StatusCode, text: &str| Fault::Answer(status, text.to_owned());
    for fault in [
        Fault::Status(StatusCode::INTERNAL_SERVER_ERROR),
        Fault::Close,
        Fault::Garbage,
        answer(StatusCode::BAD_REQUEST, r#"{"error":"invalid_request"}"#),
        answer(StatusCode::CREATED, "{}"),
    ] {
        let world = World::with(sign_in().pushed_requests()).await;
        let mut browser = world.browser();
        world.issuer.fault_next(Endpoint::Par, fault);
        let failed = browser.get("/login").await;
        assert!(failed.status.is_server_error(), "{failed:?}");
        assert!(!failed.headers.contains_key("location"));
        assert_eq!(browser.attempts(), 0);
        assert!(browser.get("/login").await.is_sent_to_okta(&world));
    }
    // The issuer has no such endpoint any more.
    let world = World::with(sign_in().pushed_requests()).await;
    world
        .issuer
        .remove_metadata("pushed_authorization_request_endpoint");
    let world = world.restarted(sign_in().pushed_requests()).await;
    let failed = world.browser().get("/login").await;
    assert!(failed.status.is_server_error(), "{failed:?}");
    assert!(!failed.headers.contains_key("location"));
}
