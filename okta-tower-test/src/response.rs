//! Whole answers, before anything goes wrong with them.

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use crate::okta_error;

/// An answer whose body is there in full.
pub(crate) type Response = http::Response<Bytes>;

pub(crate) fn json(status: StatusCode, value: &Value) -> Response {
    text(status, "application/json", value.to_string())
}

/// An error in the shape of RFC 6749 section 5.2.
pub(crate) fn oauth_error(status: StatusCode, error: &str, description: &str) -> Response {
    let mut response = json(
        status,
        &json!({ "error": error, "error_description": description }),
    );
    no_store(&mut response);
    response
}

/// Okta's error object, or, for a status that is no error, no body.
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

/// For what must not be kept: tokens, and all that is about one person.
pub(crate) fn no_store(response: &mut Response) {
    set(response, header::CACHE_CONTROL, "no-store");
    set(response, header::PRAGMA, "no-cache");
}

/// What Okta says of its rate limits with every answer: how many requests are left until when.
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

/// A value that cannot stand in a header, which only a test can have given, is left out.
pub(crate) fn set<B>(response: &mut http::Response<B>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}
