//! Somebody who is to have an account.

use std::fmt;

use serde_json::{Map, Value, json};

use crate::base::secret::Secret;

/// Somebody who is to have an account: for [`Users::create`](super::Users::create).
///
/// ```
/// use okta_tower::api::NewUser;
///
/// let ada = NewUser::new("ada@example.com")
///     .first_name("Ada")
///     .last_name("Lovelace")
///     .attribute("department", "Research");
/// // Okta sends her a mail with a link, by which she chooses a password.
/// ```
#[derive(Clone)]
#[must_use = "nobody is created until it is given to `Users::create`"]
pub struct NewUser {
    profile: Map<String, Value>,
    password: Option<Secret>,
    groups: Vec<String>,
    is_activated: bool,
}

impl NewUser {
    /// With this login, which Okta wants to look like an e-mail address, as the address too; to be activated.
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

    /// Another e-mail address than the login.
    pub fn email(self, email: impl Into<String>) -> Self {
        self.attribute("email", email.into())
    }

    /// The first name. Most orgs require it.
    pub fn first_name(self, name: impl Into<String>) -> Self {
        self.attribute("firstName", name.into())
    }

    /// The last name. Most orgs require it.
    pub fn last_name(self, name: impl Into<String>) -> Self {
        self.attribute("lastName", name.into())
    }

    /// Any member of the profile, your org's own included.
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.profile.insert(name.into(), value.into());
        self
    }

    /// A password, with which the person can sign in at once. Default: none, and the person chooses one.
    pub fn password(mut self, password: impl Into<Secret>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// The ids of the groups (`00g…`) that the person is put into beside `Everyone`. Default: none.
    pub fn groups<G: Into<String>>(mut self, ids: impl IntoIterator<Item = G>) -> Self {
        self.groups = ids.into_iter().map(Into::into).collect();
        self
    }

    /// Whether the account is activated: with a password it can be used at once, without one Okta sends a mail. Otherwise it
    /// waits for [`Users::activate`](super::Users::activate). Default: `true`.
    pub fn activated(mut self, is_activated: bool) -> Self {
        self.is_activated = is_activated;
        self
    }

    pub(super) fn is_activated(&self) -> bool {
        self.is_activated
    }

    /// What Okta is sent.
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

/// Prints nothing of the person.
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
    fn what_okta_is_sent_holds_what_was_said_and_no_more() {
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
                "login": "ada@example.com", "email": "ada@example.org", "firstName": "Ada", "lastName": "L",
                "department": "maths",
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
