//! The calls for users.

use std::{fmt, sync::Arc};

use http::Method;
use serde::Deserialize;
use url::Url;

use super::{
    account, answer,
    client::{Call, Client},
    current::CurrentUsers,
    error::{ApiError, Problem},
    expression::Expression,
    group::Group,
    new_user::NewUser,
    pages::Pages,
    query::UserQuery,
    user::User,
};
use crate::base::{fetch::Reply, secret::Secret};

/// The most pages of one user's groups.
const MAX_GROUP_PAGES: usize = 50;

const SEND_MAIL: (&str, &str) = ("sendEmail", "true");
const SEND_NO_MAIL: (&str, &str) = ("sendEmail", "false");

/// The users of an Okta org. Made by [`Api::users`](super::Api::users).
///
/// A parameter `id` also accepts a login. Only the ID is unambiguous.
///
/// # Errors
/// Each call fails as [`ApiError`] describes. An `id` that is empty, contains a slash or a control
/// character, or is `me` (for Okta the owner of this application's credentials) is
/// [`Invalid`](super::ApiErrorKind::Invalid) and is not sent.
#[derive(Clone)]
pub struct Users {
    /// `None` if the management API is not turned on.
    pub(super) backend: Option<(Arc<Client>, Arc<CurrentUsers>)>,
}

impl Users {
    /// Returns one user. Scope `okta.users.read`.
    ///
    /// # Errors
    /// [`NotFound`](super::ApiErrorKind::NotFound) if there is no such user. See also [`Users`].
    pub async fn get(&self, id: &str) -> Result<User, ApiError> {
        account::get(self.client()?, id).await
    }

    /// Returns the user with exactly this login, ignoring case, or `None`. Unlike
    /// [`get`](Self::get), the part before the `@` is not enough. Scope `okta.users.read`.
    ///
    /// # Security
    /// Never recognize or link a user by login or e-mail: addresses change hands, and the next
    /// owner would get the account. The key is (`identity_issuer()`, `user_id()`).
    ///
    /// # Errors
    /// See [`Users`].
    pub async fn find_by_login(&self, login: &str) -> Result<Option<User>, ApiError> {
        let is_match = |user: &User| {
            let found = user.login().unwrap_or_default();
            found.to_lowercase() == login.to_lowercase()
        };
        let query = UserQuery::new().filter(Expression::eq("profile.login", login));
        let found = self.list(&query)?.collect(1).await?;
        Ok(found.into_iter().find(is_match))
    }

    /// Lists the users that a [`UserQuery`] selects, page by page. Scope `okta.users.read`.
    ///
    /// ```no_run
    /// # async fn run(okta: okta_tower::Okta) -> Result<(), okta_tower::api::ApiError> {
    /// use okta_tower::api::{Expression, UserQuery};
    ///
    /// let query = UserQuery::new().search(Expression::eq("profile.department", "Research"));
    /// let mut pages = okta.api().users().list(&query)?;
    /// while let Some(page) = pages.next().await? {
    ///     for user in page {
    ///         println!("{} {}", user.id(), user.display_name());
    ///     }
    /// }
    /// // At most 1,000 users, or an error:
    /// let few = okta.api().users().list(&query)?.collect(5).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Security
    /// As for [`find_by_login`](Self::find_by_login): never link a user by an address.
    ///
    /// # Errors
    /// [`Invalid`](super::ApiErrorKind::Invalid) if an attribute name is malformed,
    /// [`NotSetUp`](super::ApiErrorKind::NotSetUp). The pages fail as [`ApiError`] describes.
    pub fn list(&self, query: &UserQuery) -> Result<Pages<User>, ApiError> {
        let client = self.client()?;
        let mut url = client.url("/api/v1/users");
        query.write(&mut url)?;
        Ok(Pages::new(Arc::clone(client), "list_users", url))
    }

