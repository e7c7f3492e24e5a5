//! The session of a person who signed in with a browser, as a handler's argument. Feature `sign-in`.

use std::{
    any::type_name,
    fmt,
    future::{Future, ready},
    ops::Deref,
};

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;
use okta_tower::{AuthError, NoExtra, auth};

use crate::Rejection;

/// The caller's session: everything that [`okta_tower::session::Session`] offers, and by dereference the claims. Feature
/// `sign-in`.
///
/// For handlers that need the session itself: its access token, the application's own data, `refresh_now()`. Where the caller
/// alone matters take [`Claims`](crate::Claims), which serves people with a cookie and programs with a token alike.
///
/// | what the layer found | `Session<C>` | `Option<Session<C>>` |
/// |---|---|---|
/// | a good session cookie | the session | `Some` |
/// | a good bearer token | 401: there is no session | `None` |
/// | no credentials, and let them pass | 401, which the layer makes a 302 to the sign-in for a person who opens a page | `None` |
/// | a session that has ended | refused by the layer before the handler; behind `.optional()` as no credentials | refused by the layer before the handler; behind `.optional()` `None` |
/// | a bad token | refused by the layer before the handler | refused by the layer before the handler |
/// | no layer at all, or another type than `C` | 500 | 500 |
///
/// A page for everybody, with something more for those who are signed in, takes `Option<Session>` behind
/// `okta.layer().optional()`.
///
/// ```
/// use okta_tower_axum::{Rejection, Session};
///
/// async fn checkout(session: Session, headers: http::HeaderMap) -> Result<String, Rejection> {
///     // Somebody who was locked out a minute ago is noticed here.
///     let session = session.refresh_now().await.map_err(|error| Rejection::new(error, &headers))?;
///     Ok(format!("for {}", session.subject()))
/// }
///
/// async fn greeting(session: Option<Session>) -> String {
///     session.map_or("Hello, stranger".into(), |session| format!("Hello, {}", session.subject()))
/// }
/// # let _: axum::Router = axum::Router::new()
/// #     .route("/checkout", axum::routing::post(checkout)).route("/", axum::routing::get(greeting));
/// ```
pub struct Session<C = NoExtra>(okta_tower::session::Session<C>);

impl<C> Session<C> {
    /// The same session as the framework-free crate knows it, for code that should not depend on Axum.
    #[must_use]
    pub fn into_inner(self) -> okta_tower::session::Session<C> {
        self.0
    }
}

impl<S, C: Send + Sync + 'static> FromRequestParts<S> for Session<C> {
    type Rejection = Rejection;

    fn from_request_parts(
        parts: &mut Parts,
        _: &S,
    ) -> impl Future<Output = Result<Self, Rejection>> + Send {
        let session = auth::require_session(&parts.extensions).map(Self);
        ready(session.map_err(|error| refuse::<C>(error, parts)))
    }
}

/// `None` means that nobody is signed in with a browser. Whatever is wrong is still an answer of its own, never `None`.
impl<S, C: Send + Sync + 'static> OptionalFromRequestParts<S> for Session<C> {
    type Rejection = Rejection;

    fn from_request_parts(
        parts: &mut Parts,
        _: &S,
    ) -> impl Future<Output = Result<Option<Self>, Rejection>> + Send {
        let session = auth::session(&parts.extensions).map(|session| session.map(Self));
        ready(session.map_err(|error| refuse::<C>(error, parts)))
    }
}

fn refuse<C>(error: AuthError, parts: &Parts) -> Rejection {
    Rejection::by(type_name::<Session<C>>(), error, &parts.headers)
}

impl<C> Deref for Session<C> {
    type Target = okta_tower::session::Session<C>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<C> From<Session<C>> for okta_tower::session::Session<C> {
    fn from(session: Session<C>) -> Self {
        session.0
    }
}

impl<C> Clone for Session<C> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// Prints nothing of the person.
impl<C> fmt::Debug for Session<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
