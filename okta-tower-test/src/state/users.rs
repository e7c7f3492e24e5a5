//! People who can sign in.

use std::fmt;

use serde_json::{Map, Value};

use crate::token::user_id;

/// The status of whoever may do everything.
pub(crate) const ACTIVE: &str = "ACTIVE";

/// A person with a password. Given to [`IssuerBuilder::user`](crate::IssuerBuilder::user) or
/// [`Issuer::add_user`](crate::Issuer::add_user).
///
/// Every issuer knows three: `admin@example.com` in the groups `Everyone` and `admin`, `viewer@example.com` in
/// `Everyone` and `viewer`, and `nobody@example.com` in `Everyone` alone. Wherever a login is asked for, the part before
/// the `@` will do, as at Okta, if it belongs to one person alone. Their passwords are `admin-password`,
/// `viewer-password` and `nobody-password`; the sign-in page shows them.
///
/// ```
/// use okta_tower_test::User;
///
/// let ada = User::new("ada@example.com").name("Ada Lovelace").groups(["admin", "Everyone"]).password("engine");
/// assert!(ada.uid().starts_with("00u"));
/// ```
#[derive(Clone)]
#[must_use = "a user is known once added to an issuer"]
pub struct User {
    pub(crate) login: String,
    pub(crate) uid: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) groups: Vec<String>,
    pub(crate) password: String,
    /// As Okta's Users API names it.
    pub(crate) status: String,
    /// Members of the profile beside the usual ones.
    pub(crate) attributes: Map<String, Value>,
}

impl User {
    /// A person with this login, which is also the name and the e-mail address, without groups. The password is the part
    /// of the login before the `@` with `-password` behind it. The user id is the one that
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

    /// The full name: the claim `name`.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The e-mail address: the claim `email`.
    pub fn email(mut self, email: impl Into<String>) -> Self {
        self.email = email.into();
        self
    }

    /// The groups: the claim `groups`, or what [`IssuerBuilder::groups_claim`](crate::IssuerBuilder::groups_claim) says.
    pub fn groups<I>(mut self, groups: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.groups = groups.into_iter().map(Into::into).collect();
        self
    }

    /// The password. It is shown on the sign-in page.
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.password = password.into();
        self
    }

    /// One more member of the profile that the Users API shows: `attribute("department", "Research")`. Tokens do not have it.
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.attributes.insert(name.into(), value.into());
        self
    }

    /// The status that the Users API shows: `STAGED`, `SUSPENDED` and so on. Only in `ACTIVE`, `PASSWORD_EXPIRED` and
    /// `RECOVERY` can a person sign in. Default: `ACTIVE`.
    pub fn status(mut self, status: impl Into<String>) -> Self {
        self.status = status.into();
        self
    }

    /// Another Okta user id: `sub` of ID tokens, `uid` of access tokens.
    pub fn with_uid(mut self, uid: impl Into<String>) -> Self {
        self.uid = uid.into();
        self
    }

    /// Whether they may sign in.
    pub(crate) fn is_enabled(&self) -> bool {
        matches!(
            self.status.as_str(),
            ACTIVE | "PASSWORD_EXPIRED" | "RECOVERY"
        )
    }

    /// The login: the claim `preferred_username`, and `sub` of access tokens.
    #[must_use]
    pub fn login(&self) -> &str {
        &self.login
    }

    /// The Okta user id.
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

/// The people that this issuer knows, in the order in which they were added.
#[derive(Debug)]
pub(crate) struct Users(Vec<User>);

impl Users {
    /// The three of every issuer.
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

    /// Adds a person, instead of the one with the same login if there is one.
    pub(crate) fn add(&mut self, user: User) {
        match self.0.iter_mut().find(|known| known.login == user.login) {
            Some(known) => *known = user,
            None => self.0.push(user),
        }
    }

    /// Whether there was somebody to take out.
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

    /// Those who may sign in.
    pub(crate) fn enabled(&self) -> impl Iterator<Item = &User> {
        self.0.iter().filter(|user| user.is_enabled())
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &User> {
        self.0.iter()
    }

    /// As the Users API finds a person: by id, by login, or by the part of the login before the `@`.
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
