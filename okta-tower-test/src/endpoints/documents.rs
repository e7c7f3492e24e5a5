//! Metadata and key set, with the headers for caching and validation.

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};

use super::conditional;
use crate::{
    response::{Response, set},
    state::{documents::ServedDocument, traffic::Traffic},
};

/// Returns the document, or 304 if the client has this version.
pub(crate) fn handle(traffic: &Traffic, served: &ServedDocument, headers: &HeaderMap) -> Response {
    let mut response = whole(served);
    if served.validators && conditional::is_current(headers, &served.etag, served.changed) {
        traffic.note_not_modified(served.endpoint);
        response.headers_mut().remove(header::CONTENT_TYPE);
        *response.body_mut() = Bytes::new();
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    response
}

/// Returns the document with its validators and `Cache-Control`.
pub(crate) fn whole(served: &ServedDocument) -> Response {
    let mut response = Response::new(served.text.clone());
    set(&mut response, header::CONTENT_TYPE, "application/json");
    if let Some(cache_control) = &served.cache_control {
        set(&mut response, header::CACHE_CONTROL, cache_control);
    }
    if served.validators {
        set(&mut response, header::ETAG, &served.etag);
        let changed = conditional::http_date(served.changed);
        set(&mut response, header::LAST_MODIFIED, &changed);
    }
    response
}
