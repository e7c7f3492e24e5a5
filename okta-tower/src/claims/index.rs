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
    /// Its [`ends`], which save a look into memory and a call. All zero where it has none.
    ends: (u64, u64),
}

impl Wanted {
    pub(crate) fn new(text: String) -> Self {
        let hash = hash(&text);
        Self {
            hash,
            label: label(hash, &text),
            ends: ends(text.as_bytes()).unwrap_or_default(),
            text: text.into(),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is this name.
    #[inline(always)]
    fn is(&self, name: &[u8]) -> bool {
        match ends(name) {
            Some(ends) => ends == self.ends && name.len() == self.text.len(),
            None => self.is_to_the_letter(name),
        }
    }

    #[inline(never)]
    fn is_to_the_letter(&self, name: &[u8]) -> bool {
        name == self.text.as_bytes()
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

    // Inlined into the loop over many names, in which the call would be a third of the time.
    #[inline(always)]
    pub(super) fn holds(&self, wanted: &Wanted, text: &str) -> bool {
        let is_wanted =
            |slot| piece(text, slot, wanted.text.len()).is_some_and(|held| wanted.is(held));
        self.find(wanted.hash, wanted.label, is_wanted)
    }

    pub(super) fn holds_text(&self, name: &str, text: &str) -> bool {
        let hash = hash(name);
        self.find(hash, label(hash, name), |slot| {
            begins_with(text, slot, name)
        })
    }

    /// A hash is no proof: what stands at a slot's place in the text has the last word.
    #[inline(always)]
    fn find(&self, hash: u64, label: u64, is_name: impl Fn(u32) -> bool) -> bool {
        for probe in probes(hash, self.slots.len()) {
            let slot = self.slots[probe];
            if slot >> 32 == label && is_name(slot as u32) {
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

/// So many bytes of the text.
fn piece(text: &str, start: u32, length: usize) -> Option<&[u8]> {
    let start = start as usize;
    text.as_bytes().get(start..start + length)
}

/// Whether a name stands at a place of the text.
fn begins_with(text: &str, start: u32, name: &str) -> bool {
    piece(text, start, name.len()).is_some_and(|held| held == name.as_bytes())
}

/// The first and the last bytes of a name of 4 to 16, each as a number: all of the name, as they overlap where it is shorter than
/// both together. `None` of other names.
#[inline(always)]
fn ends(name: &[u8]) -> Option<(u64, u64)> {
    match name.len() {
        8..=16 => {
            let number = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes);
            name.first_chunk()
                .map(number)
                .zip(name.last_chunk().map(number))
        }
        4..8 => {
            let number = |bytes: &[u8; 4]| u64::from(u32::from_le_bytes(*bytes));
            name.first_chunk()
                .map(number)
                .zip(name.last_chunk().map(number))
        }
        _ => None,
    }
}

/// The slots that a name may stand in, in order.
#[inline(always)]
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
            let wanted = Wanted::new(String::from_utf8(name.to_vec()).unwrap());
            assert!(wanted.is(name) && !wanted.is(&text[..=length]));
            for place in 0..length {
                let mut other = name.to_vec();
                other[place] ^= 0x80;
                assert!(!wanted.is(&other), "{length} {place}");
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
        let mut without_ends = beta.clone();
        without_ends.ends = impostor.ends;
        assert!(!index.holds(&without_ends, &text));
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
