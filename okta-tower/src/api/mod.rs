//! Okta's management API, the part that sign-in needs: people and their groups. Feature `api`.
//!
//! [`Okta::api`](crate::Okta::api) gives an [`Api`], once [`OktaBuilder::api`](crate::OktaBuilder::api) has turned it on:
//!
//! ```no_run
//! use okta_tower::{ManagementApi, Okta, api::NewUser};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! // OKTA_OAUTH2_ISSUER, and OKTA_CLIENT_TOKEN or OKTA_CLIENT_CLIENTID and OKTA_CLIENT_PRIVATEKEY
//! let okta = Okta::from_env()?.api(ManagementApi::new()).start().await?;
//! let users = okta.api().users();
//!
//! let ada = users.create(&NewUser::new("ada@example.com").first_name("Ada").last_name("Lovelace")).await?;
//! users.reactivate(ada.id()).await?; // Okta sends the mail once more
//! let groups = users.groups(ada.id()).await?;
//! # Ok(()) }
//! ```
//!
//! Behind [`Okta::layer`](crate::Okta::layer), [`Api::current_user`] gives the caller's own profile, remembered for a minute; in
//! Axum it is the extractor `CurrentUser` of `okta-tower-axum`.
//!
//! # Which call needs which scope
//!
//! A service has the scopes that it asks for ([`ManagementApi::scopes`](crate::ManagementApi::scopes)), if they are granted to it
//! at Okta, and it needs an admin role as well. An API token has every right of whoever made it.
//!
//! | call | scope |
//! |---|---|
//! | [`get`](Users::get), [`find_by_login`](Users::find_by_login), [`list`](Users::list), [`Api::current_user`] | `okta.users.read` |
//! | [`groups`](Users::groups) | `okta.users.read`; `okta.groups.read` where your org asks for it |
//! | [`create`](Users::create), [`activate`](Users::activate), [`deactivate`](Users::deactivate), [`reactivate`](Users::reactivate), [`forgot_password`](Users::forgot_password), [`reset_password`](Users::reset_password), [`clear_sessions`](Users::clear_sessions) and their like | `okta.users.manage` |
//!
//! # What is sent again
//!
//! | what happened | what reads | what changes something |
//! |---|---|---|
//! | 429: Okta's limit | again when the limit starts anew, if that is within [`max_wait`](crate::ManagementApi::max_wait) | the same: it had no effect |
//! | no connection, 500, 502, 503, 504 | again, after a moment | not: it may have had its effect |
//! | 401, by a service | once more, with a new token | the same |
//! | anything else, time-outs among it | not | not |
//!
//! At most [`max_retries`](crate::ManagementApi::max_retries) times. When the limit starts anew is told by Okta's own clock
//! (`X-Rate-Limit-Reset` less `Date`), so ours may differ.
//!
//! # Security
//!
//! - Credentials go to the org's origin and nowhere else; redirects are not followed, nor is a next page elsewhere.
//! - Ids and logins become one segment of a path, and values of a search one quoted text, whatever stands in them.
//! - A person is recognised by their id, [`User::id`], which is [`Verified::user_id`](crate::Verified::user_id). Nobody is linked
//!   to an account by login or e-mail address.
//! - Nothing of a token, of a person or of what was sent is in logs, errors, `Debug` and metrics.

mod age;
mod answer;
mod client;
mod credentials;
mod current;
mod error;
mod expression;
mod group;
mod link;
mod new_user;
mod pages;
mod query;
mod retry;
mod segment;
pub(crate) mod settings;
mod user;
mod users;

use std::{fmt, sync::Arc};

pub use self::{
    error::{ApiError, ApiErrorKind},
    expression::Expression,
    group::{Group, GroupKind},
    new_user::NewUser,
    pages::Pages,
    query::UserQuery,
    user::{User, UserStatus},
    users::Users,
};

