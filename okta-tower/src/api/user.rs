//! A person as Okta's Users API knows them.

use std::{fmt, sync::Arc};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::{ApiError, error::Problem};

/// A person as Okta's Users API knows them. Cheap to clone.
///
/// # Security
/// A person is recognised by [`id`](Self::id). Logins and e-mail addresses change, and change hands: nobody is linked to a
/// local account by them.
#[derive(Clone)]
pub struct User(Arc<Inner>);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Inner {
    id: String,
    status: UserStatus,
    created: Option<String>,
    activated: Option<String>,
    status_changed: Option<String>,
    last_login: Option<String>,
    last_updated: Option<String>,
    password_changed: Option<String>,
    #[serde(default)]
    profile: Map<String, Value>,
}

/// What state an account at Okta is in.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(from = "String")]
#[non_exhaustive]
pub enum UserStatus {
    /// Created, and not activated yet.
    Staged,
    /// Activated, and the person has not chosen a password yet.
    Provisioned,
    /// May sign in.
    Active,
    /// May sign in once the password is reset.
    Recovery,
    /// May sign in once there is a new password.
    PasswordExpired,
    /// Too many wrong passwords.
    LockedOut,
    /// Suspended by an administrator.
    Suspended,
    /// Deactivated.
    Deprovisioned,
    /// One that this version does not know, by Okta's name for it.
    Other(Box<str>),
}

impl UserStatus {
    /// Okta's name for it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Staged => "STAGED",
            Self::Provisioned => "PROVISIONED",
            Self::Active => "ACTIVE",
            Self::Recovery => "RECOVERY",
            Self::PasswordExpired => "PASSWORD_EXPIRED",
            Self::LockedOut => "LOCKED_OUT",
            Self::Suspended => "SUSPENDED",
            Self::Deprovisioned => "DEPROVISIONED",
            Self::Other(name) => name,
        }
    }

    /// Whether the account is in use: `ACTIVE`, or `RECOVERY` and `PASSWORD_EXPIRED`, in which a person signs in with a new
    /// password. A status that this version does not know is none of them.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        matches!(self, Self::Active | Self::Recovery | Self::PasswordExpired)
    }
}

impl From<String> for UserStatus {
    fn from(name: String) -> Self {
        match name.as_str() {
            "STAGED" => Self::Staged,
            "PROVISIONED" => Self::Provisioned,
            "ACTIVE" => Self::Active,
            "RECOVERY" => Self::Recovery,
            "PASSWORD_EXPIRED" => Self::PasswordExpired,
            "LOCKED_OUT" => Self::LockedOut,
            "SUSPENDED" => Self::Suspended,
            "DEPROVISIONED" => Self::Deprovisioned,
            _ => Self::Other(name.into()),
        }
    }
}

impl User {
    /// The stable id, `00u…`: the same as [`Verified::user_id`](crate::Verified::user_id).
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// What state the account is in.
    #[must_use]
    pub fn status(&self) -> &UserStatus {
        &self.0.status
    }

    /// The name that the person signs in with: `profile.login`.
    #[must_use]
    pub fn login(&self) -> Option<&str> {
        self.text("login")
    }

    /// The e-mail address, for showing and for mail: `profile.email`.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.text("email")
    }

    /// `profile.firstName`.
    #[must_use]
    pub fn first_name(&self) -> Option<&str> {
        self.text("firstName")
    }

    /// `profile.lastName`.
    #[must_use]
    pub fn last_name(&self) -> Option<&str> {
        self.text("lastName")
    }

    /// What the person is called, for showing: `profile.displayName`, else first and last name, else the login.
    #[must_use]
    pub fn display_name(&self) -> String {
        if let Some(name) = self.text("displayName").filter(|name| !name.is_empty()) {
            return name.to_owned();
        }
        let names = [self.first_name(), self.last_name()];
        let names: Vec<&str> = (names.into_iter().flatten())
            .filter(|name| !name.is_empty())
            .collect();
        if names.is_empty() {
            return self.login().unwrap_or_default().to_owned();
        }
        names.join(" ")
    }

    /// Any member of the profile, your org's own included.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Value> {
        self.0.profile.get(name).filter(|value| !value.is_null())
    }

    /// The profile as a type of your own. Members that not everybody has get the type `Option`.
    ///
    /// # Errors
    /// [`Unreadable`](super::ApiErrorKind::Unreadable) where the profile does not fit.
    pub fn profile<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        T::deserialize(&self.0.profile)
            .map_err(|_| Problem::Unreadable("the person's profile does not fit the type").into())
    }

    /// When the account was created, as Okta writes it (ISO 8601, UTC): `2026-01-05T08:00:00.000Z`. So are the other times.
    #[must_use]
    pub fn created(&self) -> Option<&str> {
        self.0.created.as_deref()
    }

    /// When it was activated first.
    #[must_use]
    pub fn activated(&self) -> Option<&str> {
        self.0.activated.as_deref()
    }

    /// When its status changed last.
    #[must_use]
    pub fn status_changed(&self) -> Option<&str> {
        self.0.status_changed.as_deref()
    }

    /// When the person signed in last.
    #[must_use]
    pub fn last_login(&self) -> Option<&str> {
        self.0.last_login.as_deref()
    }

    /// When anything about it changed last.
    #[must_use]
    pub fn last_updated(&self) -> Option<&str> {
        self.0.last_updated.as_deref()
    }

    /// When the password changed last.
    #[must_use]
    pub fn password_changed(&self) -> Option<&str> {
        self.0.password_changed.as_deref()
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.profile.get(name).and_then(Value::as_str)
    }
}

