//! Responders: empty bodies, problem details, functions and custom responders.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use http::{
    HeaderValue, Request, Response, StatusCode, Version,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use okta_tower::{
    AuthErrorKind, Require, RouteRules,
    auth::{Problem, Refusal, RequestHead, Responder, WithBody},
};
use serde_json::Value;
use tower::{Layer, ServiceExt, service_fn};

use super::world::{Body, World, ask, to, who, with};

#[tokio::test]
async fn problem_details_match_the_status() {
    let world = World::start().await;
    let table = RouteRules::new()
        .at("/", Require::authenticated())
        .at("/scope", Require::scope("reports:read"))
        .at("/group", Require::group("tellers"))
        .build()
        .unwrap();
    let layer = world.okta.layer().rules(table).responder(Problem::new());
    let service = layer.layer(service_fn(who));
    let good = world.token().sign();
    let mut types = Vec::new();
    for (request, status) in [
        (Request::get("/"), 401),
        (with(&good).header(AUTHORIZATION, "x"), 400),
        (with("a.b.c"), 401),
        (to("/scope", &good), 403),
        (to("/group", &good), 403),
    ] {
        let answer = ask(&service, request).await;
        assert_eq!(answer.status.as_u16(), status);
        assert_eq!(
            answer.header("content-type"),
            Some("application/problem+json")
        );
        let problem: Value = serde_json::from_str(&answer.body).unwrap();
        let members = problem.as_object().unwrap();
        assert!(
            members
                .keys()
                .all(|name| ["type", "title", "status"].contains(&name.as_str()))
        );
        assert_eq!(problem["status"], status);
        assert!(!problem["title"].as_str().unwrap().is_empty());
        let kind: http::Uri = problem["type"]
            .as_str()
            .unwrap()
            .replace("urn:", "urn://x/")
            .parse()
            .unwrap();
        types.push(kind.to_string());
        assert!(answer.error.is_some());
    }
    types.sort_unstable();
    types.dedup();
    assert_eq!(types.len(), 5, "{types:?}");
    assert_eq!(
        ask(&service, with(&good)).await.body,
        "hello ada@example.com"
    );
}

#[tokio::test]
async fn problem_details_are_omitted_for_grpc() {
    let world = World::start().await;
    let service = (world.okta.layer().responder(Problem::new())).layer(service_fn(who));
    for content_type in ["application/grpc", "application/grpc-web-text+proto"] {
        let request = Request::post("/").header(CONTENT_TYPE, content_type);
        let answer = ask(&service, request).await;
        assert!(answer.is_head_only);
        assert_eq!(answer.header("grpc-status"), Some("16"));
        assert!(content_type.starts_with(answer.header("content-type").unwrap()));
    }
}

#[tokio::test]
async fn function_provides_the_body() {
    let world = World::start().await;
    let layer = world
        .okta
        .layer()
        .responder(WithBody(|| Body::from("go away")));
    let service = layer.layer(service_fn(who));
    let answer = ask(&service, Request::get("/")).await;
    assert_eq!(
        (answer.status, &*answer.body),
        (StatusCode::UNAUTHORIZED, "go away")
    );
    assert!(answer.challenge().is_some());
    assert_eq!(answer.reason(), Some("missing_credentials"));
}

/// Replaces the whole response, including the challenge.
#[derive(Clone)]
struct Teapot;

impl Responder<Body> for Teapot {
    fn respond(&self, refusal: &Refusal<'_>) -> Response<Body> {
        assert_eq!(refusal.error().kind(), AuthErrorKind::MissingCredentials);
        assert_eq!(refusal.status(), StatusCode::UNAUTHORIZED);
        let mut response = Response::new(Body::from("short and stout"));
        *response.status_mut() = StatusCode::IM_A_TEAPOT;
        response
            .headers_mut()
            .insert("x-kettle", HeaderValue::from_static("on"));
        response
    }
}

#[tokio::test]
async fn custom_responder_keeps_the_error_in_the_extensions() {
    let world = World::start().await;
    let service = world.okta.layer().responder(Teapot).layer(service_fn(who));
    let answer = ask(&service, Request::get("/")).await;
    assert_eq!(
        (answer.status, &*answer.body),
        (StatusCode::IM_A_TEAPOT, "short and stout")
    );
    assert_eq!(answer.header("x-kettle"), Some("on"));
    assert_eq!(answer.reason(), Some("missing_credentials"));
    assert_eq!(
        ask(&service, with(&world.token().sign())).await.body,
        "hello ada@example.com"
    );
}

#[tokio::test]
async fn handler_can_reject_like_the_layer() {
    let world = World::start().await;
    let error = world.okta.verify("a.b.c").await.unwrap_err();
    for (content_type, status) in [("text/plain", 401), ("application/grpc", 200)] {
        let request = Request::post("/").header(CONTENT_TYPE, content_type);
        let by_layer = ask(
            &world.okta.layer().layer(service_fn(who)),
            request.header(AUTHORIZATION, "Bearer a.b.c"),
        )
        .await;
        let request = Request::post("/").version(Version::HTTP_2);
        let request = request.header(CONTENT_TYPE, content_type).body(()).unwrap();
        let by_hand = Refusal::of(error.clone(), RequestHead::of(&request)).response(());
        assert_eq!(by_hand.status(), status);
        assert_eq!(by_hand.headers(), &by_layer.headers);
    }
}

/// A responder that counts its copies.
struct Counted(Arc<AtomicUsize>);

impl Clone for Counted {
    fn clone(&self) -> Self {
        self.0.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(&self.0))
    }
}

impl Responder<Body> for Counted {
    fn respond(&self, refusal: &Refusal<'_>) -> Response<Body> {
        refusal.response(Body::default())
    }
}

#[tokio::test]
async fn cloned_service_shares_its_responder() {
    let world = World::start().await;
    let copies = Arc::<AtomicUsize>::default();
    let layer = world.okta.layer().responder(Counted(Arc::clone(&copies)));
    let service = layer.layer(service_fn(who));
    let before = copies.load(Ordering::Relaxed);
    for _ in 0..100 {
        let request = Request::get("/").body(Body::default()).unwrap();
        let response = service.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        // A clone of a clone makes no copy either.
        drop(service.clone().clone());
    }
    assert!(copies.load(Ordering::Relaxed) - before <= 1);
}