    /// Returns all groups of a user. Scope `okta.users.read` or `okta.groups.read`.
    ///
    /// # Errors
    /// [`TooMany`](super::ApiErrorKind::TooMany) beyond 50 pages. See also [`Users`].
    pub async fn groups(&self, id: &str) -> Result<Vec<Group>, ApiError> {
        let client = self.client()?;
        let url = account::call("", Method::GET, client, id, "/groups")?.url;
        let pages = Pages::new(Arc::clone(client), "list_user_groups", url);
        pages.collect(MAX_GROUP_PAGES).await
    }

    /// Creates an account. A failed call is not retried, because it may have taken effect:
    /// [`find_by_login`](Self::find_by_login) shows whether it did. Scope `okta.users.manage`.
    ///
    /// # Security
    /// On a public registration form, respond the same whether or not the account exists, and let
    /// Okta send the mail.
    ///
    /// # Errors
    /// [`Invalid`](super::ApiErrorKind::Invalid) if Okta rejects the profile or the password, or if
    /// the login is taken. See also [`Users`].
    pub async fn create(&self, user: &NewUser) -> Result<User, ApiError> {
        let client = self.client()?;
        let mut url = client.url("/api/v1/users");
        let is_activated = if user.is_activated() { "true" } else { "false" };
        url.query_pairs_mut().append_pair("activate", is_activated);
        let call = Call {
            name: "create_user",
            method: Method::POST,
            url,
            body: Some(user.body()),
        };
        client.json(&call).await
    }

    /// Activates a new or deactivated account. Okta mails the user a link for choosing a password.
    /// Scope `okta.users.manage`.
    ///
    /// # Errors
    /// [`Conflict`](super::ApiErrorKind::Conflict) if the account is active. See also [`Users`].
    pub async fn activate(&self, id: &str) -> Result<(), ApiError> {
        let call = self.change("activate_user", id, "/lifecycle/activate", SEND_MAIL);
        call.await.map(drop)
    }

    /// Activates an account without a mail. Returns the link that the mail would contain. Scope
    /// `okta.users.manage`.
    ///
    /// # Security
    /// Okta treats anyone with the link as the user. Send it only to the user's mailbox.
    ///
    /// # Errors
    /// See [`activate`](Self::activate).
    pub async fn activation_link(&self, id: &str) -> Result<Secret, ApiError> {
        self.link("activate_user", id, "/lifecycle/activate").await
    }

    /// Sends the mail of [`activate`](Self::activate) again, to a user who has not used the link.
    /// Scope `okta.users.manage`.
    ///
    /// # Errors
    /// [`Conflict`](super::ApiErrorKind::Conflict) if the account was never activated, or is
    /// active. See also [`Users`].
    pub async fn reactivate(&self, id: &str) -> Result<(), ApiError> {
        let call = self.change("reactivate_user", id, "/lifecycle/reactivate", SEND_MAIL);
        call.await.map(drop)
    }

    /// Deactivates an account. The user can no longer sign in and is removed from all applications.
    /// Tokens that are verified locally stay valid until they expire. Scope `okta.users.manage`.
    ///
    /// # Errors
    /// See [`Users`].
    pub async fn deactivate(&self, id: &str) -> Result<(), ApiError> {
        let below = "/lifecycle/deactivate";
        let call = self.change("deactivate_user", id, below, SEND_NO_MAIL);
        call.await.map(drop)
    }

    /// Mails a user who forgot the password a link for choosing another one. The old password stays
    /// valid until then. Scope `okta.users.manage`.
    ///
    /// # Security
    /// For public forms use this call and not [`reset_password`](Self::reset_password): it sends
    /// mails but locks no user out. Limit its rate.
    ///
    /// # Errors
    /// [`Conflict`](super::ApiErrorKind::Conflict), [`Forbidden`](super::ApiErrorKind::Forbidden)
    /// or [`Invalid`](super::ApiErrorKind::Invalid) if the account is not in use, or has no means
    /// of recovery. See also [`Users`].
    pub async fn forgot_password(&self, id: &str) -> Result<(), ApiError> {
        let below = "/credentials/forgot_password";
        let call = self.change("forgot_password", id, below, SEND_MAIL);
        call.await.map(drop)
    }

