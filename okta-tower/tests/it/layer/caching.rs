//! No rejection may be kept by a cache, whoever writes it.

use std::convert::Infallible;

use http::{
    HeaderValue, Request, Response, StatusCode, Version,
    header::{CACHE_CONTROL, CONTENT_TYPE},
    request::Builder,
};
use okta_tower::{
    AuthError, Require,
    auth::{Refusal, Rejected, RequestHead, Responder},
};
use tower::{Layer, ServiceExt, service_fn};

use super::world::{Answer, Body, World, ask, to, who, with};

/// Lets caches keep what it writes.
#[derive(Clone)]
struct Cacheable;

impl Responder<Body> for Cacheable {
    fn respond(&self, refusal: &Refusal<'_>) -> Response<Body> {
        let mut response = Response::new(Body::from("no"));
        *response.status_mut() = refusal.status();
        let minute = HeaderValue::from_static("public, max-age=60");
        response.headers_mut().insert(CACHE_CONTROL, minute.clone());
        response.headers_mut().insert("cdn-cache-control", minute);
        response
    }
}

/// Rejects by itself, in each of the ways there are.
async fn handler(request: Request<Body>) -> Result<Response<Body>, Infallible> {
    let missing = AuthError::missing_credentials();
    let mut response = match request.uri().path() {
        "/marker" => Rejected::new(missing).response(),
        "/refusal" => Refusal::of(missing, RequestHead::of(&request)).response(Body::default()),
        "/own" => {
            let mut response = Response::new(Body::from("go away"));
            *response.status_mut() = StatusCode::UNAUTHORIZED;
            response.extensions_mut().insert(missing);
            response
        }
        _ => return who(request).await,
    };
    let minute = HeaderValue::from_static("max-age=60");
    response.headers_mut().insert(CACHE_CONTROL, minute);
    Ok(response)
}

fn is_kept_by_no_cache(answer: &Answer) -> bool {
    assert!(answer.error.is_some(), "{answer:?}");
    answer.header("cache-control") == Some("no-store")
        && answer.header("cdn-cache-control").is_none()
}

#[tokio::test]
async fn rejection_is_kept_by_no_cache_and_an_answer_may_be() {
    let world = World::start().await;
    let token = world.token().sign();
    let layer = world.okta.layer();
    let plain = layer.clone().layer(service_fn(handler));
    let own = layer.clone().responder(Cacheable);
    let own = own.layer(service_fn(handler));
    let guard = || Require::group("tellers").layer().layer(service_fn(who));
    let guarded = layer.clone().layer(guard());
    let open = layer.optional().layer(service_fn(handler));
    for path in ["/marker", "/refusal", "/own"] {
        for answer in [
            ask(&plain, to(path, &token)).await,
            ask(&own, to(path, &token)).await,
            ask(&open, Request::get(path)).await,
        ] {
            assert!(is_kept_by_no_cache(&answer), "{path}: {answer:?}");
        }
    }
    for answer in [
        ask(&plain, Request::get("/")).await,
        ask(&plain, with("a.b.c")).await,
        ask(&own, Request::get("/")).await,
        ask(&guarded, with(&token)).await,
        // Without a layer, each is complete in itself.
        ask(&guard(), with(&token)).await,
        ask(&service_fn(handler), Request::get("/marker").method("POST")).await,
    ] {
        let is_complete = is_kept_by_no_cache(&answer);
        // The handler without a layer has overwritten the header itself.
        assert!(is_complete || answer.header("cache-control") == Some("max-age=60"));
    }
    let answer = ask(&plain, with(&token)).await;
    assert_eq!(answer.body, "hello ada@example.com");
    assert_eq!(answer.header("cache-control"), None);
}

/// A response with status 200 says "allowed" to a proxy that asks by `auth_request`.
#[tokio::test]
async fn grpc_type_on_a_plain_request_is_not_answered_as_grpc() {
    let world = World::start().await;
    let viewer = world.token().groups(["viewer"]).sign();
    let tellers = Require::group("tellers");
    let guarded = world
        .okta
        .layer()
        .layer(tellers.layer().layer(service_fn(who)));
    let handled = world.okta.layer().optional().layer(service_fn(handler));
    let send = async |request: Builder, is_guarded: bool| {
        let request = request.header(CONTENT_TYPE, "application/grpc");
        let request = request
            .version(Version::HTTP_2)
            .body(Body::default())
            .unwrap();
        let response = match is_guarded {
            true => guarded.clone().oneshot(request).await,
            false => handled.clone().oneshot(request).await,
        };
        let response = response.unwrap();
        assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
        response.status()
    };
    // By a guard, by the layer, and by the handler's own rejection.
    assert_eq!(send(with(&viewer), true).await, StatusCode::FORBIDDEN);
    let delete = Request::delete("/");
    assert_eq!(send(delete, true).await, StatusCode::UNAUTHORIZED);
    for path in ["/marker", "/refusal"] {
        assert_eq!(
            send(Request::get(path), false).await,
            StatusCode::UNAUTHORIZED
        );
    }
    // A call is answered as one.
    let call = with(&viewer).method("POST");
    assert_eq!(send(call, true).await, StatusCode::OK);
}
