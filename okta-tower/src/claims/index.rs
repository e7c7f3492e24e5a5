//! Whether a list of names holds one, without going through the list.

use std::{hash::BuildHasher, sync::LazyLock};

use foldhash::quality::RandomState;

use super::text::Span;

/// Lists up to this length are gone through: that is as quick.
const SHORT: usize = 2;

/// A name to look for in lists, with what finding it there needs.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    text: Box<str>,
    hash: u64,
    label: u64,
}

impl Wanted {
    pub(crate) fn new(text: String) -> Self {
        let hash = hash(&text);
        Self {
            hash,
            label: label(hash, &text),
            text: text.into(),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }
}

/// The places of a list's names, by their hashes: a table with room for four times as many, so that most names that are not in
/// the list meet a free slot at once.
#[derive(Debug)]
pub(super) struct Index {
    /// [`label`] of a name in the upper half, where it begins in the text in the lower one. 0 is free.
    slots: Box<[u64]>,
}

impl Index {
    /// `None` where going through the list is as quick, where there are too many names, and where one is too long.
    pub(super) fn new(text: &str, spans: &[Span]) -> Option<Self> {
        if spans.len() <= SHORT || spans.len() >= MAX {
            return None;
        }
        let mut slots = vec![0; (spans.len() * 4).next_power_of_two()].into_boxed_slice();
        for span in spans {
            let name = span.of(text);
            let hash = hash(name);
            let label = label(hash, name);
            if label == u64::MAX {
                return None;
            }
            // Most slots are free, so there is one, if the name is not there already.
            let is_place = |slot: &usize| {
                let slot = slots[*slot];
                slot == 0 || (slot >> 32 == label && begins_with(text, slot as u32, name))
            };
            let place = probes(hash, slots.len()).find(is_place)?;
            slots[place] = label << 32 | u64::from(span.start());
        }
        Some(Self { slots })
    }

    pub(super) fn holds(&self, wanted: &Wanted, text: &str) -> bool {
        self.find(&wanted.text, wanted.hash, wanted.label, text)
    }

    pub(super) fn holds_text(&self, name: &str, text: &str) -> bool {
        let hash = hash(name);
        self.find(name, hash, label(hash, name), text)
    }

    #[inline]
    fn find(&self, name: &str, hash: u64, label: u64, text: &str) -> bool {
        for probe in probes(hash, self.slots.len()) {
            let slot = self.slots[probe];
            // A hash is no proof: the names themselves are compared.
            if slot >> 32 == label && begins_with(text, slot as u32, name) {
                return true;
            }
            if slot == 0 {
                return false;
            }
        }
        false
    }
}

/// How many names a list may have, and how long one may be, in bytes: fewer.
const MAX: usize = 1 << 16;

/// A part of a name's hash, and its length. Never 0, and no slot's where the name is too long.
fn label(hash: u64, name: &str) -> u64 {
    if name.len() >= MAX {
        return u64::MAX;
    }
    (hash >> 48 | 1) << 16 | name.len() as u64
}

/// Whether a name stands at a place of the text.
fn begins_with(text: &str, start: u32, name: &str) -> bool {
    let start = start as usize;
    (text.as_bytes().get(start..start + name.len())).is_some_and(|held| same(held, name.as_bytes()))
}

/// `==`, without the call that it is where the lengths are not known: most names are short.
fn same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    match one.len() {
        // The ends overlap where it is shorter than both together.
        8..=16 => ends::<8>(one) == ends::<8>(other),
        4..8 => ends::<4>(one) == ends::<4>(other),
        _ => one == other,
    }
}

/// The first and the last so many bytes.
fn ends<const N: usize>(name: &[u8]) -> (Option<&[u8; N]>, Option<&[u8; N]>) {
    (name.first_chunk(), name.last_chunk())
}

/// The slots that a name may stand in, in order.
fn probes(hash: u64, slots: usize) -> impl Iterator<Item = usize> {
    let first = hash as usize;
    (0..slots).map(move |step| first.wrapping_add(step) & (slots - 1))
}

/// Seeded anew for each process, so that nobody outside of it knows which names would share a slot.
fn hash(name: &str) -> u64 {
    static SEED: LazyLock<RandomState> = LazyLock::new(RandomState::default);
    SEED.hash_one(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::Pieces;

    fn list(names: &[String]) -> (String, Vec<Span>) {
        let text = names.concat();
        let mut pieces = Pieces::of("");
        let spans = names.iter().map(|name| pieces.take(name)).collect();
        (text, spans)
    }

    #[test]
    fn a_name_is_found_where_it_stands_and_nowhere_else_at_every_length() {
        for count in [3, 4, 5, 100, 1000] {
            let names: Vec<String> = (0..count).map(|number| format!("group-{number}")).collect();
            let (text, spans) = list(&names);
            let index = Index::new(&text, &spans).unwrap();
            for name in &names {
                assert!(index.holds(&Wanted::new(name.clone()), &text));
                assert!(index.holds_text(name, &text));
                for other in [format!("{name}x"), name.to_uppercase(), name[1..].into()] {
                    assert!(!index.holds(&Wanted::new(other), &text));
                }
            }
            assert!(!index.holds_text("", &text));
        }
    }

    #[test]
    fn names_are_the_same_where_no_byte_differs_at_every_length() {
        let text: Vec<u8> = (0..40).collect();
        for length in 0..text.len() {
            let name = &text[..length];
            assert!(same(name, &text.clone()[..length]));
            assert!(!same(name, &text[..=length]) && !same(&text[..=length], name));
            for place in 0..length {
                let mut other = name.to_vec();
                other[place] ^= 0x80;
                assert!(!same(name, &other), "{length} {place}");
            }
        }
    }

    #[test]
    fn two_names_of_one_length_and_one_hash_are_still_told_apart() {
        let names = ["alpha", "beta", "gamma"].map(String::from);
        let (text, spans) = list(&names);
        let index = Index::new(&text, &spans).unwrap();
        let mut impostor = Wanted::new("zeta".into());
        assert!(!index.holds(&impostor, &text));
        let beta = Wanted::new("beta".into());
        (impostor.hash, impostor.label) = (beta.hash, beta.label);
        assert!(!index.holds(&impostor, &text));
        assert!(index.holds(&Wanted::new("beta".into()), &text));
    }

    #[test]
    fn a_list_of_one_name_many_times_holds_it() {
        let names = vec!["same".to_owned(); 50];
        let (text, spans) = list(&names);
        let index = Index::new(&text, &spans).unwrap();
        assert!(index.holds_text("same", &text));
        assert!(!index.holds_text("Same", &text));
    }

    #[test]
    fn lists_that_are_too_short_or_too_long_have_none() {
        for (count, has_index) in [
            (0, false),
            (2, false),
            (3, true),
            (65_535, true),
            (65_536, false),
        ] {
            let names: Vec<String> = (0..count).map(|number| number.to_string()).collect();
            let (text, spans) = list(&names);
            assert_eq!(Index::new(&text, &spans).is_some(), has_index, "{count}");
        }
    }
}
