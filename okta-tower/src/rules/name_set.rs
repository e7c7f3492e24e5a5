//! The names a requirement asks for, held so that a long list in a token is gone through once.

/// Distinct names, sorted, with a filter in front: most names in a token are none of ours, and the filter
/// tells so without comparing text.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct NameSet {
    names: Box<[Box<str>]>,
    filter: u64,
}

impl NameSet {
    /// Whether no name was given.
    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Whether at least one of `held` is in the set.
    pub(super) fn any_of<'a>(&self, mut held: impl Iterator<Item = &'a str>) -> bool {
        held.any(|name| self.position(name).is_some())
    }

    /// Whether every name of the set is among `held`.
    pub(super) fn all_in<'a>(&self, mut held: impl Iterator<Item = &'a str> + Clone) -> bool {
        if self.names.len() > u64::BITS as usize {
            return (self.names.iter()).all(|name| held.clone().any(|other| other == &**name));
        }
        // One bit for each name of the set that has been seen.
        let wanted = u64::MAX >> (u64::BITS as usize - self.names.len().max(1));
        let mut seen = 0_u64;
        held.any(|name| {
            if let Some(index) = self.position(name) {
                seen |= 1 << index;
            }
            seen == wanted
        })
    }

    fn position(&self, name: &str) -> Option<usize> {
        if self.filter & bit(name) == 0 {
            return None;
        }
        self.names.binary_search_by(|own| (**own).cmp(name)).ok()
    }
}

impl<S: Into<String>> FromIterator<S> for NameSet {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        let mut names: Vec<Box<str>> = names.into_iter().map(|name| name.into().into()).collect();
        names.sort_unstable();
        names.dedup();
        let filter = names.iter().fold(0, |filter, name| filter | bit(name));
        Self {
            names: names.into(),
            filter,
        }
    }
}

impl std::fmt::Debug for NameSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(&self.names).finish()
    }
}

/// One of 64 bits, from the length and the last byte: names in one token tend to share their beginnings.
fn bit(name: &str) -> u64 {
    let last = name.as_bytes().last().copied().unwrap_or_default();
    1 << ((name.len() * 7 + usize::from(last)) % 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> NameSet {
        names.iter().copied().collect()
    }

    #[test]
    fn any_asks_for_one_name_and_all_for_every_name() {
        let set = set(&["ops", "admin", "ops"]);
        let any = |held: &[&str]| set.any_of(held.iter().copied());
        let all = |held: &[&str]| set.all_in(held.iter().copied());
        assert!(any(&["x", "admin"]) && any(&["ops"]));
        assert!(!any(&["x", "Admin", "adminx", "dmin", ""]) && !any(&[]));
        assert!(all(&["admin", "x", "ops"]) && all(&["ops", "ops", "admin"]));
        assert!(!all(&["admin", "admin"]) && !all(&["ops"]) && !all(&[]));
    }

    #[test]
    fn names_that_the_filter_cannot_tell_apart_are_still_told_apart() {
        let pair = ["alpha-1", "gamma-1"];
        assert_eq!(bit(pair[0]), bit(pair[1]));
        assert!(!set(&pair[..1]).any_of(pair[1..].iter().copied()));
        assert!(set(&pair[1..]).any_of(pair[1..].iter().copied()));
    }

    #[test]
    fn all_works_at_and_beyond_sixty_four_names() {
        for count in [1, 63, 64, 65, 200] {
            let names: Vec<String> = (0..count).map(|number| format!("g{number}")).collect();
            let set: NameSet = names.iter().collect();
            assert!(set.all_in(names.iter().map(String::as_str)), "{count}");
            for missing in [0, count / 2, count - 1] {
                let held = names.iter().map(String::as_str).enumerate();
                let held = held.filter(|(index, _)| *index != missing);
                assert!(!set.all_in(held.map(|(_, name)| name)), "{count} {missing}");
            }
        }
    }
}
