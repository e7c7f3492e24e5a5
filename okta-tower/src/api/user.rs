//! A user of Okta's Users API.

use std::{fmt, sync::Arc};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::error::{ApiError, Problem};

/// A user of Okta's Users API. Cheap to clone.
///
/// # Security
/// The key of a user is [`id`](Self::id). Never link local accounts by login or e-mail address:
/// both change, and change hands.
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

/// The status of an Okta account.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(from = "String")]
#[non_exhaustive]
pub enum UserStatus {
    /// Created, but not activated yet.
    Staged,
    /// Activated, but without a password.
    Provisioned,
    /// In use.
    Active,
    /// In use: the user resets the password at sign-in.
    Recovery,
    /// In use: the user sets a new password at sign-in.
    PasswordExpired,
    /// Locked after too many wrong passwords.
    LockedOut,
    /// Suspended by an administrator.
    Suspended,
    /// Deactivated.
    Deprovisioned,
    /// Unknown to this version, by Okta's name.
    Other(Box<str>),
}

impl UserStatus {
    /// Returns Okta's name of the status.
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

    /// Returns whether the account is in use: `ACTIVE`, `RECOVERY` or `PASSWORD_EXPIRED`. An
    /// [`Other`](Self::Other) status is not.
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
    /// Returns the stable ID, `00u…`: [`Verified::user_id`](crate::Verified::user_id).
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// Returns the status of the account.
    #[must_use]
    pub fn status(&self) -> &UserStatus {
        &self.0.status
    }

    /// Returns the name for signing in: `profile.login`.
    #[must_use]
    pub fn login(&self) -> Option<&str> {
        self.text("login")
    }

    /// Returns the e-mail address, for display and mail: `profile.email`.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.text("email")
    }

    /// Returns `profile.firstName`.
    #[must_use]
    pub fn first_name(&self) -> Option<&str> {
        self.text("firstName")
    }

    /// Returns `profile.lastName`.
    #[must_use]
    pub fn last_name(&self) -> Option<&str> {
        self.text("lastName")
    }

    /// Returns a name for display: `profile.displayName`, or first and last name, or the login.
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

    /// Returns any member of the profile, custom ones included.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Value> {
        self.0.profile.get(name).filter(|value| !value.is_null())
    }

    /// Deserializes the profile. Use `Option` for members that not all users have.
    ///
    /// # Errors
    /// [`Unreadable`](super::ApiErrorKind::Unreadable) if the profile does not match the type.
    pub fn profile<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        T::deserialize(&self.0.profile)
            .map_err(|_| Problem::Unreadable("the user's profile does not match the type").into())
    }

    /// Returns when the account was created, as Okta writes it and the other times (ISO 8601, UTC):
    /// `2026-01-05T08:00:00.000Z`.
    #[must_use]
    pub fn created(&self) -> Option<&str> {
        self.0.created.as_deref()
    }

    /// Returns when the account was first activated.
    #[must_use]
    pub fn activated(&self) -> Option<&str> {
        self.0.activated.as_deref()
    }

    /// Returns when the status last changed.
    #[must_use]
    pub fn status_changed(&self) -> Option<&str> {
        self.0.status_changed.as_deref()
    }

    /// Returns when the user last signed in.
    #[must_use]
    pub fn last_login(&self) -> Option<&str> {
        self.0.last_login.as_deref()
    }

    /// Returns when the account last changed.
    #[must_use]
    pub fn last_updated(&self) -> Option<&str> {
        self.0.last_updated.as_deref()
    }

    /// Returns when the password last changed.
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

/// Shows only the status.
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
    fn null_absent_and_unknown_members_are_accepted() {
        let whole = user(json!({
            "id": "00u1", "status": "ACTIVE",
            "created": "2026-01-05T08:00:00.000Z", "lastLogin": null,
            "realmId": "x", "type": { "id": "oty1" }, "_links": {},
            "profile": { "login": "ada", "mobilePhone": null },
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
    fn status_has_its_name_and_three_are_active() {
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
    fn display_name_is_the_best_available() {
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
    fn profile_of_another_type_is_rejected() {
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
    fn debug_hides_the_user() {
        let person = ada(json!({ "login": "ada@example.com" }));
        let printed = format!("{person:?}");
        assert_eq!(printed, "User { status: Active, .. }");
    }
}
