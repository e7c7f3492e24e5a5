//! Users who can sign in.

use std::fmt;

use serde_json::{Map, Value};

use crate::token::user_id;

/// The status of a user without restrictions.
pub(crate) const ACTIVE: &str = "ACTIVE";

/// A user with a password.
///
/// Add it with [`IssuerBuilder::user`](crate::IssuerBuilder::user) or
/// [`Issuer::add_user`](crate::Issuer::add_user).
///
/// Every issuer has three users. Their passwords are shown on the sign-in page:
///
/// | login | groups | password |
/// |---|---|---|
/// | `admin@example.com` | `Everyone`, `admin` | `admin-password` |
/// | `viewer@example.com` | `Everyone`, `viewer` | `viewer-password` |
/// | `nobody@example.com` | `Everyone` | `nobody-password` |
///
/// Every method that takes a login also takes the part before the `@`, as at Okta, if only one user
/// has it.
///
/// ```
/// use okta_tower_test::User;
///
/// let ada = User::new("ada@example.com")
///     .name("Ada Lovelace")
///     .groups(["admin", "Everyone"])
///     .password("engine");
/// assert!(ada.uid().starts_with("00u"));
/// ```
#[derive(Clone)]
#[must_use = "a user has no effect until it is added to an issuer"]
pub struct User {
    pub(crate) login: String,
    pub(crate) uid: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) groups: Vec<String>,
    pub(crate) password: String,
    /// The status, as in Okta's Users API.
    pub(crate) status: String,
    /// Further members of the profile.
    pub(crate) attributes: Map<String, Value>,
}

impl User {
    /// Returns a user with this login, without groups.
    ///
    /// Name and email address are the login. The password is the part of the login before the `@`,
    /// followed by `-password`. The user ID is the one that
    /// [`TokenBuilder::user`](crate::TokenBuilder::user) derives from the login.
    pub fn new(login: impl Into<String>) -> Self {
        let login = login.into();
        Self {
            uid: user_id(&login),
            name: login.clone(),
            email: login.clone(),
            groups: Vec::new(),
            password: format!("{}-password", short(&login)),
            status: ACTIVE.to_owned(),
            attributes: Map::new(),
            login,
        }
    }

    /// Sets the full name: the claim `name`. Default: the login.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets the email address: the claim `email`. Default: the login.
    pub fn email(mut self, email: impl Into<String>) -> Self {
        self.email = email.into();
        self
    }

    /// Sets the groups. Default: none.
    ///
    /// The claim is `groups`, or the one set with
    /// [`IssuerBuilder::groups_claim`](crate::IssuerBuilder::groups_claim).
    pub fn groups<I>(mut self, groups: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.groups = groups.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the password. The sign-in page shows it.
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.password = password.into();
        self
    }

    /// Adds a profile member that the Users API shows: `attribute("department", "Research")`.
    ///
    /// Tokens do not contain it.
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.attributes.insert(name.into(), value.into());
        self
    }

    /// Sets the status in the Users API: `STAGED`, `SUSPENDED` and so on. Default: `ACTIVE`.
    ///
    /// A user can sign in only as `ACTIVE`, `PASSWORD_EXPIRED` or `RECOVERY`.
    pub fn status(mut self, status: impl Into<String>) -> Self {
        self.status = status.into();
        self
    }

    /// Sets the Okta user ID: `sub` of ID tokens, `uid` of access tokens.
    pub fn with_uid(mut self, uid: impl Into<String>) -> Self {
        self.uid = uid.into();
        self
    }

    /// Returns whether the user may sign in.
    pub(crate) fn is_enabled(&self) -> bool {
        matches!(
            self.status.as_str(),
            ACTIVE | "PASSWORD_EXPIRED" | "RECOVERY"
        )
    }

    /// Returns the login: the claim `preferred_username`, and `sub` of access tokens.
    #[must_use]
    pub fn login(&self) -> &str {
        &self.login
    }

    /// Returns the Okta user ID.
    #[must_use]
    pub fn uid(&self) -> &str {
        &self.uid
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("login", &self.login)
            .field("groups", &self.groups)
            .finish_non_exhaustive()
    }
}

/// The users of an issuer, in the order in which they were added.
#[derive(Debug)]
pub(crate) struct Users(Vec<User>);

impl Users {
    /// Returns the three default users.
    pub(crate) fn new() -> Self {
        Self(vec![
            User::new("admin@example.com")
                .name("Alma Admin")
                .groups(["Everyone", "admin"]),
            User::new("viewer@example.com")
                .name("Victor Viewer")
                .groups(["Everyone", "viewer"]),
            User::new("nobody@example.com")
                .name("Nora Nobody")
                .groups(["Everyone"]),
        ])
    }

    /// Adds a user, or replaces the user with the same login.
    pub(crate) fn add(&mut self, user: User) {
        match self.0.iter_mut().find(|known| known.login == user.login) {
            Some(known) => *known = user,
            None => self.0.push(user),
        }
    }

    /// Removes a user. Returns whether the user existed.
    pub(crate) fn remove(&mut self, login: &str) -> bool {
        let place = self.place(login);
        place.map(|place| self.0.remove(place)).is_some()
    }

    pub(crate) fn find(&self, login: &str) -> Option<&User> {
        self.place(login).map(|place| &self.0[place])
    }

    pub(crate) fn find_mut(&mut self, login: &str) -> Option<&mut User> {
        self.place(login).map(|place| &mut self.0[place])
    }

    /// Returns the users who may sign in.
    pub(crate) fn enabled(&self) -> impl Iterator<Item = &User> {
        self.0.iter().filter(|user| user.is_enabled())
    }

    /// Returns all users.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &User> {
        self.0.iter()
    }

    /// Finds a user as the Users API does: by ID, login, or the part of the login before the `@`.
    pub(crate) fn find_by_key(&mut self, key: &str) -> Option<&mut User> {
        let by_id = self.0.iter().position(|user| user.uid == key);
        let place = by_id.or_else(|| self.place(key))?;
        Some(&mut self.0[place])
    }

    fn place(&self, login: &str) -> Option<usize> {
        if let Some(place) = self.0.iter().position(|user| user.login == login) {
            return Some(place);
        }
        let mut namesakes = (0..self.0.len()).filter(|place| short(&self.0[*place].login) == login);
        let first = namesakes.next();
        first.filter(|_| namesakes.next().is_none())
    }
}

fn short(login: &str) -> &str {
    login.split_once('@').map_or(login, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_is_found_by_login_and_by_short_login() {
        let users = Users::new();
        let login = |given| users.find(given).map(User::login);
        assert_eq!(login("admin@example.com"), Some("admin@example.com"));
        assert_eq!(login("admin"), Some("admin@example.com"));
        assert_eq!(login("adm"), None);
    }

    #[test]
    fn shared_short_login_finds_no_user() {
        let mut users = Users::new();
        users.add(User::new("admin@example.org"));
        assert!(users.find("admin").is_none());
        assert!(users.find("admin@example.org").is_some());
    }
}
