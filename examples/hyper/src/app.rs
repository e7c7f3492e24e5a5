//! The layers in their order, the rules, and the routes.

use std::convert::Infallible;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use hyper::body::Incoming;
use okta_tower::{
    AuthError, Okta, Require, RouteRules, RuleError,
    auth::{Rejected, require_caller},
};
use serde_json::{Value, json};
use tower::{ServiceBuilder, ServiceExt, util::BoxCloneService};
use tower_http::{cors::CorsLayer, trace::TraceLayer};

use crate::events::events;

/// The body of responses and streams. It implements `Default`, as the layer requires.
pub type Body = UnsyncBoxBody<Bytes, Infallible>;

/// The application, boxed to give its type a name.
pub type App = BoxCloneService<Request<Incoming>, Response<Body>, Infallible>;

/// Returns the routes inside their layers.
///
/// # Errors
/// If a rule is invalid.
pub fn app(okta: &Okta) -> Result<App, RuleError> {
    let layers = ServiceBuilder::new()
        .map_response(|response: Response<_>| response.map(Body::new))
        // The outermost layer first. Tracing and CORS must see rejections. CORS must also answer
        // preflight requests, which have no token.
        .layer(TraceLayer::new_for_http())
        .layer(cors())
        .layer(okta.layer().rules(rules()?));
    let okta = okta.clone();
    let routes = tower::service_fn(move |request| route(okta.clone(), request));
    Ok(layers.service(routes).boxed_clone())
}

/// Returns the access rules. Below `/api/` every request needs a token, even if the route does not
/// exist. Elsewhere the routes respond, with 404 for unknown paths.
fn rules() -> Result<RouteRules, RuleError> {
    RouteRules::new()
        .at("/api/admin", Require::group("admin"))
        .at("/api/reports", Require::scope("reports:read"))
        .at("/api/{*any}", Require::authenticated())
        .at("/{*any}", Require::public())
        .build()
}

/// Allows a browser application in development to call the API.
fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(HeaderValue::from_static("http://localhost:5173"))
        .allow_methods([Method::GET])
        .allow_headers([header::AUTHORIZATION])
        // A script can then distinguish an expired token from a missing scope.
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
            &json!({ "title": "Not found" }),
        )),
    };
    Ok(answer.unwrap_or_else(refuse))
}

/// Returns the caller's claims, which the layer inserted into the request's extensions.
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

/// Reports whether tokens can be verified.
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

/// Leaves a marker in the response: the layer around the service writes the rejection.
fn refuse(error: AuthError) -> Response<Body> {
    Rejected::new(error).response()
}
