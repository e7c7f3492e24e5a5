//! The claims of a token that may be shown although nothing about them is verified.

use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;

use crate::{base::json, bearer::token::Policy, claims::MAX_MEMBERS};

/// Some header members and claims of a token, **not verified**: anyone can write a token with
/// these claims. For display only.
///
/// | name | value |
/// |---|---|
/// | `alg`, `typ`, `kid` | of the header |
/// | `iss`, `acr` | as in the token |
/// | `aud`, `scopes` | lists |
/// | `exp`, `nbf`, `iat` | Unix seconds |
/// | `exp_from_now`, `nbf_from_now`, `iat_from_now` | seconds by this machine's clock; negative in the past |
/// | `cid` | the client: `cid` or `client_id` |
/// | `caller` | `user`, or `service` without a `uid` |
/// | `uid` | Okta's user ID. Not in `Display` |
/// | `group_count` | the number of groups |
/// | `groups` | the names of the groups. Not in `Display` |
/// | `has_cnf`, `has_act` | whether the token is bound to a key, and whether it was delegated |
///
/// Values of the wrong type are left out. Texts end after 200 characters, lists after 100 elements.
/// If the header or the payload is not a JSON object with each member once, nothing of it is shown.
///
/// # Security
/// - Never decide by these values: they become a caller nowhere in this crate, and must not in an
///   application.
/// - A token's author chooses them. Write them into a page with the escapes of HTML.
/// - `Display` leaves out what identifies a person: the user ID and the names of groups. `sub`,
///   `email`, `jti` and the claims that are not listed here are never shown.
#[derive(Clone, PartialEq)]
pub struct UnverifiedClaims {
    members: Vec<(&'static str, Value)>,
}

/// What `Display` leaves out.
const PERSONAL: [&str; 2] = ["uid", "groups"];

const MAX_CHARS: usize = 200;
const MAX_ELEMENTS: usize = 100;
const MAX_HEADER_MEMBERS: usize = 32;

/// The header and the payload of a token, read for display only.
#[derive(Default)]
pub(super) struct Parts {
    /// `null` if it cannot be read, as the claims.
    pub(super) header: Value,
    pub(super) claims: Value,
}

impl Parts {
    pub(super) fn of(header: &[u8], payload: &[u8]) -> Self {
        Self {
            header: object(header, MAX_HEADER_MEMBERS),
            claims: object(payload, MAX_MEMBERS),
        }
    }
}

/// Reads an object with each member once. Anything else is `null`.
fn object(text: &[u8], max_members: usize) -> Value {
    let text = std::str::from_utf8(text).ok();
    let text = text.filter(|text| json::check(text, max_members).is_ok());
    let value: Option<Value> = text.and_then(|text| serde_json::from_str(text).ok());
    value.filter(Value::is_object).unwrap_or_default()
}

impl UnverifiedClaims {
    pub(super) fn new(parts: &Parts, policy: &Policy, now: i64) -> Option<Self> {
        let Parts { header, claims } = parts;
        let mut members: Vec<(&'static str, Value)> = Vec::new();
        let mut add = |name, value: Option<Value>| members.extend(value.map(|value| (name, value)));
        for name in ["alg", "typ", "kid"] {
            add(name, header.get(name).and_then(text));
        }
        for name in ["iss", "acr"] {
            add(name, claims.get(name).and_then(text));
        }
        add("aud", claims.get("aud").and_then(list));
        for (name, difference) in [
            ("exp", "exp_from_now"),
            ("nbf", "nbf_from_now"),
            ("iat", "iat_from_now"),
        ] {
            let seconds = claims.get(name).and_then(seconds);
            add(name, seconds.map(Into::into));
            add(difference, seconds.map(|at| at.saturating_sub(now).into()));
        }
        let client = claims.get("cid").or(claims.get("client_id"));
        add("cid", client.and_then(text));
        if !claims.is_null() {
            let uid = claims.get("uid").and_then(text);
            let caller = if uid.is_some() { "user" } else { "service" };
            add("caller", Some(caller.into()));
            add("uid", uid);
            let scopes = claims.get("scp").or(claims.get("scope"));
            add("scopes", scopes.and_then(scope_list));
            let groups = groups(claims, policy);
            let count = groups.map(|groups| names(groups).len());
            add("group_count", count.map(Into::into));
            add("groups", groups.and_then(list));
            for (name, claim) in [("has_cnf", "cnf"), ("has_act", "act")] {
                add(name, Some(has(claims, claim).into()));
            }
        }
        (!members.is_empty()).then_some(Self { members })
    }

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

/// Returns whether a claim is present: `null` counts as absent.
pub(super) fn has(claims: &Value, name: &str) -> bool {
    claims.get(name).is_some_and(|claim| !claim.is_null())
}

/// Returns the claim that is configured as that of the groups.
pub(super) fn groups<'c>(claims: &'c Value, policy: &Policy) -> Option<&'c Value> {
    let name = policy.groups_claim.text();
    let found = if name.starts_with('/') {
        claims.pointer(name)
    } else {
        claims.get(name)
    };
    found.filter(|claim| !claim.is_null())
}

/// Returns the JSON Pointer of a nested claim that is configured with dots.
pub(super) fn nested_groups(claims: &Value, policy: &Policy) -> Option<String> {
    let name = policy.groups_claim.text();
    let pointer = format!("/{}", name.replace('.', "/"));
    (name.contains('.') && claims.pointer(&pointer).is_some()).then_some(pointer)
}

/// Returns the names of groups. What is no name grants nothing.
pub(super) fn names(groups: &Value) -> Vec<&str> {
    match groups {
        Value::Array(elements) => elements.iter().filter_map(Value::as_str).collect(),
        single => single.as_str().into_iter().collect(),
    }
}

/// Returns whether a claim of groups is a list of names or one name.
pub(super) fn has_names_only(groups: &Value) -> bool {
    match groups {
        Value::Array(elements) => elements.iter().all(Value::is_string),
        single => single.is_string(),
    }
}

pub(super) fn seconds(value: &Value) -> Option<i64> {
    value
        .as_i64()
        .or_else(|| value.as_f64().map(|at| at as i64))
}

fn text(value: &Value) -> Option<Value> {
    let text = value.as_str()?;
    Some(text.chars().take(MAX_CHARS).collect::<String>().into())
}

fn list(value: &Value) -> Option<Value> {
    match value {
        Value::Array(elements) => {
            let texts = elements.iter().take(MAX_ELEMENTS).filter_map(text);
            Some(texts.collect::<Vec<_>>().into())
        }
        single => text(single).map(|text| vec![text].into()),
    }
}

fn scope_list(value: &Value) -> Option<Value> {
    let Some(spaced) = value.as_str() else {
        return list(value);
    };
    let names: Vec<&str> = spaced.split(' ').filter(|name| !name.is_empty()).collect();
    list(&names.into())
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

/// Writes one line per value, without the user ID and the names of groups. Control characters are
/// escaped.
impl fmt::Display for UnverifiedClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unverified claims, which anyone can write:")?;
        for (name, value) in self.iter().filter(|(name, _)| !PERSONAL.contains(name)) {
            write!(f, "\n  {name}: {}", escaped(&value.to_string()))?;
        }
        Ok(())
    }
}

/// Escapes what could move a terminal's cursor or the direction of its text, and no quotes.
pub(super) fn escaped(text: &str) -> String {
    let escape = |char: char| match char {
        '"' | '\'' | '\\' => char.to_string(),
        _ => char.escape_debug().to_string(),
    };
    text.chars().map(escape).collect()
}

/// Writes no value: they come from the token.
impl fmt::Debug for UnverifiedClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnverifiedClaims").finish_non_exhaustive()
    }
}
