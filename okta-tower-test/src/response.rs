//! Complete responses, before a fault changes them.

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use crate::okta_error;

/// A response with a complete body.
pub(crate) type Response = http::Response<Bytes>;

pub(crate) fn json(status: StatusCode, value: &Value) -> Response {
    text(status, "application/json", value.to_string())
}

/// Returns an error of RFC 6749 section 5.2.
pub(crate) fn oauth_error(status: StatusCode, error: &str, description: &str) -> Response {
    let mut response = json(
        status,
        &json!({ "error": error, "error_description": description }),
    );
    no_store(&mut response);
    response
}

/// Returns Okta's error object, or an empty response for a status below 400.
pub(crate) fn okta_error(status: StatusCode, path: &str) -> Response {
    if status.as_u16() < 400 {
        return empty(status);
    }
    json(status, &okta_error::for_status(status, path))
}

pub(crate) fn redirect(status: StatusCode, location: &str) -> Response {
    let mut response = empty(status);
    set(&mut response, header::LOCATION, location);
    response
}

pub(crate) fn empty(status: StatusCode) -> Response {
    let mut response = http::Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

pub(crate) fn text(status: StatusCode, content_type: &str, text: String) -> Response {
    let mut response = http::Response::new(Bytes::from(text));
    *response.status_mut() = status;
    set(&mut response, header::CONTENT_TYPE, content_type);
    response
}

/// Forbids caching. For tokens and for everything about one user.
pub(crate) fn no_store(response: &mut Response) {
    set(response, header::CACHE_CONTROL, "no-store");
    set(response, header::PRAGMA, "no-cache");
}

/// Sets Okta's rate-limit headers: the limit, the remaining requests and the reset time.
pub(crate) fn set_limit(response: &mut Response, reset: SystemTime, remaining: u64) {
    let reset = reset.duration_since(UNIX_EPOCH).unwrap_or_default();
    for (name, value) in [
        ("x-rate-limit-limit", 600),
        ("x-rate-limit-remaining", remaining),
        ("x-rate-limit-reset", reset.as_secs()),
    ] {
        response
            .headers_mut()
            .insert(HeaderName::from_static(name), HeaderValue::from(value));
    }
}

/// Sets a header. A value that is invalid in a header can only come from a test, and is omitted.
pub(crate) fn set<B>(response: &mut http::Response<B>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}
