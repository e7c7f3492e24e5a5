//! The caller's own account at Okta, as a handler's argument. Feature `api`.

use std::{any::type_name, fmt, ops::Deref};

use axum_core::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;
use okta_tower::{AuthError, Okta, Verified, api::User, auth};

use crate::Rejection;

/// The caller's own account at Okta: everything that [`okta_tower::api::User`] offers. Feature `api`.
///
/// It is asked for through the Users API and remembered for a minute: see [`Api::current_user`] for the bounds, and
/// [`ManagementApi`](okta_tower::ManagementApi) for the settings. The router's state must be an [`Okta`], or give one by
/// [`FromRef`]; that `Okta` must be the one whose layer the request has passed.
///
/// | what the layer and Okta say | `CurrentUser` | `Option<CurrentUser>` |
/// |---|---|---|
/// | a person whose account is in use | the account | `Some` |
/// | a person whose account is suspended, deactivated, or gone | 403 | 403 |
/// | a service | 403 | 403 |
/// | no credentials, and let them pass | 401 with a challenge | `None` |
/// | Okta cannot be asked, or does not take our credentials | 503 with `Retry-After` | 503 |
/// | no layer at all, no `OktaBuilder::api`, or another `Okta`'s layer | 500 | 500 |
///
/// A token is good until it expires, whatever has happened to the person since; this asks. Where that alone is wanted, take it
/// as an argument without using it.
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
///     user.map_or("Hello, stranger".into(), |user| format!("Hello, {}", user.display_name()))
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
/// Local data about a person is keyed by (`identity_issuer()`, `user_id()`) of the [`Claims`](crate::Claims), never by this
/// account's login or e-mail address.
///
/// [`Api::current_user`]: okta_tower::api::Api::current_user
#[derive(Clone)]
pub struct CurrentUser(User);

impl CurrentUser {
    /// The same account as the framework-free crate knows it, for code that should not depend on Axum.
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

/// `None` means that nobody is calling. Whatever is wrong is still an answer of its own, never `None`.
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
    Rejection::by(type_name::<CurrentUser>(), error, &parts.headers)
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

/// Prints nothing of the person but what state the account is in.
impl fmt::Debug for CurrentUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
