//! The scopes of a requirement, for descriptions of an API.

use super::{Require, require::Node};

impl Require {
    /// Returns the scopes that a caller needs: every scope of one of these lists.
    ///
    /// For descriptions of an API, such as the security requirements of OpenAPI. A requirement
    /// without scopes, such as a group, has one empty list: see also
    /// [`is_public`](Self::is_public).
    ///
    /// ```
    /// use okta_tower::Require;
    ///
    /// let staff = Require::group("staff").and(Require::scope("reports:read"));
    /// let either = staff.or(Require::all_scopes(["reports:read", "reports:all"]));
    /// assert_eq!(either.scopes(), [vec!["reports:read"], vec!["reports:read", "reports:all"]]);
    ///
    /// let rejects_everyone = Require::nobody();
    /// assert_eq!(rejects_everyone.scopes(), [[""; 0]]);
    /// assert!(!rejects_everyone.is_public());
    /// ```
    #[must_use]
    pub fn scopes(&self) -> Vec<Vec<&str>> {
        match &*self.0 {
            Node::AnyScope(_, text) => text.split(' ').map(|name| vec![name]).collect(),
            Node::AllScopes(_, text) => vec![text.split(' ').collect()],
            Node::Any(parts) => distinct(parts.iter().flat_map(Self::scopes)),
            Node::All(parts) => parts.iter().fold(vec![Vec::new()], |lists, part| {
                let further = part.scopes();
                let pairs = lists.iter().flat_map(|list| {
                    further
                        .iter()
                        .map(|more| distinct(list.iter().chain(more).copied()))
                });
                distinct(pairs)
            }),
            _ => vec![Vec::new()],
        }
    }
}

/// Returns the items in order, each once.
fn distinct<T: PartialEq>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut found = Vec::new();
    for item in items {
        if !found.contains(&item) {
            found.push(item);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_alternative_lists_the_scopes_it_needs() {
        let none: [Vec<&str>; 1] = [vec![]];
        let [a, b, c] = ["a", "b", "c"].map(Require::scope);
        let group = Require::group("staff");
        for (require, scopes) in [
            (Require::public(), &none[..]),
            (Require::authenticated(), &none),
            (Require::nobody().and(group.clone()), &none),
            (Require::all_scopes(["b", "a"]), &[vec!["b", "a"]]),
            (Require::any_scope(["b", "a"]), &[vec!["b"], vec!["a"]]),
            (group.clone().or(a.clone()), &[vec![], vec!["a"]]),
            (group.and(a.clone()).and(b.clone()), &[vec!["a", "b"]]),
            (a.clone().and(a.clone().or(b)), &[vec!["a"], vec!["a", "b"]]),
            (
                c.or(Require::any_scope(["c", "d"])).and(a),
                &[vec!["c", "a"], vec!["d", "a"]],
            ),
        ] {
            assert_eq!(require.scopes(), scopes, "{require:?}");
        }
    }
}