impl<'de> Deserialize<'de> for User {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Inner::deserialize(deserializer).map(|inner| Self(Arc::new(inner)))
    }
}

/// Prints nothing of the person but what state the account is in.
impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("status", &self.0.status)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn user(value: Value) -> Option<User> {
        serde_json::from_value(value).ok()
    }

    fn ada(profile: Value) -> User {
        let mut whole = json!({ "id": "00u1", "status": "ACTIVE" });
        whole["profile"] = profile;
        user(whole).unwrap()
    }

    #[test]
    fn nulls_absent_and_unknown_members_are_normal() {
        let whole = user(json!({
            "id": "00u1", "status": "ACTIVE", "created": "2026-01-05T08:00:00.000Z", "lastLogin": null,
            "realmId": "x", "type": { "id": "oty1" }, "_links": {}, "profile": { "login": "ada", "mobilePhone": null },
        }));
        let whole = whole.unwrap();
        assert_eq!(whole.created(), Some("2026-01-05T08:00:00.000Z"));
        assert_eq!((whole.last_login(), whole.activated()), (None, None));
        assert_eq!(whole.attribute("mobilePhone"), None);
        assert!(user(json!({ "id": "00u1", "status": "ACTIVE" })).is_some());
        assert!(user(json!({ "id": "00u1" })).is_none());
        assert!(user(json!({ "status": "ACTIVE" })).is_none());
    }

    #[test]
    fn every_status_is_known_by_its_name_and_only_three_are_active() {
        for (name, is_active) in [
            ("STAGED", false),
            ("PROVISIONED", false),
            ("ACTIVE", true),
            ("RECOVERY", true),
            ("PASSWORD_EXPIRED", true),
            ("LOCKED_OUT", false),
            ("SUSPENDED", false),
            ("DEPROVISIONED", false),
            ("ACTIVATING", false),
            ("active", false),
        ] {
            let status = UserStatus::from(name.to_owned());
            assert_eq!(status.as_str(), name);
            assert_eq!(status.is_active(), is_active, "{name}");
        }
    }

    #[test]
    fn a_person_is_called_by_the_best_name_there_is() {
        let name = |profile| ada(profile).display_name();
        let both = json!({ "login": "ada@x", "firstName": "Ada", "lastName": "Lovelace" });
        assert_eq!(name(both), "Ada Lovelace");
        assert_eq!(
            name(json!({ "login": "ada@x", "firstName": "Ada", "lastName": "" })),
            "Ada"
        );
        assert_eq!(
            name(json!({ "login": "ada@x", "displayName": "A. L." })),
            "A. L."
        );
        assert_eq!(name(json!({ "login": "ada@x" })), "ada@x");
        assert_eq!(name(json!({})), "");
    }

    #[test]
    fn a_profile_is_read_as_a_type_of_ones_own_or_refused() {
        #[derive(Deserialize)]
        struct Employee {
            department: String,
            office: Option<u32>,
        }
        let person = ada(json!({ "login": "ada", "department": "maths", "office": null }));
        let employee: Employee = person.profile().unwrap();
        assert_eq!(
            (employee.department.as_str(), employee.office),
            ("maths", None)
        );
        let refused = ada(json!({ "department": 7 })).profile::<Employee>();
        assert!(refused.is_err());
    }

    #[test]
    fn nothing_of_a_person_is_printed() {
        let person = ada(json!({ "login": "ada@example.com" }));
        let printed = format!("{person:?}");
        assert_eq!(printed, "User { status: Active, .. }");
    }
}