use self::{client::Client, current::CurrentUsers};
use crate::{
    api::settings::ApiSettings,
    base::{clock::Clock, fetch::FetchSettings, telemetry::Metrics},
    claims::Verified,
    error::{AuthError, CurrentUserError, Misconfigured},
};

/// Okta's management API. Made by [`Okta::api`](crate::Okta::api); cheap to clone, and what is remembered is shared.
#[derive(Clone)]
pub struct Api(Arc<Inner>);

struct Inner {
    /// `None` where it was not turned on.
    parts: Option<(Arc<Client>, Arc<CurrentUsers>)>,
    /// The issuer as configured, to the letter.
    issuer: Arc<str>,
}

impl Api {
    /// Fails where the HTTP client cannot be made.
    pub(crate) fn new(
        settings: Option<&ApiSettings>,
        fetch: &FetchSettings,
        issuer: &Arc<str>,
        clock: &Arc<dyn Clock>,
        metrics: &Arc<Metrics>,
    ) -> Result<Self, reqwest::Error> {
        let parts = match settings {
            None => None,
            Some(settings) => {
                let client = Client::new(settings, fetch, clock, Arc::clone(metrics))?;
                let clock = Arc::clone(clock);
                let current = CurrentUsers::new(settings.user_ttl, settings.max_users, clock);
                Some((Arc::new(client), Arc::new(current)))
            }
        };
        Ok(Self(Arc::new(Inner {
            parts,
            issuer: Arc::clone(issuer),
        })))
    }

    /// The calls about people.
    #[must_use]
    pub fn users(&self) -> Users {
        Users {
            parts: self.0.parts.clone(),
        }
    }

    /// The account of whoever is calling, by [`Verified::user_id`], if it is in use. What Okta says is remembered for a time
    /// ([`ManagementApi::current_user_ttl`](crate::ManagementApi::current_user_ttl), 60 s), that there is nobody too; however
    /// many requests of a person come at once, Okta is asked once. Scope `okta.users.read`.
    ///
    /// | what Okta says of the caller | [`AuthError::kind`] | [`AuthError::reason`] |
    /// |---|---|---|
    /// | `ACTIVE`, `PASSWORD_EXPIRED`, `RECOVERY` | the person | |
    /// | any other status | [`Forbidden`](crate::AuthErrorKind::Forbidden): 403 | `user_inactive` |
    /// | nobody has this id | `Forbidden` | `user_unknown` |
    /// | the caller is a service | `Forbidden` | `not_a_person` |
    /// | nothing: it cannot be asked, or does not take our credentials | [`Unavailable`](crate::AuthErrorKind::Unavailable): 503 | `user_unavailable` |
    ///
    /// So an account that was suspended is kept out within that time, though its token is good until it expires. What is
    /// remembered serves through an outage until its time is up, and no longer.
    ///
    /// A look-up takes ten seconds at most, and after one that failed nobody is looked up for a second, or for as long as Okta
    /// asks for.
    ///
    /// # Errors
    /// As above, and [`Misconfigured`](crate::AuthErrorKind::Misconfigured) where the management API was not turned on, or
    /// where the caller is of another issuer than this `Okta`'s, whose ids may be other people's here.
    pub async fn current_user(&self, caller: &Verified) -> Result<User, AuthError> {
        let parts = self.0.parts.as_ref();
        let (client, current) = parts.ok_or(Misconfigured::ApiMissing)?;
        if caller.identity_issuer() != &*self.0.issuer {
            return Err(Misconfigured::OtherIssuer.into());
        }
        let id = caller.user_id().ok_or(CurrentUserError::NotAPerson)?;
        current.find(client, id).await
    }

    /// Forgets what is remembered of a person, by their id: after something about them has changed elsewhere. Changes by
    /// [`Users`], made by id, do so by themselves.
    pub fn forget_current_user(&self, user_id: &str) {
        if let Some((_, current)) = &self.0.parts {
            current.forget(user_id);
        }
    }
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api")
            .field("is_set_up", &self.0.parts.is_some())
            .finish_non_exhaustive()
    }
}
