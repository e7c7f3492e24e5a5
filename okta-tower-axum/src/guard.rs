//! Proof, as a handler's argument, that the caller has what is required.

use std::{
    any::type_name,
    fmt,
    future::{Future, ready},
    marker::PhantomData,
    ops::Deref,
};

use axum_core::extract::FromRequestParts;
use http::request::Parts;
use okta_tower::{AuthError, Misconfigured, Require, Verified, auth};

use crate::{HasScope, InGroup, Rejection, Requirement};

/// Proof that the caller is in the group `G`: `async fn admin(_: RequireGroup<Admins>)`. See [`Guard`].
pub type RequireGroup<G> = Guard<InGroup<G>>;

/// Proof that the caller was granted the scope `S`: `async fn reports(_: RequireScope<ReportsRead>)`. See [`Guard`].
pub type RequireScope<S> = Guard<HasScope<S>>;

/// Proof that the caller has what `R` asks for. A handler with this argument runs for nobody else.
///
/// It dereferences to [`okta_tower::Verified`], the caller's core claims, and knows nothing of the type that the layer
/// was given with `.claims::<C>()`.
///
/// | what the layer found | answer |
/// |---|---|
/// | a caller who has what is required | the handler's |
/// | a caller who has not | 403; with a challenge `insufficient_scope` where scopes alone are lacking; group names are not told |
/// | no credentials, and let them pass | 401 with a challenge |
/// | no layer at all | 500, and the remedy in the log |
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
/// /// A combination is worth a name.
/// type MayRead = Guard<AllOf<(ReportsRead, AnyOf<(Admins, Auditors)>)>>;
///
/// async fn reports(reader: MayRead) -> String {
///     format!("for {}", reader.subject())
/// }
/// # let _: axum::Router = axum::Router::new()
/// #     .route("/admin", axum::routing::get(admin)).route("/reports", axum::routing::get(reports));
/// ```
///
/// `Option<Guard<R>>` is no extractor: "not allowed" would pass for "nobody". Take `Result<Guard<R>, Rejection>` in a
/// handler that serves both, or look into [`Claims`](crate::Claims).
// The bound stands on the type so that a wrong marker is an error at the handler's signature, in plain words, and not at
// the route, as an unmet bound of Axum's `Handler`.
pub struct Guard<R: Requirement> {
    verified: Verified,
    requirement: PhantomData<fn() -> R>,
}

impl<R: Requirement> Guard<R> {
    /// The caller's core claims.
    #[must_use]
    pub fn verified(&self) -> &Verified {
        &self.verified
    }

    /// The caller's core claims, for code that should not depend on Axum.
    #[must_use]
    pub fn into_verified(self) -> Verified {
        self.verified
    }

    fn admit(caller: &Verified) -> Result<Self, AuthError> {
        if !R::is_met_by(caller) {
            return Err(why::<R>(caller));
        }
        Ok(Self {
            verified: caller.clone(),
            requirement: PhantomData,
        })
    }
}

/// The reason to refuse this caller. A requirement whose value contradicts its check refuses all the same.
fn why<R: Requirement>(caller: &Verified) -> AuthError {
    let own = R::require().check(caller);
    match own.and_then(|()| Require::predicate(|_| false).check(caller)) {
        Err(denied) => denied.into(),
        // A predicate that says no lets nobody in. If it ever did, nobody would be let in here.
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
        ready(guard.map_err(|error| Rejection::by(type_name::<Self>(), error, &parts.headers)))
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
