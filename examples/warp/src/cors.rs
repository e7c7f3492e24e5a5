//! Who may call from a browser.

use http::{HeaderValue, Method, header};
use tower_http::cors::CorsLayer;

/// The one origin, a browser application in development, and what it may send and read.
pub(crate) fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(HeaderValue::from_static("http://localhost:5173"))
        .allow_methods([Method::GET])
        .allow_headers([header::AUTHORIZATION])
        // A script that is refused can then tell an expired token from a missing scope.
        .expose_headers([header::WWW_AUTHENTICATE])
}
