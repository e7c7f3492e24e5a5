//! Whole answers, before anything goes wrong with them.

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

use crate::documents;

/// An answer whose body is there in full.
pub(crate) type Answer = Response<Bytes>;

pub(crate) fn json(status: StatusCode, value: &Value) -> Answer {
    text(status, "application/json", value.to_string())
}

/// An error in the shape of RFC 6749 section 5.2.
pub(crate) fn oauth_error(status: StatusCode, error: &str, description: &str) -> Answer {
    let mut answer = json(
        status,
        &json!({ "error": error, "error_description": description }),
    );
    no_store(&mut answer);
    answer
}

/// Okta's error object, or, for a status that is no error, no body.
pub(crate) fn okta_error(status: StatusCode, path: &str) -> Answer {
    if status.as_u16() < 400 {
        return empty(status);
    }
    json(status, &documents::error(status, path))
}

pub(crate) fn redirect(status: StatusCode, location: &str) -> Answer {
    let mut answer = empty(status);
    set(&mut answer, header::LOCATION, location);
    answer
}

pub(crate) fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = status;
    answer
}

pub(crate) fn text(status: StatusCode, content_type: &str, text: String) -> Answer {
    let mut answer = Response::new(Bytes::from(text));
    *answer.status_mut() = status;
    set(&mut answer, header::CONTENT_TYPE, content_type);
    answer
}

/// For what must not be kept: tokens, and all that is about one person.
pub(crate) fn no_store(answer: &mut Answer) {
    set(answer, header::CACHE_CONTROL, "no-store");
    set(answer, header::PRAGMA, "no-cache");
}

/// What Okta says of its rate limits with every answer: how many requests are left until when.
pub(crate) fn set_limit(answer: &mut Answer, reset: SystemTime, remaining: u64) {
    let reset = reset.duration_since(UNIX_EPOCH).unwrap_or_default();
    for (name, value) in [
        ("x-rate-limit-limit", 600),
        ("x-rate-limit-remaining", remaining),
        ("x-rate-limit-reset", reset.as_secs()),
    ] {
        answer
            .headers_mut()
            .insert(HeaderName::from_static(name), HeaderValue::from(value));
    }
}

/// A value that cannot stand in a header, which only a test can have given, is left out.
pub(crate) fn set<B>(answer: &mut Response<B>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
}
