//! Okta's management API: users and their groups. Feature `api`.
//!
//! [`Okta::api`](crate::Okta::api) returns an [`Api`] once
//! [`OktaBuilder::api`](crate::OktaBuilder::api) turns it on:
//!
//! ```no_run
//! use okta_tower::{ManagementApi, Okta, api::NewUser};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! // OKTA_OAUTH2_ISSUER, and OKTA_CLIENT_TOKEN or OKTA_CLIENT_CLIENTID and OKTA_CLIENT_PRIVATEKEY
//! let okta = Okta::from_env()?.api(ManagementApi::new()).start().await?;
//! let users = okta.api().users();
//!
//! let ada = NewUser::new("ada@example.com").first_name("Ada").last_name("Lovelace");
//! let ada = users.create(&ada).await?;
//! users.reactivate(ada.id()).await?; // Okta sends the mail again
//! let groups = users.groups(ada.id()).await?;
//! # Ok(()) }
//! ```
//!
//! Behind [`Okta::layer`](crate::Okta::layer), [`Api::current_user`] returns the caller's profile,
//! cached for a minute. In Axum it is the extractor `CurrentUser` of `okta-tower-axum`.
//!
//! # Scopes
//!
//! A service has the scopes that it requests
//! ([`ManagementApi::scopes`](crate::ManagementApi::scopes)) if Okta grants them, and it needs an
//! admin role. An API token has all rights of the administrator who created it.
//!
//! | call | scope |
//! |---|---|
//! | [`get`](Users::get), [`find_by_login`](Users::find_by_login), [`list`](Users::list), [`Api::current_user`] | `okta.users.read` |
//! | [`groups`](Users::groups) | `okta.users.read`; `okta.groups.read` if your org requires it |
//! | [`create`](Users::create), [`activate`](Users::activate), [`deactivate`](Users::deactivate), [`reactivate`](Users::reactivate), [`forgot_password`](Users::forgot_password), [`reset_password`](Users::reset_password), [`clear_sessions`](Users::clear_sessions) and the like | `okta.users.manage` |
//!
//! # Retries
//!
//! | failure | a call that reads | a call that changes something |
//! |---|---|---|
//! | 429, a rate limit | is retried when the limit resets, within [`max_wait`](crate::ManagementApi::max_wait) | likewise: the call had no effect |
//! | no connection, 500, 502, 503, 504 | is retried after 200 ms, or later if Okta requests it, within `max_wait` | is not retried: the call may have had an effect |
//! | 401 for a service | is retried once with a new token | likewise |
//! | any other, time-outs included | is not retried | is not retried |
//!
//! At most [`max_retries`](crate::ManagementApi::max_retries) retries. The reset time is read by
//! Okta's clock (`X-Rate-Limit-Reset` less `Date`), so the local clock may differ.
//!
//! # Security
//!
//! - Credentials go only to the org's origin. Redirects are not followed, and neither is a next
//!   page at another origin.
//! - IDs and logins become one path segment, and search values one quoted text, whatever they
//!   contain.
//! - A user's key is [`User::id`], which is [`Verified::user_id`](crate::Verified::user_id). Never
//!   link a user to an account by login or e-mail address.
//! - Logs, errors, `Debug` and metrics contain no token, nothing of a user, and nothing of a call.

mod account;
mod answer;
mod client;
mod credentials;
mod current;
mod error;
mod expression;
mod group;
pub(crate) mod link;
mod new_user;
mod pages;
mod query;
mod retry;
mod segment;
pub(crate) mod settings;
mod timestamp;
mod user;
mod users;

use std::{fmt, sync::Arc};

pub use self::{
    error::{ApiError, ApiErrorKind, Causes},
    expression::Expression,
    group::{Group, GroupKind},
    new_user::NewUser,
    pages::Pages,
    query::UserQuery,
    user::{User, UserStatus},
    users::Users,
};

