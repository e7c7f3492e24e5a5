//! What an extractor answers instead of running the handler.

use std::{error::Error, fmt};

use axum_core::response::{IntoResponse, Response};
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{CONTENT_TYPE, VARY},
};
use okta_tower::{AuthError, AuthErrorKind, auth::Refusal};

use crate::{accept::Body, telemetry};

/// Why an extractor refused, on its way to becoming a response.
///
/// Status and challenge are those of the outcome table in [`okta_tower::auth`]. The body is what the request's `Accept`
/// prefers: `application/problem+json` (RFC 9457; also for `application/json` and where nothing is preferred), one line
/// of `text/plain` (also for `text/html`), or nothing if neither is accepted. gRPC is answered in its own way, with headers
/// alone. The [`AuthError`] stands in the response's extensions.
///
/// Take `Result<_, Rejection>` as the argument to decide in the handler, and return one from handlers that check for
/// themselves:
///
/// ```
/// use axum::extract::Path;
/// use http::HeaderMap;
/// use okta_tower::Require;
/// use okta_tower_axum::{Claims, Rejection};
///
/// async fn branch(user: Claims, Path(id): Path<String>, headers: HeaderMap) -> Result<String, Rejection> {
///     Require::group(format!("branch-{id}"))
///         .check(&user)
///         .map_err(|denied| Rejection::new(denied, &headers))?;
///     Ok(format!("branch {id}"))
/// }
/// # let _: axum::Router = axum::Router::new().route("/branch/{id}", axum::routing::get(branch));
/// ```
///
/// # Security
/// The response says no more than the RFCs ask for: neither the reason nor a group's name. `Display`, `Debug` and the
/// sources are for logs; they hold nothing from the token either.
#[derive(Clone)]
#[must_use = "a rejection refuses nothing until it is returned"]
pub struct Rejection {
    error: AuthError,
    form: Form,
}

/// How to say it: what is remembered of the request's headers.
#[derive(Clone)]
enum Form {
    Http(Body),
    /// The request's content type, shared and not copied: gRPC is answered in the same one.
    Grpc(HeaderValue),
}

impl Rejection {
    /// The rejection of a request with these headers, for handlers and extractors of your own. Of the headers, only
    /// the form of the answer is kept.
    ///
    /// A mistake of the program ([`AuthErrorKind::Misconfigured`]) is logged here and now, others when they become a
    /// response.
    pub fn new(error: impl Into<AuthError>, headers: &HeaderMap) -> Self {
        Self::by("", error.into(), headers)
    }

    /// The same, by an extractor whose name helps the developer to find it.
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

    /// Why, with its typed causes.
    #[must_use]
    pub const fn error(&self) -> &AuthError {
        &self.error
    }

    /// Which row of the outcome table applies.
    #[must_use]
    pub const fn kind(&self) -> AuthErrorKind {
        self.error.kind()
    }

    /// A stable code for the exact reason, such as `group` or `layer_missing`. For logs and metrics: it says more than a
    /// caller should be told.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        self.error.reason()
    }

    /// The status of the answer in plain HTTP. (gRPC's is 200 with the status in a header of its own.)
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

/// Prints nothing of the request.
impl fmt::Debug for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rejection")
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

impl Error for Rejection {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        // The `AuthError` itself is displayed above; its cause is what comes next.
        self.error.source()
    }
}
