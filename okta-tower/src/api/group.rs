//! A group of an org.

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

/// Where a group comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GroupKind {
    /// Made in Okta: `OKTA_GROUP`.
    Okta,
    /// Brought along by an application or a directory: `APP_GROUP`. Its name may be that of another group, too.
    App,
    /// `Everyone` and its like: `BUILT_IN`.
    BuiltIn,
    /// One that this version does not know.
    Other,
}

impl Group {
    /// The stable id, `00g…`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The name, as tokens have it. Names can be changed, and two groups of different kinds may share one.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.profile.name
    }

    /// What somebody wrote about it.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.profile.description.as_deref()
    }

    /// Where it comes from.
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
    fn a_group_needs_an_id_and_a_name() {
        let read = |value| serde_json::from_value::<Group>(value).ok();
        let group = json!({
            "id": "00g1", "type": "OKTA_GROUP", "objectClass": [], "profile": { "name": "admin", "description": null },
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
