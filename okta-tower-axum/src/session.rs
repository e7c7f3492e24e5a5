//! The session of a user who signed in with a browser, as an extractor. Feature `sign-in`.

use std::{
    any::type_name,
    fmt,
    future::{Future, ready},
    ops::Deref,
};

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;
use okta_tower::{AuthError, NoExtra, auth, session};

use crate::{Claims, Rejection};

/// The caller's session, with all methods of [`okta_tower::session::Session`], and the claims by
/// dereference. Feature `sign-in`.
///
/// Use it for the session's access token, the application's data in the session, or
/// `refresh_now()`. If only the caller matters, use [`Claims`], which also accepts
/// tokens.
///
/// | outcome of the layer | `Session<C>` | `Option<Session<C>>` |
/// |---|---|---|
/// | valid session cookie | the session | `Some` |
/// | valid bearer token | 401: there is no session | `None` |
/// | anonymous caller, admitted | 401; for a page load the layer turns it into a redirect to sign-in | `None` |
/// | expired or ended session | rejected by the layer; with `.optional()` as anonymous | rejected by the layer; with `.optional()` `None` |
/// | invalid token | rejected by the layer | rejected by the layer |
/// | no layer, or a layer with another type than `C` | 500 | 500 |
///
/// A public page with additional content for signed-in users takes `Option<Session>` behind
/// `okta.layer().optional()`.
///
/// ```
/// use http::request::Parts;
/// use okta_tower_axum::{Rejection, Session};
///
/// async fn checkout(session: Session, request: Parts) -> Result<String, Rejection> {
///     // Fails if Okta has suspended the user since the last refresh.
///     let session = session.refresh_now().await;
///     let session = session.map_err(|error| Rejection::new(error, &request))?;
///     Ok(format!("for {}", session.subject()))
/// }
///
/// async fn greeting(session: Option<Session>) -> String {
///     session.map_or("Hello, guest".into(), |session| format!("Hello, {}", session.subject()))
/// }
/// # let _: axum::Router = axum::Router::new()
/// #     .route("/checkout", axum::routing::post(checkout))
/// #     .route("/", axum::routing::get(greeting));
/// ```
pub struct Session<C = NoExtra>(session::Session<C>);

impl<C> Session<C> {
    /// Returns the session as the type of `okta-tower`, for code that should not depend on Axum.
    #[must_use]
    pub fn into_inner(self) -> session::Session<C> {
        self.0
    }
}

impl<S, C: Send + Sync + 'static> FromRequestParts<S> for Session<C> {
    type Rejection = Rejection;

    fn from_request_parts(
        parts: &mut Parts,
        _: &S,
    ) -> impl Future<Output = Result<Self, Rejection>> + Send {
        let session = session::require_session(&parts.extensions).map(Self);
        ready(session.map_err(|error| refuse::<C>(error, parts)))
    }
}

/// `None` means a caller without a session. Errors are still rejections, never `None`.
impl<S, C: Send + Sync + 'static> OptionalFromRequestParts<S> for Session<C> {
    type Rejection = Rejection;

    fn from_request_parts(
        parts: &mut Parts,
        _: &S,
    ) -> impl Future<Output = Result<Option<Self>, Rejection>> + Send {
        let session = session::session(&parts.extensions).map(|session| session.map(Self));
        ready(session.map_err(|error| refuse::<C>(error, parts)))
    }
}

fn refuse<C>(error: AuthError, parts: &Parts) -> Rejection {
    Rejection::by(type_name::<Session<C>>(), auth::Rejected::new(error), parts)
}

impl<C> Deref for Session<C> {
    type Target = session::Session<C>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// For calls of a handler, as in a unit test: the session of
/// [`Okta::session_as`](okta_tower::Okta::session_as).
impl<C> From<session::Session<C>> for Session<C> {
    fn from(session: session::Session<C>) -> Self {
        Self(session)
    }
}

/// The claims of a session, for handlers that take [`Claims`].
impl<C> From<session::Session<C>> for Claims<C> {
    fn from(session: session::Session<C>) -> Self {
        session.claims().clone().into()
    }
}

impl<C> From<Session<C>> for session::Session<C> {
    fn from(session: Session<C>) -> Self {
        session.0
    }
}

impl<C> Clone for Session<C> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// Prints nothing about the user.
impl<C> fmt::Debug for Session<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
