//! The caller's account at Okta as an extractor. Feature `api`.

use std::{any::type_name, fmt, ops::Deref};

use axum_core::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;
use okta_tower::{AuthError, Okta, Verified, api::User, auth};

use crate::Rejection;

/// The caller's account at Okta, with all methods of [`okta_tower::api::User`]. Feature `api`.
///
/// The account comes from the Users API and is cached for a minute: see [`Api::current_user`] for
/// the limits, and [`ManagementApi`](okta_tower::ManagementApi) for the settings. The router's
/// state must be an [`Okta`], or give one by [`FromRef`]. That `Okta` must be the one whose layer
/// the request passed.
///
/// | outcome | `CurrentUser` | `Option<CurrentUser>` |
/// |---|---|---|
/// | user with an account in use | the account | `Some` |
/// | user whose account is suspended, deactivated or deleted | 403 | 403 |
/// | service | 403 | 403 |
/// | anonymous caller, admitted | 401 with a challenge | `None` |
/// | Okta is unreachable or rejects the application's credentials | 503 with `Retry-After` | 503 |
/// | no layer, no `OktaBuilder::api`, or the layer of another `Okta` | 500 | 500 |
///
/// A token stays valid until it expires, even if Okta suspends the user before. This extractor
/// checks the account. To only check it, take the argument without using it.
///
/// ```
/// use axum::{Router, routing::get};
/// use okta_tower::Okta;
/// use okta_tower_axum::CurrentUser;
///
/// async fn profile(user: CurrentUser) -> String {
///     let department = user.attribute("department").and_then(|value| value.as_str());
///     format!("{} of {}", user.display_name(), department.unwrap_or("no department"))
/// }
///
/// async fn greeting(user: Option<CurrentUser>) -> String {
///     user.map_or("Hello, guest".into(), |user| format!("Hello, {}", user.display_name()))
/// }
///
/// fn app(okta: &Okta) -> Router {
///     Router::new()
///         .route("/profile", get(profile))
///         .route("/", get(greeting))
///         .route_layer(okta.layer().optional())
///         .with_state(okta.clone())
/// }
/// ```
///
/// # Security
/// Key local data about a user by (`identity_issuer()`, `user_id()`) of the
/// [`Claims`](crate::Claims), never by this account's login or email address.
///
/// [`Api::current_user`]: okta_tower::api::Api::current_user
#[derive(Clone)]
pub struct CurrentUser(User);

impl CurrentUser {
    /// Returns the account as the type of `okta-tower`, for code that should not depend on Axum.
    #[must_use]
    pub fn into_inner(self) -> User {
        self.0
    }

    async fn of(okta: &Okta, caller: &Verified) -> Result<Self, AuthError> {
        okta.api().current_user(caller).await.map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for CurrentUser
where
    Okta: FromRef<S>,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        let user = match auth::require_caller(&parts.extensions) {
            Ok(caller) => Self::of(&Okta::from_ref(state), caller).await,
            Err(error) => Err(error),
        };
        user.map_err(|error| refuse(error, parts))
    }
}

/// `None` means an anonymous caller. Errors are still rejections, never `None`.
impl<S: Send + Sync> OptionalFromRequestParts<S> for CurrentUser
where
    Okta: FromRef<S>,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Rejection> {
        let user = match auth::caller(&parts.extensions) {
            Ok(Some(caller)) => Self::of(&Okta::from_ref(state), caller).await.map(Some),
            Ok(None) => Ok(None),
            Err(error) => Err(error),
        };
        user.map_err(|error| refuse(error, parts))
    }
}

fn refuse(error: AuthError, parts: &Parts) -> Rejection {
    Rejection::by(
        type_name::<CurrentUser>(),
        auth::Rejected::new(error),
        parts,
    )
}

impl Deref for CurrentUser {
    type Target = User;

    fn deref(&self) -> &User {
        &self.0
    }
}

impl From<CurrentUser> for User {
    fn from(user: CurrentUser) -> Self {
        user.0
    }
}

/// Prints only the status of the account.
impl fmt::Debug for CurrentUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
