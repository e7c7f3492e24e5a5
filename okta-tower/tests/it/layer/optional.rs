//! `.optional()`: missing credentials pass as anonymous, bad ones are rejected.

use http::{Request, StatusCode, header::AUTHORIZATION};
use tower::{Layer, service_fn};

use super::world::{World, ask, who, with};

#[tokio::test]
async fn optional_layer_forwards_missing_credentials_as_anonymous() {
    let world = World::start().await;
    let service = world.okta.layer().optional().layer(service_fn(who));
    for request in [
        Request::get("/"),
        // Other schemes are left to other layers.
        Request::get("/").header(AUTHORIZATION, "Basic dTpw"),
    ] {
        let answer = ask(&service, request).await;
        assert_eq!(
            (answer.status, &*answer.body),
            (StatusCode::OK, "hello nobody")
        );
        assert!(answer.error.is_none());
    }
    let answer = ask(&service, with(&world.token().sign())).await;
    assert_eq!(answer.body, "hello ada@example.com");
}

#[tokio::test]
async fn optional_layer_rejects_bad_credentials() {
    let world = World::start().await;
    let service = world.okta.layer().optional().layer(service_fn(who));
    let good = world.token().sign();
    for (request, status, reason) in [
        (with(&world.token().expires_in(-61).sign()), 401, "expired"),
        (with("a b"), 400, "bad_form"),
        (
            with(&good).header(AUTHORIZATION, "Basic dTpw"),
            400,
            "two_headers",
        ),
    ] {
        let answer = ask(&service, request).await;
        assert_eq!(
            (answer.status.as_u16(), answer.reason()),
            (status, Some(reason))
        );
    }
}

#[tokio::test]
async fn optional_layer_without_keys_forwards_only_anonymous() {
    let world = World::start_without_keys().await;
    let service = world.okta.layer().optional().layer(service_fn(who));
    assert_eq!(ask(&service, Request::get("/")).await.body, "hello nobody");
    let answer = ask(&service, with(&world.token().sign())).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn required_layer_rejects_missing_credentials() {
    let world = World::start().await;
    let service = world.okta.layer().layer(service_fn(who));
    let answer = ask(&service, Request::get("/")).await;
    assert_eq!(answer.reason(), Some("missing_credentials"));
}
