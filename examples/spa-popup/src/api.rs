//! The API, for callers with a token.

use axum::{
    Json, Router,
    http::{
        HeaderValue, Method,
        header::{AUTHORIZATION, InvalidHeaderValue, WWW_AUTHENTICATE},
    },
    routing::get,
};
use okta_tower::{Okta, auth::Problem};
use okta_tower_axum::Claims;
use serde::Serialize;
use tower_http::cors::CorsLayer;

/// Builds the API. CORS is outside of the authentication layer: the front end can only read a
/// rejection with CORS headers, and a preflight request has no token.
pub(crate) fn app(okta: &Okta, frontend: &str) -> Result<Router, InvalidHeaderValue> {
    let cors = CorsLayer::new()
        .allow_origin(HeaderValue::from_str(frontend)?)
        .allow_methods([Method::GET])
        .allow_headers([AUTHORIZATION])
        // The challenge says what is wrong with a token.
        .expose_headers([WWW_AUTHENTICATE]);
    Ok(Router::new()
        .route("/secure-data", get(secure_data))
        // Only tokens: the layer ignores the cookie that this origin uses for sign-in.
        .route_layer(okta.layer().bearer_only().responder(Problem::new()))
        .layer(okta.sign_in_layer())
        .layer(cors))
}

#[derive(Serialize)]
struct SecureData {
    message: &'static str,
    subject: String,
    groups: Vec<String>,
}

async fn secure_data(caller: Claims) -> Json<SecureData> {
    Json(SecureData {
        message: "This is for signed-in users.",
        subject: caller.subject().to_owned(),
        groups: caller.groups().iter().map(str::to_owned).collect(),
    })
}
