//! A user to create.

use std::fmt;

use serde_json::{Map, Value, json};

use crate::base::secret::Secret;

/// A user to create with [`Users::create`](super::Users::create).
///
/// ```
/// use okta_tower::api::NewUser;
///
/// let ada = NewUser::new("ada@example.com")
///     .first_name("Ada")
///     .last_name("Lovelace")
///     .attribute("department", "Research");
/// // Okta mails her a link for choosing a password.
/// ```
#[derive(Clone)]
#[must_use = "no user is created until it is given to `Users::create`"]
pub struct NewUser {
    profile: Map<String, Value>,
    password: Option<Secret>,
    groups: Vec<String>,
    is_activated: bool,
}

impl NewUser {
    /// Creates an activated account with this login, which Okta requires to look like an e-mail
    /// address, and with the same address.
    pub fn new(login: impl Into<String>) -> Self {
        let login = login.into();
        let profile = [("email", login.clone()), ("login", login)];
        Self {
            profile: (profile.into_iter())
                .map(|(name, value)| (name.to_owned(), value.into()))
                .collect(),
            password: None,
            groups: Vec::new(),
            is_activated: true,
        }
    }

    /// Sets the e-mail address. Default: the login.
    pub fn email(self, email: impl Into<String>) -> Self {
        self.attribute("email", email.into())
    }

    /// Sets the first name. Most orgs require one.
    pub fn first_name(self, name: impl Into<String>) -> Self {
        self.attribute("firstName", name.into())
    }

    /// Sets the last name. Most orgs require one.
    pub fn last_name(self, name: impl Into<String>) -> Self {
        self.attribute("lastName", name.into())
    }

    /// Sets any member of the profile, custom ones included.
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.profile.insert(name.into(), value.into());
        self
    }

    /// Sets a password. Default: none; the user chooses one.
    pub fn password(mut self, password: impl Into<Secret>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// Sets the IDs of groups (`00g…`) in addition to `Everyone`. Default: none.
    pub fn groups<G: Into<String>>(mut self, ids: impl IntoIterator<Item = G>) -> Self {
        self.groups = ids.into_iter().map(Into::into).collect();
        self
    }

    /// Sets whether the account is activated. Default: `true`: an account with a password can be
    /// used at once, and Okta mails the others a link. `false` leaves the account to
    /// [`Users::activate`](super::Users::activate).
    pub fn activated(mut self, is_activated: bool) -> Self {
        self.is_activated = is_activated;
        self
    }

    pub(super) fn is_activated(&self) -> bool {
        self.is_activated
    }

    /// Returns the body of the call.
    pub(super) fn body(&self) -> Value {
        let mut body = json!({ "profile": self.profile });
        if let Some(password) = &self.password {
            body["credentials"] = json!({ "password": { "value": password.expose() } });
        }
        if !self.groups.is_empty() {
            body["groupIds"] = json!(self.groups);
        }
        body
    }
}

/// Hides the user.
impl fmt::Debug for NewUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewUser")
            .field("has_password", &self.password.is_some())
            .field("is_activated", &self.is_activated)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn body_holds_only_what_was_set() {
        let ada = NewUser::new("ada@example.com");
        let body = json!({ "profile": { "login": "ada@example.com", "email": "ada@example.com" } });
        assert_eq!(ada.body(), body);
        assert!(ada.is_activated());
        let ada = (ada
            .email("ada@example.org")
            .first_name("Ada")
            .last_name("L"))
        .attribute("department", "maths")
        .password("hunter2")
        .groups(["00g1"])
        .activated(false);
        let body = json!({
            "profile": {
                "login": "ada@example.com", "email": "ada@example.org",
                "firstName": "Ada", "lastName": "L", "department": "maths",
            },
            "credentials": { "password": { "value": "hunter2" } },
            "groupIds": ["00g1"],
        });
        assert_eq!(ada.body(), body);
        assert!(!ada.is_activated());
        let printed = format!("{ada:?}");
        assert!(
            !printed.contains("hunter2") && !printed.contains("ada"),
            "{printed}"
        );
    }
}
