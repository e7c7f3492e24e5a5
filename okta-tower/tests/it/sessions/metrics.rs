//! What the metrics say about the sessions of this process.

use http::StatusCode;
use okta_tower_test::{Endpoint, Fault};
use tower::{Layer, service_fn};

use super::world::{DUE, World, fetch, who, world};

fn figure(world: &World, name: &str, label: &str) -> u64 {
    world.okta.metrics().get(name, label).unwrap()
}

#[tokio::test]
async fn sessions_and_their_cache_are_measured() {
    let world = world().await;
    let service = world.okta.layer().layer(service_fn(who));
    let usage = || {
        let sessions = figure(&world, "okta_tower_sessions", "");
        (
            sessions,
            figure(&world, "okta_tower_cache_entries", "sessions"),
        )
    };
    assert_eq!(usage(), (0, 0));
    for known in [1, 2] {
        let mut browser = world.signed_in().await;
        let answer = browser.ask(&service, fetch("/")).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(usage(), (known, known));
    }
}

#[tokio::test]
async fn session_refreshes_are_counted_by_result() {
    let world = world().await;
    let service = world.okta.layer().layer(service_fn(who));
    let count = |result| figure(&world, "okta_tower_session_refreshes_total", result);
    let mut browser = world.signed_in().await;
    // Okta refuses for a moment: the session goes on with its access token.
    world.use_for(&mut browser, DUE).await;
    let unavailable = Fault::Status(StatusCode::SERVICE_UNAVAILABLE);
    world.issuer.fault_next(Endpoint::Token, unavailable);
    let answer = browser.ask(&service, fetch("/")).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!((count("transient"), count("success")), (1, 0));

    world.advance(10);
    let answer = browser.ask(&service, fetch("/")).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!((count("transient"), count("success")), (1, 1));

    let ended = r#"{"error":"invalid_grant"}"#;
    world.use_for(&mut browser, DUE).await;
    let ended = Fault::Answer(StatusCode::BAD_REQUEST, ended.into());
    world.issuer.fault_next(Endpoint::Token, ended);
    let answer = browser.ask(&service, fetch("/")).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(count("invalid_grant"), 1);
}
