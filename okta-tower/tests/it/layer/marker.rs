//! The marker that a rejection leaves in the response, and who writes the response.

use std::{convert::Infallible, future::Future, pin::pin, task::Context, task::Waker};

use http::{
    HeaderMap, HeaderValue, Request, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use okta_tower::{
    Require, RouteRules, Verified,
    auth::{Problem, Refusal, Rejected, RequestHead},
};
use tower::{Layer, Service, ServiceBuilder, ServiceExt, service_fn};

use super::world::{Body, World, ask, to, who, with};
use crate::world::log::Log;

/// Rejects callers from outside of the group, as a handler does that checks by itself.
async fn tellers_only(request: Request<Body>) -> Result<Response<Body>, Infallible> {
    let required = Require::group("tellers");
    let caller = request.extensions().get::<Verified>().unwrap();
    Ok(match required.check(caller) {
        Ok(()) => Response::new("counted".into()),
        Err(denied) => Rejected::new(denied)
            .with_caller(caller.clone())
            .with_required(required)
            .response(),
    })
}

#[tokio::test]
async fn handler_rejection_has_the_layers_realm_and_responder() {
    let world = World::start().await;
    let layer = world.okta.layer().realm("payments");
    let service = layer.responder(Problem::new()).layer(service_fn(
        async |_: Request<Body>| -> Result<Response<Body>, Infallible> {
            let missing = okta_tower::AuthError::missing_credentials();
            Ok(Rejected::new(missing).response())
        },
    ));
    let answer = ask(&service, with(&world.token().sign())).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.challenge().unwrap().get("realm"), Some("payments"));
    let content_type = answer.header("content-type");
    assert_eq!(content_type, Some("application/problem+json"));
    assert!(answer.body.contains("missing-credentials"));
}

#[tokio::test]
async fn handler_rejection_is_counted_and_an_admission_is_not() {
    let world = World::start().await;
    let service = world.okta.layer().layer(service_fn(tellers_only));
    let count = || {
        let metrics = world.okta.metrics();
        metrics.get("okta_tower_refusals_total", "group").unwrap()
    };
    let teller = world.token().groups(["tellers"]).sign();
    assert_eq!(ask(&service, with(&teller)).await.body, "counted");
    assert_eq!(count(), 0);
    let answer = ask(&service, with(&world.token().sign())).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(count(), 1);
}

/// An outer layer reads who was rejected and what was required.
#[tokio::test]
async fn caller_and_requirement_are_readable_outside() {
    let world = World::start().await;
    let table = RouteRules::new()
        .at("/rule", Require::group("tellers"))
        .at("/guard", Require::authenticated())
        .at("/handler", Require::authenticated());
    let layer = world.okta.layer().rules(table.build().unwrap());
    let guarded = (layer.clone()).layer(Require::group("tellers").layer().layer(service_fn(who)));
    let handled = layer.layer(service_fn(tellers_only));
    let request = |path: &str| {
        let request = to(path, &world.token().sign());
        request.body(Body::default()).unwrap()
    };
    for response in [
        guarded.clone().oneshot(request("/rule")).await.unwrap(),
        guarded.clone().oneshot(request("/guard")).await.unwrap(),
        handled.oneshot(request("/handler")).await.unwrap(),
    ] {
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        let rejected = response.extensions().get::<Rejected>().unwrap();
        assert_eq!(rejected.error().reason(), "group");
        assert_eq!(rejected.caller().unwrap().subject(), "ada@example.com");
        assert!(rejected.required().is_some());
        // Neither the caller's claims nor the names of groups.
        let printed = format!("{rejected:?}");
        assert!(!printed.contains("ada@example.com"), "{printed}");
    }
    let anonymous = Request::get("/guard").body(Body::default()).unwrap();
    let response = guarded.oneshot(anonymous).await.unwrap();
    let rejected = response.extensions().get::<Rejected>().unwrap();
    assert!(rejected.caller().is_none());
}

#[tokio::test]
async fn outer_layer_leaves_a_rendered_rejection_alone() {
    let (outer, inner) = (World::start().await, World::start().await);
    let count = |world: &World| {
        let metrics = world.okta.metrics();
        metrics.get("okta_tower_refusals_total", "group").unwrap()
    };
    let service = ServiceBuilder::new()
        .layer(outer.okta.layer().optional().responder(Problem::new()))
        .layer(inner.okta.layer().realm("inner"))
        .layer(Require::group("tellers").layer())
        .service_fn(who);
    // The outer issuer does not accept the inner one's token, so it stands in no header here.
    let answer = ask(&service, Request::get("/")).await;
    assert_eq!(answer.challenge().unwrap().get("realm"), Some("inner"));
    assert_eq!(answer.body, "");
    assert_eq!((count(&outer), count(&inner)), (0, 0));
}

