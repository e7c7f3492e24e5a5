//! Says in words what a caller lacks, for explanations.

use super::{Require, name_set::NameSet, require::Node};
use crate::claims::Verified;

impl Require {
    /// Returns what this caller lacks. `None` if nothing.
    ///
    /// # Security
    /// The text names groups and clients, which a client must not learn.
    pub(crate) fn missing(&self, caller: &Verified) -> Option<String> {
        if self.check(caller).is_ok() {
            return None;
        }
        let of = |parts: &[Self], link| {
            let missing = parts.iter().filter_map(|part| part.missing(caller));
            missing.collect::<Vec<_>>().join(link)
        };
        Some(match &*self.0 {
            Node::AnyGroup(names) => format!("one of the groups {names:?}"),
            Node::AllGroups(names) => {
                let groups = caller.groups();
                format!(
                    "the groups {:?}",
                    without(names, |name| groups.contains(name))
                )
            }
            Node::AnyScope(names, _) => format!("one of the scopes {names:?}"),
            Node::AllScopes(names, _) => {
                let scopes = caller.scopes();
                format!(
                    "the scopes {:?}",
                    without(names, |name| scopes.contains(name))
                )
            }
            Node::Claim(name, value) => {
                let has = if caller.claim(name).is_some() {
                    "has another value"
                } else {
                    "is absent"
                };
                format!("the claim {name:?} with {}, which {has}", value.json())
            }
            Node::AnyClient(ids) => format!("one of the clients {ids:?}"),
            Node::User => "a user, and the caller is a service".to_owned(),
            Node::Service => "a service, and the caller is a user".to_owned(),
            Node::Predicate(_) => "the consent of the application's own check".to_owned(),
            Node::All(parts) => of(parts, " and "),
            Node::Any(parts) => format!("({})", of(parts, " or ")),
            Node::Public | Node::Authenticated | Node::Nobody => {
                "another rule: this one admits no caller".to_owned()
            }
        })
    }
}

/// Returns the names that the caller does not have.
fn without(names: &NameSet, has: impl Fn(&str) -> bool) -> Vec<&str> {
    names.iter().filter(|name| !has(name)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn missing_names_what_the_caller_lacks_and_nothing_else() {
        let payload = json!({
            "groups": ["staff"], "scp": ["read"], "cid": "0oaA", "uid": "00u1", "site": "berlin",
        });
        let caller = Verified::for_test(&payload.to_string());
        for (require, missing) in [
            (Require::group("staff"), None),
            (Require::authenticated(), None),
            (
                Require::group("admin"),
                Some(r#"one of the groups ["admin"]"#),
            ),
            (
                Require::all_groups(["staff", "admin"]),
                Some(r#"the groups ["admin"]"#),
            ),
            (
                Require::any_scope(["write", "all"]),
                Some(r#"one of the scopes ["all", "write"]"#),
            ),
            (
                Require::all_scopes(["read", "write"]),
                Some(r#"the scopes ["write"]"#),
            ),
            (
                Require::claim("site", "paris"),
                Some(r#"the claim "site" with "paris", which has another value"#),
            ),
            (
                Require::claim("level", 7),
                Some(r#"the claim "level" with 7, which is absent"#),
            ),
            (
                Require::client_id("0oaB"),
                Some(r#"one of the clients ["0oaB"]"#),
            ),
            (
                Require::service(),
                Some("a service, and the caller is a user"),
            ),
            (
                Require::predicate(|_| false),
                Some("the consent of the application's own check"),
            ),
            (
                Require::nobody(),
                Some("another rule: this one admits no caller"),
            ),
            (
                Require::group("admin").and(Require::scope("read")),
                Some(r#"one of the groups ["admin"]"#),
            ),
            (
                Require::group("admin").or(Require::scope("write")),
                Some(r#"(one of the groups ["admin"] or the scopes ["write"])"#),
            ),
            (Require::group("staff").or(Require::scope("write")), None),
        ] {
            assert_eq!(require.missing(&caller).as_deref(), missing, "{require:?}");
        }
    }
}
