//! What a rejection leaves in the response's extensions.

use http::Response;

use super::caching;
use crate::{
    base::telemetry,
    claims::Verified,
    error::{AuthError, AuthErrorKind},
    rules::Require,
};

/// The marker that a rejection leaves in a response's extensions.
///
/// Guards, extractors and your own code leave one; the first [`AuthLayer`](super::AuthLayer)
/// around them writes status, challenge and body with its realm and its
/// [`Responder`](super::Responder), and counts and logs the rejection. Layers outside of that one
/// can read the marker, for example to audit who was rejected and what was required.
///
/// ```
/// use http::Response;
/// use okta_tower::{Require, Verified, auth::Rejected};
///
/// /// A handler that rejects callers from outside of a branch.
/// fn branch(caller: &Verified, id: &str) -> Response<String> {
///     let required = Require::group(format!("branch-{id}"));
///     match required.check(caller) {
///         Ok(()) => Response::new(format!("branch {id}")),
///         Err(denied) => Rejected::new(denied)
///             .with_caller(caller.clone())
///             .with_required(required)
///             .response(),
///     }
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Rejected {
    error: AuthError,
    caller: Option<Verified>,
    required: Option<Require>,
    is_rendered: bool,
}

impl Rejected {
    /// Creates the marker of a rejection for this reason.
    #[must_use]
    pub fn new(error: impl Into<AuthError>) -> Self {
        Self {
            error: error.into(),
            caller: None,
            required: None,
            is_rendered: false,
        }
    }

    /// Adds the authenticated caller.
    #[must_use]
    pub fn with_caller(mut self, caller: impl Into<Option<Verified>>) -> Self {
        self.caller = caller.into();
        self
    }

    /// Adds what was required of the caller.
    #[must_use]
    pub fn with_required(mut self, required: impl Into<Option<Require>>) -> Self {
        self.required = required.into();
        self
    }

    /// Returns a response with this marker: the status for plain HTTP and an empty body, until the
    /// layer around the service writes it. A misconfiguration is logged here.
    #[must_use]
    pub fn response<B: Default>(self) -> Response<B> {
        if self.error.kind() == AuthErrorKind::Misconfigured {
            telemetry::refused(&self.error);
        }
        let mut response = Response::new(B::default());
        *response.status_mut() = self.error.status();
        caching::forbid(response.headers_mut());
        response.extensions_mut().insert(self.error.clone());
        response.extensions_mut().insert(self.rendered(false));
        response
    }

    /// Returns the reason of the rejection.
    ///
    /// # Security
    /// The reason reveals more than a response should.
    #[must_use]
    pub const fn error(&self) -> &AuthError {
        &self.error
    }

    /// Returns the rejected caller, if the request was authenticated.
    #[must_use]
    pub const fn caller(&self) -> Option<&Verified> {
        self.caller.as_ref()
    }

    /// Returns what was required, if a rule or guard rejected the caller.
    #[must_use]
    pub const fn required(&self) -> Option<&Require> {
        self.required.as_ref()
    }

    /// Whether a layer has written, counted and logged this rejection.
    pub(super) const fn is_rendered(&self) -> bool {
        self.is_rendered
    }

    /// Marks the rejection as written, or as not written yet. Layers around a written one leave the
    /// response as it is.
    pub(super) fn rendered(mut self, is_rendered: bool) -> Self {
        self.is_rendered = is_rendered;
        self
    }
}
