//! A refusal as a rejection, and `recover`.

use std::convert::Infallible;

use http::{HeaderMap, HeaderValue, StatusCode, header};
use okta_tower::{AuthError, auth::Refusal};
use serde_json::json;
use warp::{
    Rejection, Reply,
    reject::{self, MethodNotAllowed, Reject},
    reply::{self, Response},
};

/// A caller who is refused by a filter or a handler.
#[derive(Debug)]
pub(crate) struct Refused(AuthError);

impl Reject for Refused {}

impl Refused {
    pub(crate) fn because(error: impl Into<AuthError>) -> Rejection {
        reject::custom(Self(error.into()))
    }
}

/// What the routes would not answer. The layer's refusals do not come by here: it has answered them itself.
pub(crate) async fn refused(rejection: Rejection) -> Result<Response, Infallible> {
    // First, as other routes have rejected the request as not theirs.
    if let Some(Refused(error)) = rejection.find() {
        return Ok(as_the_layer_says_it(error));
    }
    let (status, title) = if rejection.is_not_found() {
        (StatusCode::NOT_FOUND, "There is nothing here")
    } else if rejection.find::<MethodNotAllowed>().is_some() {
        (StatusCode::METHOD_NOT_ALLOWED, "Not in this way")
    } else {
        (StatusCode::INTERNAL_SERVER_ERROR, "Internal error")
    };
    let body = reply::json(&json!({ "title": title }));
    Ok(reply::with_status(body, status).into_response())
}

/// Status, challenge and body. With the reason in the extensions the layer counts it too.
fn as_the_layer_says_it(error: &AuthError) -> Response {
    let refusal = Refusal::of(error, &HeaderMap::new());
    let mut response = refusal.response(refusal.problem().into());
    let problem = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(header::CONTENT_TYPE, problem);
    response.extensions_mut().insert(error.clone());
    response
}
