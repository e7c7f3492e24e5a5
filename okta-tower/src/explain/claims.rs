//! The claims of a token that may be shown although nothing about them is verified.

use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;

/// Some header members and claims of a token, **not verified**: anyone can write a token with
/// these claims. For display only.
///
/// # Security
/// Never decide by these values. Write them into a page with the escapes of HTML.
#[derive(Clone, Default, PartialEq)]
pub struct UnverifiedClaims {
    pub(super) members: Vec<(&'static str, Value)>,
}

impl UnverifiedClaims {
    /// Returns the names and values, in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.members.iter().map(|(name, value)| (*name, value))
    }

    /// Returns one value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        let mut members = self.iter();
        members
            .find(|(own, _)| *own == name)
            .map(|(_, value)| value)
    }
}

impl Serialize for UnverifiedClaims {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.members.len()))?;
        for (name, value) in &self.members {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// Writes no value: they come from the token.
impl fmt::Debug for UnverifiedClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnverifiedClaims").finish_non_exhaustive()
    }
}