    /// Requires a user to choose a new password: the old one is invalid at once, and Okta mails a
    /// link. Scope `okta.users.manage`.
    ///
    /// # Security
    /// Not for public forms: an attacker who knows a login could lock its owner out. See
    /// [`forgot_password`](Self::forgot_password).
    ///
    /// # Errors
    /// [`Conflict`](super::ApiErrorKind::Conflict) if the account is not in use. See also
    /// [`Users`].
    pub async fn reset_password(&self, id: &str) -> Result<(), ApiError> {
        let below = "/lifecycle/reset_password";
        let call = self.change("reset_password", id, below, SEND_MAIL);
        call.await.map(drop)
    }

    /// Resets a password without a mail. Returns the link that the mail would contain. Scope
    /// `okta.users.manage`.
    ///
    /// # Security
    /// As for [`activation_link`](Self::activation_link).
    ///
    /// # Errors
    /// See [`reset_password`](Self::reset_password).
    pub async fn password_reset_link(&self, id: &str) -> Result<Secret, ApiError> {
        let below = "/lifecycle/reset_password";
        self.link("reset_password", id, below).await
    }

    /// Ends a user's Okta sessions in all browsers. Sessions of this application are not affected.
    /// Scope `okta.users.manage`.
    ///
    /// # Errors
    /// See [`Users`].
    pub async fn clear_sessions(&self, id: &str) -> Result<(), ApiError> {
        self.end_sessions(id, "false").await
    }

    /// Ends a user's Okta sessions and revokes the refresh and access tokens issued for the user.
    /// Application sessions with refresh tokens end at their next refresh. Scope
    /// `okta.users.manage`.
    ///
    /// # Errors
    /// See [`Users`].
    pub async fn clear_sessions_and_tokens(&self, id: &str) -> Result<(), ApiError> {
        self.end_sessions(id, "true").await
    }

    async fn end_sessions(&self, id: &str, tokens_too: &str) -> Result<(), ApiError> {
        let client = self.client()?;
        let (method, below) = (Method::DELETE, "/sessions");
        let mut call = account::call("clear_sessions", method, client, id, below)?;
        (call.url.query_pairs_mut()).append_pair("oauthTokens", tokens_too);
        client.send(&call).await.map(drop)
    }

    async fn link(&self, name: &'static str, id: &str, below: &str) -> Result<Secret, ApiError> {
        #[derive(Deserialize)]
        struct LinkResponse {
            #[serde(alias = "activationUrl", alias = "resetPasswordUrl")]
            link: String,
        }
        let reply = self.change(name, id, below, SEND_NO_MAIL).await?;
        let LinkResponse { link } = answer::json(&reply)?;
        // A user is going to follow the link: accept only a web URL.
        match Url::parse(&link) {
            Ok(url) if matches!(url.scheme(), "https" | "http") => Ok(Secret::new(link)),
            _ => Err(Problem::Unreadable("the management API's response has no link").into()),
        }
    }

    /// Changes an account, and forgets the cached user.
    async fn change(
        &self,
        name: &'static str,
        id: &str,
        below: &str,
        parameter: (&str, &str),
    ) -> Result<Reply, ApiError> {
        let (client, current) = self.backend()?;
        let mut call = account::call(name, Method::POST, client, id, below)?;
        (call.url.query_pairs_mut()).append_pair(parameter.0, parameter.1);
        let result = client.send(&call).await;
        current.forget(id);
        result
    }

    fn client(&self) -> Result<&Arc<Client>, ApiError> {
        self.backend().map(|(client, _)| client)
    }

    fn backend(&self) -> Result<&(Arc<Client>, Arc<CurrentUsers>), ApiError> {
        Ok(self.backend.as_ref().ok_or(Problem::NotSetUp)?)
    }
}

impl fmt::Debug for Users {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Users")
            .field("is_set_up", &self.backend.is_some())
            .finish_non_exhaustive()
    }
}
