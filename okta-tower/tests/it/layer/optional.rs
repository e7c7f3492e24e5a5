//! `.optional()`: nobody is let through, a liar is not.

use http::{Request, StatusCode, header::AUTHORIZATION};
use tower::{Layer, service_fn};

use super::world::{World, ask, who, with};

#[tokio::test]
async fn an_optional_layer_lets_requests_without_credentials_through_with_no_claims() {
    let world = World::start().await;
    let service = world.okta.layer().optional().layer(service_fn(who));
    for request in [
        Request::get("/"),
        // Another scheme is somebody else's business.
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
async fn an_optional_layer_refuses_bad_credentials() {
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
async fn without_keys_an_optional_layer_lets_nobody_through_and_puts_tokens_off() {
    let world = World::start_without_keys().await;
    let service = world.okta.layer().optional().layer(service_fn(who));
    assert_eq!(ask(&service, Request::get("/")).await.body, "hello nobody");
    let answer = ask(&service, with(&world.token().sign())).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn a_layer_that_is_not_optional_refuses_requests_without_credentials() {
    let world = World::start().await;
    let service = world.okta.layer().layer(service_fn(who));
    let answer = ask(&service, Request::get("/")).await;
    assert_eq!(answer.reason(), Some("missing_credentials"));
}
