//! The issuer's clients and users.

use super::Issuer;
use crate::{
    key::Key,
    state::{
        clients::Client,
        users::{ACTIVE, User},
    },
};

/// # Clients and users
impl Issuer {
    /// Registers an application, or replaces the one with the same client ID.
    pub fn register(&self, client: Client) {
        self.state.sign_in().register(client);
    }

    /// Replaces a client's secret, as in a secret rotation that the application misses.
    ///
    /// # Panics
    ///
    /// Panics if there is no such client, or if the client has no secret.
    pub fn set_client_secret(&self, client_id: &str, secret: impl Into<String>) {
        let changed = {
            let mut sign_in = self.state.sign_in();
            let client = sign_in.client_mut(client_id);
            client.is_some_and(|client| client.set_secret(secret.into()))
        };
        assert!(
            changed,
            "no client with a secret has the ID {client_id:?}; register one first"
        );
    }

    /// Replaces a client's key, as in a key rotation that the application misses.
    ///
    /// # Panics
    ///
    /// Panics if there is no such client, or if the client has no key.
    pub fn set_client_key(&self, client_id: &str, key: &Key) {
        let changed = {
            let mut sign_in = self.state.sign_in();
            let client = sign_in.client_mut(client_id);
            client.is_some_and(|client| client.set_key(key.clone()))
        };
        assert!(
            changed,
            "no client with a key has the ID {client_id:?}; register one first"
        );
    }

    /// Adds a user, or replaces the user with the same login.
    pub fn add_user(&self, user: User) {
        self.state.sign_in().users.add(user);
    }

    /// Returns a user, by login or by the part of the login before the `@`.
    #[must_use]
    pub fn user(&self, login: &str) -> Option<User> {
        self.state.sign_in().users.find(login).cloned()
    }

    /// Replaces the groups of a user. Affects new tokens only.
    ///
    /// # Panics
    ///
    /// Panics if there is no such user.
    pub fn set_groups<I>(&self, login: &str, groups: I)
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let groups = groups.into_iter().map(Into::into).collect();
        self.change_user(login, |user| user.groups = groups);
    }

    /// Prevents a user from signing in and from refreshing tokens (`invalid_grant`).
    ///
    /// Access tokens that are verified locally stay valid. The status in the Users API becomes
    /// `SUSPENDED`.
    ///
    /// # Panics
    ///
    /// Panics if there is no such user.
    pub fn disable_user(&self, login: &str) {
        self.change_user(login, |user| user.status = "SUSPENDED".to_owned());
    }

    /// Reverts [`disable_user`](Self::disable_user).
    ///
    /// # Panics
    ///
    /// Panics if there is no such user.
    pub fn enable_user(&self, login: &str) {
        self.change_user(login, |user| user.status = ACTIVE.to_owned());
    }

    /// Sets the status of a user in the Users API, to one of Okta's or any other.
    ///
    /// A user can sign in only as `ACTIVE`, `PASSWORD_EXPIRED` or `RECOVERY`.
    ///
    /// # Panics
    ///
    /// Panics if there is no such user.
    pub fn set_user_status(&self, login: &str, status: impl Into<String>) {
        let status = status.into();
        self.change_user(login, |user| user.status = status);
    }

    /// Removes a user.
    ///
    /// # Panics
    ///
    /// Panics if there is no such user.
    pub fn remove_user(&self, login: &str) {
        let is_gone = self.state.sign_in().users.remove(login);
        assert!(is_gone, "{}", unknown(login));
    }

    /// Revokes the refresh tokens of a user at every client, and the access tokens issued with
    /// them.
    ///
    /// The user's sessions at the issuer continue.
    ///
    /// # Panics
    ///
    /// Panics if there is no such user.
    pub fn revoke_tokens_of(&self, login: &str) {
        let user = self.known_user(login);
        self.state.sign_in().grants.revoke_all_of(&user.login);
    }

    /// Returns a user, or panics with advice.
    pub(super) fn known_user(&self, login: &str) -> User {
        match self.user(login) {
            Some(user) => user,
            None => panic!("{}", unknown(login)),
        }
    }

    fn change_user(&self, login: &str, change: impl FnOnce(&mut User)) {
        let known = {
            let mut sign_in = self.state.sign_in();
            sign_in.users.find_mut(login).map(change)
        };
        assert!(known.is_some(), "{}", unknown(login));
    }
}

fn unknown(login: &str) -> String {
    format!("unknown login {login:?}; add a `User` first")
}
