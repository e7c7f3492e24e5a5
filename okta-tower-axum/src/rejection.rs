//! The response of an extractor that rejects a request.

use std::{error::Error, fmt};

use axum_core::response::{IntoResponse, Response};
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{CONTENT_TYPE, VARY},
};
use okta_tower::{AuthError, AuthErrorKind, auth::Refusal};

use crate::{accept::Body, telemetry};

/// The reason why an extractor rejected a request, which becomes the response.
///
/// Status and challenge follow the outcome table in [`okta_tower::auth`]. The body has the form
/// that the request's `Accept` prefers:
///
/// - `application/problem+json` (RFC 9457), also for `application/json` and by default,
/// - one line of `text/plain`, also for `text/html`,
/// - none if the request accepts neither.
///
/// Responses to gRPC requests consist only of headers. The [`AuthError`] is in the response's
/// extensions.
///
/// Take `Result<_, Rejection>` as the argument to decide in the handler. Return a `Rejection` from
/// handlers that check the caller themselves:
///
/// ```
/// use axum::extract::Path;
/// use http::HeaderMap;
/// use okta_tower::Require;
/// use okta_tower_axum::{Claims, Rejection};
///
/// async fn branch(
///     user: Claims,
///     Path(id): Path<String>,
///     headers: HeaderMap,
/// ) -> Result<String, Rejection> {
///     Require::group(format!("branch-{id}"))
///         .check(&user)
///         .map_err(|denied| Rejection::new(denied, &headers))?;
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
    error: AuthError,
    form: Form,
}

/// The form of the response, from the request's headers.
#[derive(Clone)]
enum Form {
    Http(Body),
    /// The request's content type, which the response must repeat. Cloning shares the bytes.
    Grpc(HeaderValue),
}

impl Rejection {
    /// Creates the rejection of a request with these headers, for your own handlers and extractors.
    /// Only the form of the response is kept from the headers.
    ///
    /// A misconfiguration ([`AuthErrorKind::Misconfigured`]) is logged here. Other errors are
    /// logged when they become a response.
    pub fn new(error: impl Into<AuthError>, headers: &HeaderMap) -> Self {
        Self::by("", error.into(), headers)
    }

    /// Creates the rejection of an extractor, whose name appears in the log.
    pub(crate) fn by(extractor: &'static str, error: AuthError, headers: &HeaderMap) -> Self {
        if error.kind() == AuthErrorKind::Misconfigured {
            telemetry::misconfigured(&error, extractor);
        }
        let is_grpc = Refusal::of(&error, headers).is_grpc();
        let form = match headers.get(CONTENT_TYPE) {
            Some(content_type) if is_grpc => Form::Grpc(content_type.clone()),
            _ => Form::Http(Body::preferred(headers)),
        };
        Self { error, form }
    }

    /// Returns the error with its typed causes.
    #[must_use]
    pub const fn error(&self) -> &AuthError {
        &self.error
    }

    /// Returns the row of the outcome table.
    #[must_use]
    pub const fn kind(&self) -> AuthErrorKind {
        self.error.kind()
    }

    /// Returns a stable code for the exact reason, such as `group` or `layer_missing`. For logs and
    /// metrics only, because it reveals more than a response should.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        self.error.reason()
    }

    /// Returns the status of the response in plain HTTP. For gRPC the status is 200, and a header
    /// has the gRPC status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        Refusal::of(&self.error, &HeaderMap::new()).status()
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        telemetry::refused(&self.error);
        let mut response = match self.form {
            Form::Http(form) => respond(&self.error, form),
            Form::Grpc(content_type) => {
                let headers = HeaderMap::from_iter([(CONTENT_TYPE, content_type)]);
                Refusal::of(&self.error, &headers).response(axum_core::body::Body::empty())
            }
        };
        response.extensions_mut().insert(self.error);
        response
    }
}

fn respond(error: &AuthError, form: Body) -> Response {
    let refusal = Refusal::of(error, &HeaderMap::new());
    let (content_type, text) = match form {
        Body::Problem => ("application/problem+json", refusal.problem()),
        Body::Text => {
            let (_, sentence) = refusal.grpc_status();
            ("text/plain; charset=utf-8", format!("{sentence}\n"))
        }
        Body::Empty => ("", String::new()),
    };
    let mut response = refusal.response(text.into());
    let headers = response.headers_mut();
    headers.insert(VARY, HeaderValue::from_static("accept"));
    if !content_type.is_empty() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    response
}

impl From<Rejection> for AuthError {
    fn from(rejection: Rejection) -> Self {
        rejection.error
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

/// Prints nothing from the request.
impl fmt::Debug for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rejection")
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

impl Error for Rejection {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        // `Display` already prints the `AuthError`, so its source is the next one.
        self.error.source()
    }
}
