//! The names that a requirement lists.

/// Distinct names, sorted.
pub(super) struct NameSet {
    names: Box<[String]>,
}

impl NameSet {
    /// Returns whether no name was given.
    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        let own = |own: &String| own.as_str().cmp(name);
        self.names.binary_search_by(own).is_ok()
    }

    /// Returns whether at least one of the caller's names is in the set.
    pub(super) fn any_of<'v>(&self, mut held: impl Iterator<Item = &'v str>) -> bool {
        held.any(|name| self.contains(name))
    }

    /// Returns whether every name of the set is among the caller's names.
    pub(super) fn all_in<'v>(
        &self,
        held: &(impl ExactSizeIterator<Item = &'v str> + Clone),
    ) -> bool {
        // The names are distinct, so a shorter list cannot hold all of them.
        self.names.len() <= held.len()
            && (self.names.iter()).all(|name| held.clone().any(|held| held == name))
    }
}

impl<S: Into<String>> FromIterator<S> for NameSet {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        let mut names: Vec<String> = names.into_iter().map(Into::into).collect();
        names.sort_unstable();
        names.dedup();
        Self {
            names: names.into(),
        }
    }
}

impl std::fmt::Debug for NameSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(&self.names).finish()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::claims::Verified;

    fn set(names: &[&str]) -> NameSet {
        names.iter().copied().collect()
    }

    fn holder<S: AsRef<str>>(groups: &[S]) -> Verified {
        let groups: Vec<&str> = groups.iter().map(AsRef::as_ref).collect();
        Verified::for_test(&json!({ "groups": groups }).to_string())
    }

    #[test]
    fn any_needs_one_name_and_all_needs_every_name() {
        let set = set(&["ops", "admin", "ops"]);
        let any = |held: &[&str]| set.any_of(holder(held).groups().iter());
        let all = |held: &[&str]| set.all_in(&holder(held).groups().iter());
        assert!(any(&["x", "admin"]) && any(&["ops"]));
        assert!(any(&["a", "b", "c", "d", "ops"]) && !any(&["a", "b", "c", "d", "Ops"]));
        assert!(!any(&["x", "Admin", "adminx", "dmin", ""]) && !any(&[]));
        assert!(all(&["admin", "x", "ops"]) && all(&["ops", "ops", "admin"]));
        assert!(all(&["admin", "ops"]) && all(&["a", "b", "admin", "c", "ops"]));
        assert!(!all(&["admin", "admin"]) && !all(&["ops"]) && !all(&[]));
        assert!(!all(&["admin", "admin", "admin", "ops "]));
    }

    #[test]
    fn names_are_found_whichever_list_is_longer() {
        for wanted in [1, 2, 3, 10, 200] {
            let names: Vec<String> = (0..wanted).map(|number| format!("g{number}")).collect();
            let set: NameSet = names.iter().collect();
            for foreign in [0, 1, 2, 3, 10, 200] {
                let others: Vec<String> = (0..foreign).map(|number| format!("o{number}")).collect();
                let none = holder(&others);
                assert!(!set.any_of(none.groups().iter()) && !set.all_in(&none.groups().iter()));
                let all = holder(&[&names[..], &others].concat());
                assert!(set.any_of(all.groups().iter()) && set.all_in(&all.groups().iter()));
                let one = holder(&[&others[..], &names[..1]].concat());
                assert!(set.any_of(one.groups().iter()));
                assert_eq!(set.all_in(&one.groups().iter()), wanted == 1);
                let but_one = holder(&[&others[..], &names[1..]].concat());
                assert!(!set.all_in(&but_one.groups().iter()), "{wanted} {foreign}");
                assert_eq!(set.any_of(but_one.groups().iter()), wanted > 1);
            }
        }
    }
}