#[tokio::test]
async fn closure_responder_sees_the_request_and_what_was_required() {
    let world = World::start().await;
    let responder = |refusal: &Refusal<'_>| -> Response<Body> {
        let rejected = refusal.rejected();
        let text = format!(
            "{} {} accepts {} caller {} required {}",
            refusal.method(),
            refusal.uri().path(),
            refusal.accept().count(),
            rejected.caller().is_some(),
            rejected.required().is_some(),
        );
        refusal.response(text.into())
    };
    let service = ServiceBuilder::new()
        .layer(world.okta.layer().responder(responder))
        .layer(Require::group("tellers").layer())
        .service_fn(who);
    let request = to("/tills/7", &world.token().sign()).header("accept", "text/html");
    let answer = ask(&service, request.header("accept", "*/*")).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let expected = "GET /tills/7 accepts 2 caller true required true";
    assert_eq!(answer.body, expected);
    let teller = world.token().groups(["tellers"]).sign();
    assert_eq!(ask(&service, with(&teller)).await.status, StatusCode::OK);
}

/// The default responder keeps what an extractor wrote, in plain HTTP only.
#[tokio::test]
async fn default_responder_keeps_an_inner_body_but_not_for_grpc() {
    let world = World::start().await;
    let layer = world.okta.layer().realm("payments");
    let service = layer.layer(service_fn(
        async |request: Request<Body>| -> Result<Response<Body>, Infallible> {
            let missing = okta_tower::AuthError::missing_credentials();
            let refusal = Refusal::of(missing, RequestHead::of(&request));
            let mut response = refusal.response(Body::from("{}"));
            let json = HeaderValue::from_static("application/json");
            response.headers_mut().insert(CONTENT_TYPE, json);
            Ok(response)
        },
    ));
    let token = world.token().sign();
    let answer = ask(&service, with(&token)).await;
    assert_eq!(answer.body, "{}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.challenge().unwrap().get("realm"), Some("payments"));

    let call = with(&token).method("POST");
    let answer = ask(&service, call.header(CONTENT_TYPE, "application/grpc")).await;
    assert_eq!(answer.header("grpc-status"), Some("16"));
    assert!(answer.is_head_only);
}

#[tokio::test]
#[should_panic(expected = "`ResponseFuture` polled after completion")]
async fn polling_a_finished_response_panics() {
    let world = World::start().await;
    let mut service = world.okta.layer().layer(service_fn(who));
    let request = Request::get("/").body(Body::default()).unwrap();
    let mut future = pin!(service.call(request));
    let mut context = Context::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_ready());
    let _ = future.poll(&mut context);
}

#[tokio::test]
#[should_panic(expected = "`GuardFuture` polled after completion")]
async fn polling_a_finished_guard_panics() {
    let guard = Require::public().and(Require::group("tellers")).layer();
    let mut service = guard.layer(service_fn(who));
    let request = Request::get("/").body(Body::default()).unwrap();
    let mut future = pin!(service.call(request));
    let mut context = Context::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_ready());
    let _ = future.poll(&mut context);
}

/// The response says no more than without the marker.
#[tokio::test]
async fn marker_adds_no_header() {
    let world = World::start().await;
    let service = world.okta.layer().layer(service_fn(tellers_only));
    let answer = ask(&service, with(&world.token().sign())).await;
    let no_store = (CACHE_CONTROL, HeaderValue::from_static("no-store"));
    assert_eq!(answer.headers, HeaderMap::from_iter([no_store]));
}

/// A middleware that rejects a finished response must not leak its body.
#[tokio::test]
async fn success_body_never_leaves_under_a_rejection() {
    let world = World::start().await;
    let service = world.okta.layer().layer(service_fn(
        async |request: Request<Body>| -> Result<Response<Body>, Infallible> {
            let mut response = Response::new(Body::from("secret"));
            if request.uri().path() == "/rejected" {
                let missing = okta_tower::AuthError::missing_credentials();
                response.extensions_mut().insert(Rejected::new(missing));
            }
            Ok(response)
        },
    ));
    let token = world.token().sign();
    let answer = ask(&service, to("/rejected", &token)).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.body, "");
    let answer = ask(&service, to("/served", &token)).await;
    assert_eq!((answer.status, &*answer.body), (StatusCode::OK, "secret"));
}

/// A marker taken from one response and used for another is written like a new one.
#[tokio::test]
async fn reused_marker_is_written_again() {
    let world = World::start().await;
    let inner = world.okta.layer().realm("inner").layer(service_fn(who));
    let outer = world
        .okta
        .layer()
        .optional()
        .realm("outer")
        .layer(service_fn(move |request: Request<Body>| {
            let inner = inner.clone();
            async move {
                let response = inner.oneshot(request).await.unwrap();
                let rejected = response.extensions().get::<Rejected>().unwrap().clone();
                Ok::<Response<Body>, Infallible>(rejected.response())
            }
        }));
    let answer = ask(&outer, Request::get("/")).await;
    assert_eq!(answer.challenge().unwrap().get("realm"), Some("outer"));
}

