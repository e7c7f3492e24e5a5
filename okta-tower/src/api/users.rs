//! The calls about people.

use std::{fmt, sync::Arc};

use http::Method;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{
    ApiError, Expression, Group, NewUser, Pages, User, UserQuery, answer,
    client::{Call, Client},
    current::CurrentUsers,
    error::Problem,
    segment,
};
use crate::base::secret::Secret;

/// More groups than anybody is in: pages of them.
const MAX_GROUP_PAGES: usize = 50;

/// People at Okta. Made by [`Api::users`](super::Api::users).
///
/// Wherever an `id` is asked for, a login will do; the id cannot be mistaken.
///
/// # Errors
/// Every call fails as [`ApiError`] says. An id that is empty, has a slash or a control character in it, or is `me` (by which
/// Okta understands the owner of our own token) is [`Invalid`](super::ApiErrorKind::Invalid), and is not sent.
#[derive(Clone)]
pub struct Users {
    /// `None` where the management API was not turned on.
    pub(super) parts: Option<(Arc<Client>, Arc<CurrentUsers>)>,
}

impl Users {
    /// One person. Scope `okta.users.read`.
    ///
    /// # Errors
    /// [`NotFound`](super::ApiErrorKind::NotFound) where there is nobody; and as above.
    pub async fn get(&self, id: &str) -> Result<User, ApiError> {
        let client = self.client()?;
        let call = of_user("get_user", Method::GET, client, id, "")?;
        let reply = client.send(&call).await?;
        answer::json(&reply).map_err(|error| client.told(&call, error))
    }

    /// The person with exactly this login, but for its case; `None` where there is none. Unlike [`get`](Self::get), the part
    /// before the `@` alone finds nobody. Scope `okta.users.read`.
    ///
    /// # Security
    /// This is no way to recognise a person who signs in: they are (`identity_issuer()`, `user_id()`). Nobody is linked to an
    /// account by login or e-mail address: addresses change hands, and whoever is given one would be given the account.
    ///
    /// # Errors
    /// As above.
    pub async fn find_by_login(&self, login: &str) -> Result<Option<User>, ApiError> {
        let is_it = |user: &User| {
            let found = user.login().unwrap_or_default();
            found.to_lowercase() == login.to_lowercase()
        };
        let query = UserQuery::new().filter(Expression::eq("profile.login", login));
        let found = self.list(&query)?.collect(1).await?;
        Ok(found.into_iter().find(is_it))
    }

    /// People, page by page: see [`UserQuery`] for which. Scope `okta.users.read`.
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
    /// // At most 1,000 people, or an error:
    /// let few = okta.api().users().list(&query)?.collect(5).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Security
    /// As for [`find_by_login`](Self::find_by_login): never link anybody by an address that was searched for.
    ///
    /// # Errors
    /// [`Invalid`](super::ApiErrorKind::Invalid) where an attribute's name is none,
    /// [`NotSetUp`](super::ApiErrorKind::NotSetUp). The pages themselves fail as above.
    pub fn list(&self, query: &UserQuery) -> Result<Pages<User>, ApiError> {
        let client = self.client()?;
        let mut url = client.url("/api/v1/users");
        query.write(&mut url)?;
        Ok(Pages::new(Arc::clone(client), "list_users", url))
    }

    /// The groups of a person, all of them. Scope `okta.users.read` or `okta.groups.read`.
    ///
    /// # Errors
    /// [`TooMany`](super::ApiErrorKind::TooMany) where they are on more than 50 pages; and as above.
    pub async fn groups(&self, id: &str) -> Result<Vec<Group>, ApiError> {
        let client = self.client()?;
        let url = of_user("", Method::GET, client, id, "/groups")?.url;
        let pages = Pages::new(Arc::clone(client), "list_user_groups", url);
        pages.collect(MAX_GROUP_PAGES).await
    }

