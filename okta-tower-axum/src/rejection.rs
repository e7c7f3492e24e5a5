//! The response of an extractor that rejects a request.

use std::{error::Error, fmt};

use axum_core::response::{IntoResponse, Response};
use http::{
    HeaderValue, StatusCode,
    header::{CONTENT_TYPE, VARY},
    request::Parts,
};
use okta_tower::{
    AuthError, AuthErrorKind,
    auth::{self, Refusal, Rejected, RequestHead},
};

use crate::{accept::Body, telemetry};

/// The reason why an extractor rejected a request, which becomes the response.
///
/// The layer around the extractor writes the response, with its realm and its responder. With the
/// default responder, the body keeps the form that the request's `Accept` prefers:
///
/// - `application/problem+json` (RFC 9457), also for `application/json` and by default,
/// - one line of `text/plain`, also for `text/html`,
/// - none if the request accepts neither.
///
/// Responses to gRPC requests consist only of headers. The [`AuthError`] and the
/// [`Rejected`] marker are in the response's extensions.
///
/// Take `Result<_, Rejection>` as the argument to decide in the handler. Return a `Rejection` from
/// handlers that check the caller themselves:
///
/// ```
/// use axum::extract::Path;
/// use http::request::Parts;
/// use okta_tower::Require;
/// use okta_tower_axum::{Claims, Rejection};
///
/// async fn branch(
///     user: Claims,
///     Path(id): Path<String>,
///     request: Parts,
/// ) -> Result<String, Rejection> {
///     Require::group(format!("branch-{id}"))
///         .check(&user)
///         .map_err(|denied| Rejection::new(denied, &request))?;
///     Ok(format!("branch {id}"))
/// }
/// # let _: axum::Router = axum::Router::new()
/// #     .route("/branch/{id}", axum::routing::get(branch));
/// ```
///
/// # Security
/// The response contains no more than the RFCs require: neither the reason nor a group's name.
/// `Display`, `Debug` and the sources are for logs. They contain nothing from the token.
#[derive(Clone)]
#[must_use = "a rejection has no effect until it is returned"]
pub struct Rejection {
    // Boxed: a handler's `Result` should not grow by a request's head.
    refusal: Box<Refusal<'static>>,
    body: Body,
}

impl Rejection {
    /// Creates the rejection of this request, for your own handlers and extractors.
    ///
    /// A misconfiguration ([`AuthErrorKind::Misconfigured`]) is logged here. Other errors are
    /// logged by the layer that writes the response.
    pub fn new(error: impl Into<AuthError>, request: &Parts) -> Self {
        Self::by("", Rejected::new(error), request)
    }

    /// Creates the rejection of an extractor, whose name appears in the log.
    pub(crate) fn by(extractor: &'static str, rejected: Rejected, request: &Parts) -> Self {
        if rejected.error().kind() == AuthErrorKind::Misconfigured {
            telemetry::misconfigured(rejected.error(), extractor);
        }
        let caller = auth::caller(&request.extensions).ok().flatten().cloned();
        let rejected = rejected.with_caller(caller);
        let head = RequestHead::of_parts(request);
        Self {
            refusal: Box::new(Refusal::of_rejected(rejected, head)),
            body: Body::preferred(&request.headers),
        }
    }

    /// Returns the error with its typed causes.
    #[must_use]
    pub fn error(&self) -> &AuthError {
        self.refusal.error()
    }

    /// Returns the row of the outcome table.
    #[must_use]
    pub fn kind(&self) -> AuthErrorKind {
        self.error().kind()
    }

    /// Returns a stable code for the exact reason, such as `group` or `layer_missing`. For logs and
    /// metrics only, because it reveals more than a response should.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        self.error().reason()
    }

    /// Returns the status of the response in plain HTTP. For gRPC the status is 200, and a header
    /// has the gRPC status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.refusal.status()
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        if self.refusal.is_grpc() {
            return self.refusal.response(axum_core::body::Body::empty());
        }
        let (content_type, text) = match self.body {
            Body::Problem => ("application/problem+json", self.refusal.problem()),
            Body::Text => {
                let (_, sentence) = self.refusal.grpc_status();
                ("text/plain; charset=utf-8", format!("{sentence}\n"))
            }
            Body::Empty => ("", String::new()),
        };
        let mut response = self.refusal.response(text.into());
        let headers = response.headers_mut();
        headers.insert(VARY, HeaderValue::from_static("accept"));
        if !content_type.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        response
    }
}

impl From<Rejection> for AuthError {
    fn from(rejection: Rejection) -> Self {
        rejection.error().clone()
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error().fmt(f)
    }
}

/// Prints nothing from the request.
impl fmt::Debug for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rejection")
            .field("error", self.error())
            .finish_non_exhaustive()
    }
}

impl Error for Rejection {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        // `Display` already prints the `AuthError`, so its source is the next one.
        self.error().source()
    }
}
