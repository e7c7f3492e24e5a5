//! The layers in their order, the rules, the routes.

use std::convert::Infallible;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use hyper::body::Incoming;
use okta_tower::{
    AuthError, Okta, Require, RouteRules, RuleError,
    auth::{Refusal, require_caller},
};
use serde_json::{Value, json};
use tower::{ServiceBuilder, ServiceExt, util::BoxCloneService};
use tower_http::{cors::CorsLayer, trace::TraceLayer};

use crate::events::events;

/// Whole answers and streams alike. It is `Default`, which is all that the layer asks of a body.
pub type Body = UnsyncBoxBody<Bytes, Infallible>;

/// What is served. Boxed, so that it has a name.
pub type App = BoxCloneService<Request<Incoming>, Response<Body>, Infallible>;

/// The layers around the routes.
///
/// # Errors
/// Where a rule is wrong.
pub fn app(okta: &Okta) -> Result<App, RuleError> {
    let layers = ServiceBuilder::new()
        .map_response(|response: Response<_>| response.map(Body::new))
        // The outermost first. What measures and what lets other origins in must see refusals too, and a preflight, which
        // carries no token, is answered before anybody asks for one.
        .layer(TraceLayer::new_for_http())
        .layer(cors())
        .layer(okta.layer().rules(rules()?));
    let okta = okta.clone();
    let routes = tower::service_fn(move |request| route(okta.clone(), request));
    Ok(layers.service(routes).boxed_clone())
}

/// Below `/api/` nobody gets past without a token, whether a route is there or not. Elsewhere the routes answer, with 404
/// where there is none.
fn rules() -> Result<RouteRules, RuleError> {
    RouteRules::new()
        .at("/api/admin", Require::group("admin"))
        .at("/api/reports", Require::scope("reports:read"))
        .at("/api/{*any}", Require::authenticated())
        .at("/{*any}", Require::public())
        .build()
}

/// The one origin, a browser application in development, and what it may send and read.
fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(HeaderValue::from_static("http://localhost:5173"))
        .allow_methods([Method::GET])
        .allow_headers([header::AUTHORIZATION])
        // A script that is refused can then tell an expired token from a missing scope.
        .expose_headers([header::WWW_AUTHENTICATE])
}

async fn route(okta: Okta, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let answer = match (request.method(), request.uri().path()) {
        (&Method::GET, "/api/me") => me(&request),
        (&Method::GET, "/api/admin") => Ok(json(StatusCode::OK, &json!({ "message": "managed" }))),
        (&Method::GET, "/api/reports") => Ok(json(StatusCode::OK, &json!([{ "sign_ins": 1815 }]))),
        (&Method::GET, "/api/events") => events(&okta, &request),
        (&Method::GET, "/health") => Ok(health(&okta)),
        _ => Ok(json(
            StatusCode::NOT_FOUND,
            &json!({ "title": "There is nothing here" }),
        )),
    };
    Ok(answer.unwrap_or_else(|error| refuse(&error, &request)))
}

/// Who is calling, as the layer left it in the request's extensions.
fn me(request: &Request<Incoming>) -> Result<Response<Body>, AuthError> {
    let caller = require_caller(request.extensions())?;
    let claims = json!({
        "subject": caller.subject(),
        "user_id": caller.user_id(),
        "groups": caller.groups().iter().collect::<Vec<_>>(),
        "scopes": caller.scopes().iter().collect::<Vec<_>>(),
    });
    Ok(json(StatusCode::OK, &claims))
}

/// Whether tokens can be judged.
fn health(okta: &Okta) -> Response<Body> {
    let is_ready = okta.is_ready();
    let status = if is_ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    json(status, &json!({ "ready": is_ready }))
}

fn json(status: StatusCode, value: &Value) -> Response<Body> {
    let body = Full::new(Bytes::from(value.to_string()));
    let mut response = Response::new(body.boxed_unsync());
    *response.status_mut() = status;
    let content_type = HeaderValue::from_static("application/json");
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, content_type);
    response
}

/// As the layer says it. With the reason in the extensions, the layer counts it too.
fn refuse(error: &AuthError, request: &Request<Incoming>) -> Response<Body> {
    let mut response = Refusal::of(error, request.headers()).response(Body::default());
    response.extensions_mut().insert(error.clone());
    response
}
