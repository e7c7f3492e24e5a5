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

/// The layer that takes tokens is inside, CORS is outside: a refusal without CORS headers is one that the front end cannot read,
/// and a preflight brings no token.
pub(crate) fn app(okta: &Okta, frontend: &str) -> Result<Router, InvalidHeaderValue> {
    let cors = CorsLayer::new()
        .allow_origin(HeaderValue::from_str(frontend)?)
        .allow_methods([Method::GET])
        .allow_headers([AUTHORIZATION])
        // What is wrong with a token is in the challenge.
        .expose_headers([WWW_AUTHENTICATE]);
    Ok(Router::new()
        .route("/secure-data", get(secure_data))
        // Tokens alone: a cookie that this origin has for signing in is not taken for one.
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
        message: "This is for whoever is signed in.",
        subject: caller.subject().to_owned(),
        groups: caller.groups().iter().map(str::to_owned).collect(),
    })
}
