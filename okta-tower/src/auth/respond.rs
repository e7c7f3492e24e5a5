//! Who writes the response to a rejected request.

use std::fmt;

use http::{
    HeaderValue, Response,
    header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE},
};

use super::Refusal;

/// Makes the response to a rejected request. Given to a layer with
/// [`AuthLayer::responder`](super::AuthLayer::responder).
///
/// Start from [`Refusal::response`], which sets the status and the headers of the protocol.
///
/// ```
/// use http::Response;
/// use okta_tower::auth::{Refusal, Responder};
///
/// #[derive(Clone)]
/// struct Page;
///
/// impl Responder<String> for Page {
///     fn respond(&self, refusal: &Refusal<'_>) -> Response<String> {
///         let body = if refusal.is_grpc() { "" } else { "<h1>Sorry</h1>" };
///         refusal.response(body.to_owned())
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot make a response with body `{B}`",
    label = "the response body inside the layer is `{B}`",
    note = "the default responder and guards need a response body that implements `Default`: put \
            layers that change the body, such as `TraceLayer`, outside of `okta.layer()`",
    note = "or turn the body into one that does, by `tower_http::map_response_body::\
            MapResponseBodyLayer` directly inside of the layer (`axum::body::Body::new`, \
            `tonic::body::Body::new`)",
    note = "or make the body yourself: `okta.layer().responder(okta_tower::auth::WithBody(..))`"
)]
pub trait Responder<B> {
    /// Makes the response. The layer adds the [`AuthError`](crate::AuthError) and the
    /// [`Rejected`](super::Rejected) marker to its extensions.
    fn respond(&self, refusal: &Refusal<'_>) -> Response<B>;

    /// Makes the response in place of `inner`, which a guard, an extractor or a handler inside the
    /// layer has made for the same rejection. Ignores `inner` unless implemented.
    fn respond_over(&self, refusal: &Refusal<'_>, inner: Response<B>) -> Response<B> {
        drop(inner);
        self.respond(refusal)
    }
}

/// A closure or function is a responder.
///
/// ```
/// use http::Response;
/// use okta_tower::{Okta, auth::Refusal};
///
/// fn with_path(okta: &Okta) {
///     let layer = okta.layer().responder(|refusal: &Refusal<'_>| -> Response<String> {
///         refusal.response(format!("no access to {}", refusal.uri().path()))
///     });
/// #   let _ = layer;
/// }
/// ```
#[diagnostic::do_not_recommend]
impl<B, F: Fn(&Refusal<'_>) -> Response<B>> Responder<B> for F {
    fn respond(&self, refusal: &Refusal<'_>) -> Response<B> {
        self(refusal)
    }
}

/// Responds with status, headers and an empty body: all that the bodies of Axum, Tonic and Warp
/// have in common. The default.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct EmptyBody;

// Without this, the compiler's error names `Default` alone, and no remedy.
#[diagnostic::do_not_recommend]
impl<B: Default> Responder<B> for EmptyBody {
    fn respond(&self, refusal: &Refusal<'_>) -> Response<B> {
        refusal.response(B::default())
    }

    /// Keeps the body that the inner service has made for this rejection, with what describes it.
    /// A response of another status has a body that the client must not see.
    fn respond_over(&self, refusal: &Refusal<'_>, inner: Response<B>) -> Response<B> {
        if refusal.is_grpc() || inner.status() != refusal.status() {
            return self.respond(refusal);
        }
        let (inner, body) = inner.into_parts();
        let mut response = refusal.response(body);
        for name in [CONTENT_TYPE, CONTENT_LENGTH, CONTENT_ENCODING] {
            if let Some(value) = inner.headers.get(&name) {
                response.headers_mut().insert(name, value.clone());
            }
        }
        response
    }
}

/// Responds with `application/problem+json` (RFC 9457), and gRPC with an empty body.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Problem;

impl Problem {
    /// Returns the responder.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

#[diagnostic::do_not_recommend]
impl<B: From<Vec<u8>>> Responder<B> for Problem {
    fn respond(&self, refusal: &Refusal<'_>) -> Response<B> {
        if refusal.is_grpc() {
            return refusal.response(B::from(Vec::new()));
        }
        let mut response = refusal.response(B::from(refusal.problem().into_bytes()));
        let problem_json = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(CONTENT_TYPE, problem_json);
        response
    }
}

/// Responds with status, headers and a body that your function makes: for bodies that are neither
/// `Default` nor made from bytes. gRPC requires an empty body.
#[derive(Clone, Copy)]
#[allow(
    clippy::exhaustive_structs,
    reason = "a tuple of one function, and nothing will join it"
)]
pub struct WithBody<B>(pub fn() -> B);

impl<B> Responder<B> for WithBody<B> {
    fn respond(&self, refusal: &Refusal<'_>) -> Response<B> {
        refusal.response((self.0)())
    }
}

impl<B> fmt::Debug for WithBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WithBody(..)")
    }
}