    /// Creates an account. Not sent again after a failure: whether it took effect is not known then, and
    /// [`find_by_login`](Self::find_by_login) tells. Scope `okta.users.manage`.
    ///
    /// # Security
    /// Where strangers register, answer the same whether or not the account exists, and let Okta send the mail.
    ///
    /// # Errors
    /// [`Invalid`](super::ApiErrorKind::Invalid) where Okta does not take the profile or the password, or where the login is
    /// taken; and as above.
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
        let reply = client.send(&call).await?;
        answer::json(&reply).map_err(|error| client.told(&call, error))
    }

    /// Activates an account that waits for it or was deactivated. Okta sends the person a mail with a link, by which they
    /// choose a password. Scope `okta.users.manage`.
    ///
    /// # Errors
    /// [`Conflict`](super::ApiErrorKind::Conflict) where it is active; and as above.
    pub async fn activate(&self, id: &str) -> Result<(), ApiError> {
        let mail = [("sendEmail", "true")];
        self.act("activate_user", id, "/lifecycle/activate", &mail)
            .await
    }

    /// The same without a mail: the link that would have been in it. Scope `okta.users.manage`.
    ///
    /// # Security
    /// Whoever has the link is taken for the person. It goes to their mailbox, and onto no page.
    ///
    /// # Errors
    /// As for [`activate`](Self::activate).
    pub async fn activation_link(&self, id: &str) -> Result<Secret, ApiError> {
        self.link("activate_user", id, "/lifecycle/activate").await
    }

    /// Sends the mail of [`activate`](Self::activate) again to somebody who has not followed it. Scope `okta.users.manage`.
    ///
    /// # Errors
    /// [`Conflict`](super::ApiErrorKind::Conflict) where nobody has activated the account yet, or where it is active; and as
    /// above.
    pub async fn reactivate(&self, id: &str) -> Result<(), ApiError> {
        let mail = [("sendEmail", "true")];
        self.act("reactivate_user", id, "/lifecycle/reactivate", &mail)
            .await
    }

    /// Deactivates an account: the person cannot sign in any more, and is taken out of all applications. Tokens that are out
    /// stay good for whoever verifies them without asking. Scope `okta.users.manage`.
    ///
    /// # Errors
    /// As above.
    pub async fn deactivate(&self, id: &str) -> Result<(), ApiError> {
        let mail = [("sendEmail", "false")];
        self.act("deactivate_user", id, "/lifecycle/deactivate", &mail)
            .await
    }

    /// Sends a mail to somebody who has forgotten their password, with a link by which they choose another. Until then nothing
    /// changes. Scope `okta.users.manage`.
    ///
    /// # Security
    /// This one and not [`reset_password`](Self::reset_password) is for forms that strangers fill in: they can send mails by
    /// it, and lock nobody out. Bound how many.
    ///
    /// # Errors
    /// [`Conflict`](super::ApiErrorKind::Conflict), [`Forbidden`](super::ApiErrorKind::Forbidden) or
    /// [`Invalid`](super::ApiErrorKind::Invalid) where the account is not in use, or has nothing to recover it by; and as
    /// above.
    pub async fn forgot_password(&self, id: &str) -> Result<(), ApiError> {
        let mail = [("sendEmail", "true")];
        self.act("forgot_password", id, "/credentials/forgot_password", &mail)
            .await
    }

    /// Makes a person choose a new password: from now on the old one is no good, and Okta sends a mail with a link. Scope
    /// `okta.users.manage`.
    ///
    /// # Security
    /// Not for forms that strangers fill in: whoever knows a login could lock its owner out. See
    /// [`forgot_password`](Self::forgot_password).
    ///
    /// # Errors
    /// [`Conflict`](super::ApiErrorKind::Conflict) where the account is not in use; and as above.
    pub async fn reset_password(&self, id: &str) -> Result<(), ApiError> {
        let mail = [("sendEmail", "true")];
        self.act("reset_password", id, "/lifecycle/reset_password", &mail)
            .await
    }

    /// The same without a mail: the link that would have been in it. Scope `okta.users.manage`.
    ///
    /// # Security
    /// As for [`activation_link`](Self::activation_link).
    ///
    /// # Errors
    /// As for [`reset_password`](Self::reset_password).
    pub async fn password_reset_link(&self, id: &str) -> Result<Secret, ApiError> {
        self.link("reset_password", id, "/lifecycle/reset_password")
            .await
    }

    /// Ends a person's sessions at Okta, in every browser. Sessions of your application end on their own. Scope
    /// `okta.users.manage`.
    ///
    /// # Errors
    /// As above.
    pub async fn clear_sessions(&self, id: &str) -> Result<(), ApiError> {
        self.end_sessions(id, "false").await
    }

    /// The same, and revokes the refresh and access tokens that were issued for the person: sessions with refresh tokens end
    /// with their next refresh. Scope `okta.users.manage`.
    ///
    /// # Errors
    /// As above.
    pub async fn clear_sessions_and_tokens(&self, id: &str) -> Result<(), ApiError> {
        self.end_sessions(id, "true").await
    }

    async fn end_sessions(&self, id: &str, tokens_too: &str) -> Result<(), ApiError> {
        let client = self.client()?;
        let mut call = of_user("clear_sessions", Method::DELETE, client, id, "/sessions")?;
        let mut query = call.url.query_pairs_mut();
        query.append_pair("oauthTokens", tokens_too);
        drop(query);
        client.send(&call).await.map(drop)
    }

    async fn act(
        &self,
        name: &'static str,
        id: &str,
        below: &str,
        query: &[(&str, &str)],
    ) -> Result<(), ApiError> {
        self.change(name, id, below, query).await.map(drop)
    }

    async fn link(&self, name: &'static str, id: &str, below: &str) -> Result<Secret, ApiError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Told {
            #[serde(alias = "activationUrl", alias = "resetPasswordUrl")]
            link: String,
        }
        let reply = self
            .change(name, id, below, &[("sendEmail", "false")])
            .await?;
        let told: Told = answer::json(&reply)?;
        // It is for a person to click on: nothing but a URL.
        match Url::parse(&told.link) {
            Ok(url) if matches!(url.scheme(), "https" | "http") => Ok(Secret::new(told.link)),
            _ => Err(Problem::Unreadable("the management API's answer has no link").into()),
        }
    }

    /// Changes something about a person's account. What is remembered of them is forgotten.
    async fn change(
        &self,
        name: &'static str,
        id: &str,
        below: &str,
        query: &[(&str, &str)],
    ) -> Result<crate::base::fetch::Reply, ApiError> {
        let client = self.client()?;
        let mut call = of_user(name, Method::POST, client, id, below)?;
        call.url.query_pairs_mut().extend_pairs(query);
        let answered = client.send(&call).await;
        if let Some((_, current)) = &self.parts {
            current.forget(id);
        }
        answered
    }

    fn client(&self) -> Result<&Arc<Client>, ApiError> {
        let (client, _) = self.parts.as_ref().ok_or(Problem::NotSetUp)?;
        Ok(client)
    }
}

/// A call about one person, with what stands below them.
fn of_user(
    name: &'static str,
    method: Method,
    client: &Client,
    id: &str,
    below: &str,
) -> Result<Call, ApiError> {
    let segment = segment::user(id)?;
    Ok(Call {
        name,
        method,
        url: client.url(&format!("/api/v1/users/{segment}{below}")),
        body: None::<Value>,
    })
}

impl fmt::Debug for Users {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Users")
            .field("is_set_up", &self.parts.is_some())
            .finish_non_exhaustive()
    }
}
