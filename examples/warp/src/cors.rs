//! The origins that may call the API from a browser.

use http::{HeaderValue, Method, header};
use tower_http::cors::CorsLayer;

/// Allows a browser application in development to call the API.
pub(crate) fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(HeaderValue::from_static("http://localhost:5173"))
        .allow_methods([Method::GET])
        .allow_headers([header::AUTHORIZATION])
        // A script can then distinguish an expired token from a missing scope.
        .expose_headers([header::WWW_AUTHENTICATE])
}
