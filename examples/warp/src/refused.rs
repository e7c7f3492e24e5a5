//! Authentication errors as Warp rejections, and `recover`.

use std::convert::Infallible;

use http::{HeaderMap, HeaderValue, StatusCode, header};
use okta_tower::{AuthError, auth::Refusal};
use serde_json::json;
use warp::{
    Rejection, Reply,
    reject::{self, MethodNotAllowed, Reject},
    reply::{self, Response},
};

/// An authentication or authorization error of a filter or handler, as a Warp rejection.
#[derive(Debug)]
pub(crate) struct Refused(AuthError);

impl Reject for Refused {}

impl Refused {
    pub(crate) fn because(error: impl Into<AuthError>) -> Rejection {
        reject::custom(Self(error.into()))
    }
}

/// Responds to rejections of the routes. Rejections by the layer never get here, because the layer
/// responds itself.
pub(crate) async fn refused(rejection: Rejection) -> Result<Response, Infallible> {
    // Check this one first: other routes have also rejected the request, as not theirs.
    if let Some(Refused(error)) = rejection.find() {
        return Ok(response_of(error));
    }
    let (status, title) = if rejection.is_not_found() {
        (StatusCode::NOT_FOUND, "Not found")
    } else if rejection.find::<MethodNotAllowed>().is_some() {
        (StatusCode::METHOD_NOT_ALLOWED, "Method not allowed")
    } else {
        (StatusCode::INTERNAL_SERVER_ERROR, "Internal error")
    };
    let body = reply::json(&json!({ "title": title }));
    Ok(reply::with_status(body, status).into_response())
}

/// Returns a response with a marker, which the layer around the filters writes.
fn response_of(error: &AuthError) -> Response {
    Rejected::new(error.clone()).response()
}
