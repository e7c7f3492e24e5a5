//! Guards: extractors that prove that the caller meets a requirement.

use std::{
    any::type_name,
    fmt,
    future::{Future, ready},
    marker::PhantomData,
    ops::Deref,
};

use axum_core::extract::FromRequestParts;
use http::request::Parts;
use okta_tower::{
    AuthError, Misconfigured, Require, Verified,
    auth::{self, Rejected},
};

use crate::{HasScope, InGroup, Rejection, Requirement};

/// Proves that the caller is in the group `G`: `async fn admin(_: RequireGroup<Admins>)`. See
/// [`Guard`].
pub type RequireGroup<G> = Guard<InGroup<G>>;

/// Proves that the caller has the scope `S`: `async fn reports(_: RequireScope<ReportsRead>)`. See
/// [`Guard`].
pub type RequireScope<S> = Guard<HasScope<S>>;

/// Proves that the caller meets the requirement `R`. A handler with this argument runs for no other
/// caller.
///
/// It dereferences to [`okta_tower::Verified`], the core claims. Custom claims are not available.
///
/// | outcome | response |
/// |---|---|
/// | authenticated caller who meets `R` | the handler's |
/// | authenticated caller who does not | 403, without group names; if only scopes are missing, with the challenge `insufficient_scope` |
/// | anonymous caller, admitted | 401 with a challenge |
/// | no layer | 500; the log has the remedy |
///
/// ```
/// use okta_tower_axum::{AllOf, AnyOf, Guard, RequireGroup, group, scope};
///
/// group!(Admins = "admin", Auditors = "audit");
/// scope!(ReportsRead = "reports:read");
///
/// async fn admin(_: RequireGroup<Admins>) -> &'static str {
///     "managed"
/// }
///
/// // An alias names a combination.
/// type MayRead = Guard<AllOf<(ReportsRead, AnyOf<(Admins, Auditors)>)>>;
///
/// async fn reports(reader: MayRead) -> String {
///     format!("for {}", reader.subject())
/// }
/// # let _: axum::Router = axum::Router::new()
/// #     .route("/admin", axum::routing::get(admin))
/// #     .route("/reports", axum::routing::get(reports));
/// ```
///
/// `Option<Guard<R>>` is not an extractor, because `None` would mean both "not allowed" and
/// "anonymous". A handler for both takes `Result<Guard<R>, Rejection>`, or checks
/// [`Claims`](crate::Claims).
// The bound is on the type, so that a wrong marker is a clear error at the handler's signature, not
// an unmet bound of Axum's `Handler` at the route.
pub struct Guard<R: Requirement> {
    verified: Verified,
    requirement: PhantomData<fn() -> R>,
}

impl<R: Requirement> Guard<R> {
    /// Returns the caller's core claims.
    #[must_use]
    pub fn verified(&self) -> &Verified {
        &self.verified
    }

    /// Returns the caller's core claims, for code that should not depend on Axum.
    #[must_use]
    pub fn into_verified(self) -> Verified {
        self.verified
    }

    /// Returns the proof for this caller, as for calls of a handler in a unit test.
    ///
    /// # Errors
    /// [`Forbidden`](okta_tower::AuthErrorKind::Forbidden) if the caller does not meet `R`.
    pub fn admit(caller: &Verified) -> Result<Self, AuthError> {
        if !R::is_met_by(caller) {
            return Err(why::<R>(caller));
        }
        Ok(Self {
            verified: caller.clone(),
            requirement: PhantomData,
        })
    }
}

/// Returns the reason to reject this caller. If the requirement's value contradicts its check, the
/// caller is still rejected.
fn why<R: Requirement>(caller: &Verified) -> AuthError {
    let own = R::require().check(caller);
    match own.and_then(|()| Require::predicate(|_| false).check(caller)) {
        Err(denied) => denied.into(),
        // Unreachable, because the predicate is always false. Reject nevertheless.
        Ok(()) => Misconfigured::LayerMissing.into(),
    }
}

impl<S, R: Requirement> FromRequestParts<S> for Guard<R> {
    type Rejection = Rejection;

    fn from_request_parts(
        parts: &mut Parts,
        _: &S,
    ) -> impl Future<Output = Result<Self, Rejection>> + Send {
        let guard = auth::require_caller(&parts.extensions).and_then(Self::admit);
        ready(guard.map_err(|error| {
            let rejected = Rejected::new(error).with_required(R::require());
            Rejection::by(type_name::<Self>(), rejected, parts)
        }))
    }
}

impl<R: Requirement> Deref for Guard<R> {
    type Target = Verified;

    fn deref(&self) -> &Verified {
        &self.verified
    }
}

impl<R: Requirement> Clone for Guard<R> {
    fn clone(&self) -> Self {
        Self {
            verified: self.verified.clone(),
            requirement: PhantomData,
        }
    }
}

/// Prints nothing from the token.
impl<R: Requirement> fmt::Debug for Guard<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard")
            .field("verified", &self.verified)
            .finish_non_exhaustive()
    }
}