use self::{client::Client, current::CurrentUsers, settings::ApiSettings};
use crate::{
    base::{clock::Clock, fetch::FetchSettings, telemetry::Metrics},
    claims::Verified,
    error::{AuthError, CurrentUserError, Misconfigured},
};

/// Okta's management API. Made by [`Okta::api`](crate::Okta::api). Cheap to clone: clones share the
/// cache.
#[derive(Clone)]
pub struct Api(Arc<Inner>);

struct Inner {
    /// `None` if the management API is not turned on.
    backend: Option<(Arc<Client>, Arc<CurrentUsers>)>,
    /// The issuer, exactly as configured.
    issuer: Arc<str>,
}

impl Api {
    /// Fails if the HTTP client cannot be built.
    pub(crate) fn new(
        settings: Option<&ApiSettings>,
        issuer: &Arc<str>,
        fetch: &FetchSettings,
        clock: &Arc<dyn Clock>,
        metrics: &Arc<Metrics>,
    ) -> Result<Self, reqwest::Error> {
        let backend = match settings {
            None => None,
            Some(settings) => {
                let client = Client::new(settings, fetch, clock, metrics)?;
                let (ttl, capacity) = (settings.user_ttl, settings.max_users);
                let current = CurrentUsers::new(ttl, capacity, Arc::clone(clock));
                Some((Arc::new(client), Arc::new(current)))
            }
        };
        Ok(Self(Arc::new(Inner {
            backend,
            issuer: Arc::clone(issuer),
        })))
    }

    /// Returns the calls for users.
    #[must_use]
    pub fn users(&self) -> Users {
        Users {
            backend: self.0.backend.clone(),
        }
    }

    /// Returns the caller's account, by [`Verified::user_id`], if it is in use. Scope
    /// `okta.users.read`.
    ///
    /// Okta's response is cached, also if there is no such user
    /// ([`ManagementApi::current_user_ttl`](crate::ManagementApi::current_user_ttl), 60 s).
    /// Concurrent requests of one user share one lookup.
    ///
    /// | Okta's response | [`AuthError::kind`] | [`AuthError::reason`] |
    /// |---|---|---|
    /// | `ACTIVE`, `PASSWORD_EXPIRED`, `RECOVERY` | the user | |
    /// | any other status | [`Forbidden`](crate::AuthErrorKind::Forbidden): 403 | `user_inactive` |
    /// | no user has this ID | `Forbidden` | `user_unknown` |
    /// | the caller is a service | `Forbidden` | `not_a_person` |
    /// | none: Okta is unreachable or rejects the credentials | [`Unavailable`](crate::AuthErrorKind::Unavailable): 503 | `user_unavailable` |
    ///
    /// A suspended account is therefore rejected within that time, although its token is valid
    /// until it expires. During an outage, cached users serve until their time is up.
    ///
    /// A lookup takes at most ten seconds. After a failed one there is no lookup for one second, or
    /// for as long as Okta requests, at most a minute.
    ///
    /// # Errors
    /// As above. [`Misconfigured`](crate::AuthErrorKind::Misconfigured) if the management API is
    /// not turned on, or if the caller's issuer is not this `Okta`'s: another issuer's IDs may
    /// belong to other users here.
    pub async fn current_user(&self, caller: &Verified) -> Result<User, AuthError> {
        let backend = self.0.backend.as_ref();
        let (client, current) = backend.ok_or(Misconfigured::ApiMissing)?;
        if caller.identity_issuer() != &*self.0.issuer {
            return Err(Misconfigured::OtherIssuer.into());
        }
        let id = caller.user_id().ok_or(CurrentUserError::NotAPerson)?;
        current.find(client, id).await
    }

    /// Removes a user from the cache, by ID: after a change that was not made through [`Users`] by
    /// ID.
    pub fn forget_current_user(&self, user_id: &str) {
        if let Some((_, current)) = &self.0.backend {
            current.forget(user_id);
        }
    }
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api")
            .field("is_set_up", &self.0.backend.is_some())
            .finish_non_exhaustive()
    }
}
