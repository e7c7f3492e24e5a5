//! The names a requirement asks for.

use crate::claims::{Groups, Question, Scopes, Verified, Wanted};

/// Sets of fewer names are asked for anew each time: that is as quick as to remember.
const FEW: usize = 4;

/// Distinct names, sorted.
pub(super) struct NameSet {
    names: Box<[Wanted]>,
}

/// A list of a token's names.
pub(super) trait Held<'v> {
    fn hold_all(&self, wanted: &[Wanted]) -> bool;
    fn hold_any(&self, wanted: &[Wanted]) -> bool;
    fn names(&self) -> impl ExactSizeIterator<Item = &'v str>;
}

impl<'v> Held<'v> for Groups<'v> {
    fn hold_all(&self, wanted: &[Wanted]) -> bool {
        self.hold_all(wanted)
    }

    fn hold_any(&self, wanted: &[Wanted]) -> bool {
        self.hold_any(wanted)
    }

    fn names(&self) -> impl ExactSizeIterator<Item = &'v str> {
        self.iter()
    }
}

impl<'v> Held<'v> for Scopes<'v> {
    fn hold_all(&self, wanted: &[Wanted]) -> bool {
        self.hold_all(wanted)
    }

    fn hold_any(&self, wanted: &[Wanted]) -> bool {
        self.hold_any(wanted)
    }

    fn names(&self) -> impl ExactSizeIterator<Item = &'v str> {
        self.iter()
    }
}

impl NameSet {
    /// Whether no name was given.
    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        let own = |own: &Wanted| own.as_str().cmp(name);
        self.names.binary_search_by(own).is_ok()
    }

    /// The answer to a question about these names and the caller's.
    pub(super) fn ask(
        &self,
        caller: &Verified,
        question: Question,
        find_out: impl FnOnce(&Verified) -> bool,
    ) -> bool {
        if self.names.len() < FEW {
            find_out(caller)
        } else {
            caller.answer(question, find_out)
        }
    }

    /// Whether at least one of `held` is in the set. Goes through whichever is shorter.
    pub(super) fn any_of<'v>(&self, held: &impl Held<'v>) -> bool {
        let mut names = held.names();
        if names.len() < self.names.len() {
            return names.any(|name| self.contains(name));
        }
        held.hold_any(&self.names)
    }

    /// Whether every name of the set is among `held`.
    pub(super) fn all_in<'v>(&self, held: &impl Held<'v>) -> bool {
        // No list of fewer names holds all of them, as they are distinct.
        self.names.len() <= held.names().len() && held.hold_all(&self.names)
    }
}

impl<S: Into<String>> FromIterator<S> for NameSet {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        let mut names: Vec<String> = names.into_iter().map(Into::into).collect();
        names.sort_unstable();
        names.dedup();
        Self {
            names: names.into_iter().map(Wanted::new).collect(),
        }
    }
}

impl std::fmt::Debug for NameSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.names.iter().map(Wanted::as_str))
            .finish()
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
    fn any_asks_for_one_name_and_all_for_every_name() {
        let set = set(&["ops", "admin", "ops"]);
        let any = |held: &[&str]| set.any_of(&holder(held).groups());
        let all = |held: &[&str]| set.all_in(&holder(held).groups());
        assert!(any(&["x", "admin"]) && any(&["ops"]));
        assert!(any(&["a", "b", "c", "d", "ops"]) && !any(&["a", "b", "c", "d", "Ops"]));
        assert!(!any(&["x", "Admin", "adminx", "dmin", ""]) && !any(&[]));
        assert!(all(&["admin", "x", "ops"]) && all(&["ops", "ops", "admin"]));
        assert!(all(&["admin", "ops"]) && all(&["a", "b", "admin", "c", "ops"]));
        assert!(!all(&["admin", "admin"]) && !all(&["ops"]) && !all(&[]));
        assert!(!all(&["admin", "admin", "admin", "ops "]));
    }

    #[test]
    fn it_does_not_matter_which_of_the_two_lists_is_the_longer_one() {
        for wanted in [1, 2, 3, 10, 200] {
            let names: Vec<String> = (0..wanted).map(|number| format!("g{number}")).collect();
            let set: NameSet = names.iter().collect();
            for foreign in [0, 1, 2, 3, 10, 200] {
                let others: Vec<String> = (0..foreign).map(|number| format!("o{number}")).collect();
                let none = holder(&others);
                assert!(!set.any_of(&none.groups()) && !set.all_in(&none.groups()));
                let all = holder(&[&names[..], &others].concat());
                assert!(set.any_of(&all.groups()) && set.all_in(&all.groups()));
                let one = holder(&[&others[..], &names[..1]].concat());
                assert!(set.any_of(&one.groups()));
                assert_eq!(set.all_in(&one.groups()), wanted == 1);
                let but_one = holder(&[&others[..], &names[1..]].concat());
                assert!(!set.all_in(&but_one.groups()), "{wanted} {foreign}");
                assert_eq!(set.any_of(&but_one.groups()), wanted > 1);
            }
        }
    }
}
