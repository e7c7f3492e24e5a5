//! tower-http's CORS layer outside and inside of the authentication layer.

use std::convert::Infallible;

use bytes::Bytes;
use http::{
    HeaderValue, Method, Request, Response, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_REQUEST_HEADERS,
        ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION, ORIGIN, WWW_AUTHENTICATE,
    },
    request::Builder,
};
use http_body::Body as _;
use http_body_util::Full;
use okta_tower::{Okta, Require, Verified, auth::Problem};
use okta_tower_test::Issuer;
use tower::{Service, ServiceBuilder, ServiceExt};
use tower_http::cors::CorsLayer;

type Body = Full<Bytes>;

const APP: &str = "https://app.example";

async fn handler(request: Request<Body>) -> Result<Response<Body>, Infallible> {
    let caller = request.extensions().get::<Verified>();
    Ok(Response::new(
        caller
            .map_or("anonymous", Verified::subject)
            .to_owned()
            .into(),
    ))
}

fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin([HeaderValue::from_static(APP)])
        .allow_methods([Method::GET])
        .allow_headers([AUTHORIZATION])
        // Scripts cannot read the challenge otherwise.
        .expose_headers([WWW_AUTHENTICATE])
}

async fn start() -> (Issuer, Okta) {
    let issuer = Issuer::start().await;
    let okta = issuer.okta().await;
    (issuer, okta)
}

fn from_app(token: Option<&str>) -> Builder {
    let request = Request::get("/").header(ORIGIN, APP);
    match token {
        Some(token) => request.header(AUTHORIZATION, format!("Bearer {token}")),
        None => request,
    }
}

fn preflight() -> Builder {
    Request::builder()
        .method(Method::OPTIONS)
        .header(ORIGIN, APP)
        .header(ACCESS_CONTROL_REQUEST_METHOD, "GET")
        .header(ACCESS_CONTROL_REQUEST_HEADERS, "authorization")
}

async fn ask<S>(service: &S, request: Builder) -> Response<Body>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone,
{
    let Ok(response) = service
        .clone()
        .oneshot(request.body(Body::default()).unwrap())
        .await;
    response
}

fn assert_allowed(response: &Response<Body>) {
    assert_eq!(response.headers()[ACCESS_CONTROL_ALLOW_ORIGIN], APP);
}

fn assert_answers_preflight(response: &Response<Body>) {
    assert_eq!(response.status(), StatusCode::OK);
    assert_allowed(response);
    assert_eq!(response.headers()[ACCESS_CONTROL_ALLOW_METHODS], "GET");
    assert_eq!(
        response.headers()[ACCESS_CONTROL_ALLOW_HEADERS],
        "authorization"
    );
}

#[tokio::test]
async fn outer_cors_handles_preflights_and_every_rejection() {
    let (issuer, okta) = start().await;
    let service = ServiceBuilder::new()
        .layer(cors())
        .layer(okta.layer().responder(Problem::new()))
        .layer(Require::group("admin").layer())
        .service_fn(handler);
    assert_answers_preflight(&ask(&service, preflight()).await);

    let admin = issuer.token().groups(["admin"]).sign();
    let viewer = issuer.token().groups(["viewer"]).sign();
    for (token, status) in [
        (Some(&admin), 200),
        (Some(&viewer), 403),
        (None, 401),
        (Some(&"a.b.c".to_owned()), 401),
    ] {
        let response = ask(&service, from_app(token.map(String::as_str))).await;
        assert_eq!(response.status(), status);
        assert_allowed(&response);
        assert_eq!(
            response.headers()[ACCESS_CONTROL_EXPOSE_HEADERS],
            "www-authenticate"
        );
        assert_eq!(
            response.headers().contains_key(WWW_AUTHENTICATE),
            status == 401
        );
    }
}

#[tokio::test]
async fn inner_cors_gets_preflights_only_if_allowed() {
    let (issuer, okta) = start().await;
    let inside = |layer| {
        ServiceBuilder::new()
            .layer(layer)
            .layer(cors())
            .service_fn(handler)
    };
    let shut = inside(okta.layer());
    assert_eq!(
        ask(&shut, preflight()).await.status(),
        StatusCode::UNAUTHORIZED
    );
    let open = inside(okta.layer().allow_preflight());
    assert_answers_preflight(&ask(&open, preflight()).await);

    let token = issuer.token().sign();
    for service in [&shut, &open] {
        let served = ask(service, from_app(Some(&token))).await;
        assert_eq!(served.status(), StatusCode::OK);
        assert_allowed(&served);
        // A rejection by the layer does not reach CORS: scripts see a network error instead of the
        // 401. CORS therefore belongs outside.
        let refused = ask(service, from_app(None)).await;
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
        assert!(!refused.headers().contains_key(ACCESS_CONTROL_ALLOW_ORIGIN));
    }
}

#[tokio::test]
async fn cors_between_layer_and_guard_handles_guard_rejections() {
    let (issuer, okta) = start().await;
    let service = ServiceBuilder::new()
        .layer(okta.layer().allow_preflight().responder(Problem::new()))
        .layer(cors())
        .layer(Require::group("admin").layer())
        .service_fn(handler);
    assert_answers_preflight(&ask(&service, preflight()).await);
    let response = ask(&service, from_app(Some(&issuer.token().sign()))).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert_allowed(&response);
}

#[tokio::test]
async fn plain_options_request_depends_on_the_order_of_layers() {
    let (_issuer, okta) = start().await;
    let options = || {
        Request::builder()
            .method(Method::OPTIONS)
            .header(ORIGIN, APP)
    };
    let inside = ServiceBuilder::new()
        .layer(okta.layer().allow_preflight())
        .layer(cors())
        .service_fn(handler);
    assert_eq!(
        ask(&inside, options()).await.status(),
        StatusCode::UNAUTHORIZED
    );
    // tower-http treats every OPTIONS as a preflight. The handler is not reached either way.
    let outside = ServiceBuilder::new()
        .layer(cors())
        .layer(okta.layer())
        .service_fn(handler);
    let response = ask(&outside, options()).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.into_body().is_end_stream());
}