/// The application keeps its own response, and says why it rejects.
#[tokio::test]
async fn own_response_with_a_reason_is_counted_and_kept() {
    let world = World::start().await;
    let service = world.okta.layer().layer(service_fn(
        async |request: Request<Body>| -> Result<Response<Body>, Infallible> {
            let mut response = Response::new(Body::from("my own words"));
            *response.status_mut() = StatusCode::IM_A_TEAPOT;
            if request.uri().path() == "/reason" {
                let missing = okta_tower::AuthError::missing_credentials();
                response.extensions_mut().insert(missing);
            }
            Ok(response)
        },
    ));
    let token = world.token().sign();
    for (path, count) in [("/none", 0), ("/reason", 1)] {
        let answer = ask(&service, to(path, &token)).await;
        let served = (answer.status, &*answer.body);
        assert_eq!(served, (StatusCode::IM_A_TEAPOT, "my own words"));
        let metrics = world.okta.metrics();
        let found = metrics.get("okta_tower_refusals_total", "missing_credentials");
        assert_eq!(found, Some(count), "{path}");
    }
}

#[test]
fn marker_without_a_layer_leaves_status_and_reason() {
    let missing = okta_tower::AuthError::missing_credentials();
    let response: Response<Body> = Rejected::new(missing).response();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let extensions = response.extensions();
    let error = extensions.get::<okta_tower::AuthError>().unwrap();
    assert_eq!(error.reason(), "missing_credentials");
    assert!(extensions.get::<Rejected>().unwrap().required().is_none());
}

#[tokio::test]
async fn marker_is_readable_outside_of_two_layers() {
    let (outer, inner) = (World::start().await, World::start().await);
    let service = ServiceBuilder::new()
        .layer(outer.okta.layer().optional())
        .layer(inner.okta.layer())
        .service_fn(who);
    let anonymous = Request::get("/").body(Body::default()).unwrap();
    let response = service.oneshot(anonymous).await.unwrap();
    let rejected = response.extensions().get::<Rejected>().unwrap();
    assert_eq!(rejected.error().reason(), "missing_credentials");
}

#[tokio::test]
async fn requirement_is_readable_for_an_anonymous_caller() {
    let world = World::start().await;
    let rules = RouteRules::new().at("/", Require::group("tellers"));
    let ruled = world.okta.layer().rules(rules.build().unwrap());
    for (layer, is_required) in [(ruled, true), (world.okta.layer(), false)] {
        let anonymous = Request::get("/").body(Body::default()).unwrap();
        let response = layer.layer(service_fn(who)).oneshot(anonymous).await;
        let response = response.unwrap();
        let rejected = response.extensions().get::<Rejected>().unwrap();
        assert_eq!(rejected.required().is_some(), is_required);
        assert_eq!(rejected.error().reason(), "missing_credentials");
    }
}

/// Rejects a caller, or finds that no layer says who is calling.
async fn denied_or_misconfigured(request: Request<Body>) -> Result<Response<Body>, Infallible> {
    let error = match request.uri().path() {
        "/denied" => okta_tower::AuthError::missing_credentials(),
        _ => okta_tower::auth::caller(&http::Extensions::new()).unwrap_err(),
    };
    let mut response: Response<Body> = Rejected::new(error).response();
    response.extensions_mut().insert(7_u8);
    Ok(response)
}

#[tokio::test]
async fn rejection_is_logged_once_with_or_without_a_layer() {
    let world = World::start().await;
    let bare = service_fn(denied_or_misconfigured);
    let layered = world.okta.layer().layer(bare);
    let token = world.token().sign();
    let counts = |log: &Log| {
        let refused = log.count("DEBUG okta_tower", "request refused");
        (
            refused,
            log.count("ERROR okta_tower", "is not set up correctly"),
        )
    };
    for (path, by_layer, alone) in [("/denied", (1, 0), (0, 0)), ("/setup", (0, 1), (0, 1))] {
        let log = Log::capture();
        ask(&layered, to(path, &token)).await;
        assert_eq!(counts(&log), by_layer, "{path}");
        let log = Log::capture();
        ask(&bare, to(path, &token)).await;
        assert_eq!(counts(&log), alone, "{path}");
    }
}

#[tokio::test]
async fn extensions_of_the_inner_response_stay() {
    let world = World::start().await;
    let service = world
        .okta
        .layer()
        .layer(service_fn(denied_or_misconfigured));
    let request = to("/denied", &world.token().sign());
    let response = service
        .oneshot(request.body(Body::default()).unwrap())
        .await;
    assert_eq!(response.unwrap().extensions().get(), Some(&7_u8));
}
