//! A group of an Okta org.

use serde::Deserialize;

/// A group of an Okta org.
#[derive(Clone, Debug, Deserialize)]
pub struct Group {
    id: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    profile: Profile,
}

#[derive(Clone, Debug, Deserialize)]
struct Profile {
    name: String,
    description: Option<String>,
}

/// The origin of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GroupKind {
    /// Created in Okta: `OKTA_GROUP`.
    Okta,
    /// Imported from an application or a directory: `APP_GROUP`. Another group may have the name,
    /// too.
    App,
    /// `Everyone` and the like: `BUILT_IN`.
    BuiltIn,
    /// Unknown to this version.
    Other,
}

impl Group {
    /// Returns the stable ID, `00g…`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the name, as in tokens. Names can change, and groups of different kinds may share
    /// one.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.profile.name
    }

    /// Returns the description.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.profile.description.as_deref()
    }

    /// Returns the origin.
    #[must_use]
    pub fn kind(&self) -> GroupKind {
        match self.kind.as_deref() {
            Some("OKTA_GROUP") => GroupKind::Okta,
            Some("APP_GROUP") => GroupKind::App,
            Some("BUILT_IN") => GroupKind::BuiltIn,
            _ => GroupKind::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn group_without_id_or_name_is_rejected() {
        let read = |value| serde_json::from_value::<Group>(value).ok();
        let group = json!({
            "id": "00g1", "type": "OKTA_GROUP", "objectClass": [],
            "profile": { "name": "admin", "description": null },
        });
        let group = read(group).unwrap();
        assert_eq!((group.id(), group.name()), ("00g1", "admin"));
        assert_eq!((group.description(), group.kind()), (None, GroupKind::Okta));
        for (kind, expected) in [
            ("APP_GROUP", GroupKind::App),
            ("BUILT_IN", GroupKind::BuiltIn),
            ("NEW", GroupKind::Other),
        ] {
            let group = json!({ "id": "00g1", "type": kind, "profile": { "name": "x" } });
            assert_eq!(read(group).unwrap().kind(), expected);
        }
        assert!(read(json!({ "id": "00g1", "profile": {} })).is_none());
        assert!(read(json!({ "profile": { "name": "x" } })).is_none());
    }
}
