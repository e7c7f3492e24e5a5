//! The issuer's clients and people.

use super::Issuer;
use crate::{
    key::Key,
    state::{
        clients::Client,
        users::{ACTIVE, User},
    },
};

/// # Clients and people
impl Issuer {
    /// Makes an application known, instead of the one with the same client id if there is one.
    pub fn register(&self, client: Client) {
        self.state.sign_in().register(client);
    }

    /// Gives a client another secret, without telling the application: a rotation gone wrong.
    ///
    /// # Panics
    ///
    /// When there is no such client, or it has no secret.
    pub fn set_client_secret(&self, client_id: &str, secret: impl Into<String>) {
        let changed = {
            let mut sign_in = self.state.sign_in();
            let client = sign_in.client_mut(client_id);
            client.is_some_and(|client| client.set_secret(secret.into()))
        };
        assert!(changed, "{client_id} is no client with a secret");
    }

    /// Gives a client another key, without telling the application.
    ///
    /// # Panics
    ///
    /// When there is no such client, or it has no key.
    pub fn set_client_key(&self, client_id: &str, key: &Key) {
        let changed = {
            let mut sign_in = self.state.sign_in();
            let client = sign_in.client_mut(client_id);
            client.is_some_and(|client| client.set_key(key.clone()))
        };
        assert!(changed, "{client_id} is no client with a key");
    }

    /// Makes a person known, instead of the one with the same login if there is one.
    pub fn add_user(&self, user: User) {
        self.state.sign_in().users.add(user);
    }

    /// A person, by login or by the part of it before the `@`.
    #[must_use]
    pub fn user(&self, login: &str) -> Option<User> {
        self.state.sign_in().users.find(login).cloned()
    }

    /// Puts a person into these groups and no others. Tokens that exist do not change; the next ones do.
    ///
    /// # Panics
    ///
    /// When there is no such person.
    pub fn set_groups<I>(&self, login: &str, groups: I)
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let groups = groups.into_iter().map(Into::into).collect();
        self.change_user(login, |user| user.groups = groups);
    }

    /// Keeps a person from signing in, and from refreshing what they have: `invalid_grant`. Access tokens that are out
    /// stay good for whoever verifies them without asking. The Users API calls them `SUSPENDED`.
    ///
    /// # Panics
    ///
    /// When there is no such person.
    pub fn disable_user(&self, login: &str) {
        self.change_user(login, |user| user.status = "SUSPENDED".to_owned());
    }

    /// Takes [`disable_user`](Self::disable_user) back.
    ///
    /// # Panics
    ///
    /// When there is no such person.
    pub fn enable_user(&self, login: &str) {
        self.change_user(login, |user| user.status = ACTIVE.to_owned());
    }

    /// Gives a person this status in the Users API, one that Okta has or any other. Only in `ACTIVE`, `PASSWORD_EXPIRED` and
    /// `RECOVERY` can they sign in.
    ///
    /// # Panics
    ///
    /// When there is no such person.
    pub fn set_user_status(&self, login: &str, status: impl Into<String>) {
        let status = status.into();
        self.change_user(login, |user| user.status = status);
    }

    /// Takes a person out, as if there had never been one.
    ///
    /// # Panics
    ///
    /// When there is no such person.
    pub fn remove_user(&self, login: &str) {
        let is_gone = self.state.sign_in().users.remove(login);
        assert!(is_gone, "the test issuer knows nobody called {login}");
    }

    /// Revokes every refresh token that this person has at any client, and the access tokens beside them, as an
    /// administrator can. Nobody is signed out of the issuer.
    ///
    /// # Panics
    ///
    /// When there is no such person.
    pub fn revoke_tokens_of(&self, login: &str) {
        let user = self.user(login);
        let user = user.expect("the test issuer knows nobody of this login");
        self.state.sign_in().grants.revoke_all_of(&user.login);
    }

    fn change_user(&self, login: &str, change: impl FnOnce(&mut User)) {
        let known = {
            let mut sign_in = self.state.sign_in();
            sign_in.users.find_mut(login).map(change)
        };
        assert!(
            known.is_some(),
            "the test issuer knows nobody called {login}"
        );
    }
}
