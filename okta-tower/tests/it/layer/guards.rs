//! `Require::layer`: an inner guard, whose rejections the outer layer writes.

use http::{
    HeaderValue, Request, Response, StatusCode,
    header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_LENGTH, CONTENT_TYPE},
};
use okta_tower::{Require, auth::Problem};
use tower::{Layer, ServiceBuilder, ServiceExt, service_fn};

use super::world::{Body, World, ask, who, with};
use crate::world::log::Log;

#[tokio::test]
async fn guard_rejects_through_the_layers_responder() {
    let world = World::start().await;
    let service = ServiceBuilder::new()
        .layer(world.okta.layer().realm("bank").responder(Problem::new()))
        .layer(Require::group("tellers").layer())
        .layer(Require::scope("ledger:post").layer())
        .service_fn(who);
    let teller = || world.token().groups(["tellers"]);
    let both = teller().scopes(["ledger:post"]).sign();
    assert_eq!(
        ask(&service, with(&both)).await.body,
        "hello ada@example.com"
    );

    let answer = ask(&service, with(&world.token().sign())).await;
    assert_eq!(
        (answer.status, answer.reason()),
        (StatusCode::FORBIDDEN, Some("group"))
    );
    assert!(
        answer.body.contains("urn:okta-tower:problem:forbidden"),
        "{answer:?}"
    );
    assert!(answer.challenge().is_none());

    let answer = ask(&service, with(&teller().sign())).await;
    assert_eq!(
        (answer.status, answer.reason()),
        (StatusCode::FORBIDDEN, Some("scope"))
    );
    let challenge = answer.challenge().unwrap();
    assert_eq!(challenge.get("realm"), Some("bank"));
    assert_eq!(challenge.get("scope"), Some("ledger:post"));
    assert_eq!(
        answer.header("content-type"),
        Some("application/problem+json")
    );
}

#[tokio::test]
async fn guard_rejection_in_grpc_is_a_status() {
    let world = World::start().await;
    let service = ServiceBuilder::new()
        .layer(world.okta.layer().responder(Problem::new()))
        .layer(Require::group("tellers").layer())
        .service_fn(who);
    let request = with(&world.token().sign())
        .method("POST")
        .header(CONTENT_TYPE, "application/grpc+proto");
    let answer = ask(&service, request).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("grpc-status"), Some("7"));
    assert_eq!(answer.header("content-type"), Some("application/grpc"));
    assert!(answer.is_head_only);
}

#[tokio::test]
async fn guard_behind_an_optional_layer_requires_credentials() {
    let world = World::start().await;
    let behind = |require: Require| {
        ServiceBuilder::new()
            .layer(world.okta.layer().optional())
            .layer(require.layer())
            .service_fn(who)
    };
    let answer = ask(&behind(Require::group("tellers")), Request::get("/")).await;
    assert_eq!(
        (answer.status, answer.reason()),
        (StatusCode::UNAUTHORIZED, Some("missing_credentials"))
    );
    assert_eq!(answer.challenge().unwrap().get("error"), None);
    assert_eq!(
        ask(&behind(Require::public()), Request::get("/"))
            .await
            .body,
        "hello nobody"
    );
}

#[tokio::test]
async fn guard_without_a_layer_is_500_and_logged() {
    let world = World::start().await;
    let log = Log::capture();
    let token = world.token().groups(["tellers"]).sign();
    for content_type in ["text/plain", "application/grpc"] {
        let guard = Require::group("tellers").layer().layer(service_fn(who));
        let answer = ask(
            &guard,
            with(&token)
                .method("POST")
                .header(CONTENT_TYPE, content_type),
        )
        .await;
        assert_eq!(answer.reason(), Some("layer_missing"));
        assert!(answer.is_head_only && answer.challenge().is_none());
        if content_type == "text/plain" {
            assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
            assert_eq!(answer.headers.len(), 1);
            assert_eq!(answer.header("cache-control"), Some("no-store"));
        } else {
            assert_eq!(
                (answer.status, answer.header("grpc-status")),
                (StatusCode::OK, Some("13"))
            );
            assert_eq!(answer.header("grpc-message"), Some("internal error"));
        }
    }
    // A layer inside the guard counts as missing.
    let outside = ServiceBuilder::new()
        .layer(Require::public().layer())
        .layer(world.okta.layer())
        .service_fn(who);
    assert_eq!(
        ask(&outside, with(&token)).await.reason(),
        Some("layer_missing")
    );
    assert_eq!(
        log.count("ERROR okta_tower::auth", "layer_missing"),
        3,
        "{log:?}"
    );
}

/// What a layer between guard and authentication, such as CORS, adds to every response.
fn decorate(mut response: Response<Body>) -> Response<Body> {
    let headers = response.headers_mut();
    headers.insert(
        ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("https://app.example"),
    );
    headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    response.extensions_mut().insert(7_u8);
    response
}

#[tokio::test]
async fn guard_rejection_keeps_headers_of_layers_in_between() {
    let world = World::start().await;
    let inner = Require::group("tellers")
        .layer()
        .layer(service_fn(who))
        .map_response(decorate);
    let service = (world.okta.layer().responder(Problem::new())).layer(inner);
    let answer = ask(&service, with(&world.token().sign())).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(
        answer.header("access-control-allow-origin"),
        Some("https://app.example")
    );
    assert_eq!(
        answer.header("content-type"),
        Some("application/problem+json")
    );
    assert_eq!(
        answer.header("content-length"),
        None,
        "that was the length of another body"
    );
}
