//! The caller's claims as an extractor.

use std::{
    any::type_name,
    fmt,
    future::{Future, ready},
    ops::Deref,
};

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;
use okta_tower::{AuthError, Misconfigured, NoExtra, Verified, auth};

use crate::Rejection;

/// The caller's claims: the core claims by dereference, custom claims by `extra()`.
///
/// All methods of [`okta_tower::Claims`] and [`okta_tower::Verified`] are available. Cloning is
/// cheap. Values cannot be constructed elsewhere: every one comes from a token or session that
/// passed all checks.
///
/// | outcome of the layer | `Claims<C>` | `Option<Claims<C>>` |
/// |---|---|---|
/// | authenticated caller | the claims | `Some` |
/// | anonymous caller, admitted | 401 with a challenge | `None` |
/// | invalid credentials | rejected by the layer | rejected by the layer |
/// | no layer | 500 | 500 |
/// | layer with another type than `C` | 500 | 500 |
///
/// Both 500s are misconfigurations: the log has the remedy at level ERROR, and the response has no
/// details. `C` is the type of the layer's `.claims::<C>()`. Plain `Claims` always works.
///
/// ```
/// use okta_tower_axum::Claims;
///
/// #[derive(serde::Deserialize)]
/// struct Employee {
///     department: String,
/// }
///
/// async fn me(user: Claims<Employee>) -> String {
///     format!("{} of {}", user.subject(), user.extra().department)
/// }
///
/// async fn greeting(user: Option<Claims>) -> String {
///     user.map_or("Hello, guest".into(), |user| format!("Hello, {}", user.subject()))
/// }
/// # let _: axum::Router = axum::Router::new()
/// #     .route("/me", axum::routing::get(me)).route("/", axum::routing::get(greeting));
/// ```
///
/// In a unit test, call a handler with the claims of a token that a test issuer has signed:
/// `me(okta.verify_as::<Employee>(&token).await?.into())`, or with a session's.
///
/// # Security
/// To recognize the same user again, use (`identity_issuer()`, `user_id()`), never `subject()`: see
/// [`okta_tower::Verified`].
pub struct Claims<C = NoExtra>(okta_tower::Claims<C>);

impl<C> Claims<C> {
    /// Returns the claims as the type of `okta-tower`, for code that should not depend on Axum.
    #[must_use]
    pub fn into_inner(self) -> okta_tower::Claims<C> {
        self.0
    }
}

impl<C: Send + Sync + 'static> Claims<C> {
    fn of(verified: &Verified) -> Result<Self, AuthError> {
        let typed = verified.typed().map(Self);
        typed.ok_or_else(|| Misconfigured::WrongClaimsType.into())
    }
}

impl<S, C: Send + Sync + 'static> FromRequestParts<S> for Claims<C> {
    type Rejection = Rejection;

    fn from_request_parts(
        parts: &mut Parts,
        _: &S,
    ) -> impl Future<Output = Result<Self, Rejection>> + Send {
        let claims = auth::require_caller(&parts.extensions).and_then(Self::of);
        ready(claims.map_err(|error| refuse::<C>(error, parts)))
    }
}

/// `None` means an anonymous caller. Errors are still rejections, never `None`.
impl<S, C: Send + Sync + 'static> OptionalFromRequestParts<S> for Claims<C> {
    type Rejection = Rejection;

    fn from_request_parts(
        parts: &mut Parts,
        _: &S,
    ) -> impl Future<Output = Result<Option<Self>, Rejection>> + Send {
        let caller = auth::caller(&parts.extensions);
        let claims = caller.and_then(|caller| caller.map(Self::of).transpose());
        ready(claims.map_err(|error| refuse::<C>(error, parts)))
    }
}

fn refuse<C>(error: AuthError, parts: &Parts) -> Rejection {
    Rejection::by(type_name::<Claims<C>>(), auth::Rejected::new(error), parts)
}

impl<C> Deref for Claims<C> {
    type Target = okta_tower::Claims<C>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// For calls of a handler, as in a unit test: the claims of
/// [`Okta::verify_as`](okta_tower::Okta::verify_as).
impl<C> From<okta_tower::Claims<C>> for Claims<C> {
    fn from(claims: okta_tower::Claims<C>) -> Self {
        Self(claims)
    }
}

impl<C> From<Claims<C>> for okta_tower::Claims<C> {
    fn from(claims: Claims<C>) -> Self {
        claims.0
    }
}

impl<C> Clone for Claims<C> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// Prints nothing from the token.
impl<C> fmt::Debug for Claims<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
