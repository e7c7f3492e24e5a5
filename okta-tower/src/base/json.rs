//! Strict reading of JSON objects: each member name once, bounded depth and member count.
//!
//! Two parsers that disagree about a duplicate member can be played against each other, so a document with
//! one is refused (RFC 8725 section 2.4; RFC 7515 section 4 allows it). Names are compared after their
//! escapes are resolved, at every level.

use std::{borrow::Cow, cell::Cell, fmt};

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use smallvec::SmallVec;

/// How many objects and arrays may stand inside each other.
const MAX_DEPTH: u8 = 16;

/// The member name by which serde_json, read into a `Value`, takes an object for text that it then parses: text
/// which these rules have not been applied to. Nobody who means well sends it.
pub(crate) const RAW_VALUE: &str = "$serde_json::private::RawValue";

/// How much of a document is still allowed: counted over all its objects, so that a nest of small objects
/// is bounded like one large one.
#[derive(Debug)]
pub(crate) struct Budget {
    members: Cell<usize>,
}

impl Budget {
    pub(crate) const fn new(members: usize) -> Self {
        Self {
            members: Cell::new(members),
        }
    }

    fn spend<E: serde::de::Error>(&self) -> Result<(), E> {
        match self.members.get().checked_sub(1) {
            Some(left) => {
                self.members.set(left);
                Ok(())
            }
            None => Err(E::custom("too many members")),
        }
    }
}

/// The member names of one object so far.
///
/// A plain list: objects in tokens and keys have a few members, and the budget bounds the rest.
#[derive(Debug)]
pub(crate) struct Names<'de, 'b> {
    seen: SmallVec<[Cow<'de, str>; FEW]>,
    /// A bit for each name in `seen`: most names show by it that they are new.
    filter: u64,
    budget: &'b Budget,
}

/// How many members most objects have at most.
const FEW: usize = 16;

impl<'de, 'b> Names<'de, 'b> {
    pub(crate) fn new(budget: &'b Budget) -> Self {
        Self {
            seen: SmallVec::new(),
            filter: 0,
            budget,
        }
    }

    /// The next member's name, refused if it was there before. `None` at the object's end.
    pub(crate) fn next<A: MapAccess<'de>>(
        &mut self,
        map: &mut A,
    ) -> Result<Option<Cow<'de, str>>, A::Error> {
        let Some(name) = map.next_key_seed(Text)? else {
            return Ok(None);
        };
        self.budget.spend()?;
        if name == RAW_VALUE {
            return Err(A::Error::custom("reserved member"));
        }
        let bit = bit(&name);
        if self.filter & bit != 0 && self.seen.contains(&name) {
            return Err(A::Error::custom("duplicate member"));
        }
        self.filter |= bit;
        self.seen.push(name.clone());
        Ok(Some(name))
    }
}

/// One of 64 bits. Equal names have the same.
pub(crate) fn bit(name: &str) -> u64 {
    let (first, last) = match name.as_bytes() {
        [] => (0, 0),
        [first, .., last] => (*first, *last),
        [only] => (*only, *only),
    };
    1 << ((usize::from(first) * 3 + usize::from(last) * 11 + name.len() * 17) % 64)
}

/// A string, borrowed from the document where it holds no escapes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Text {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

/// Reads and drops any value, holding it to the same rules as the values that are kept.
///
/// Where another crate switches serde_json's `arbitrary_precision` on, a number comes as an object of one member,
/// and counts as one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Checked<'b> {
    budget: &'b Budget,
    depth: u8,
}

impl<'b> Checked<'b> {
    /// For the values of a document's outermost object.
    pub(crate) const fn new(budget: &'b Budget) -> Self {
        Self { budget, depth: 1 }
    }

    /// For the values one level further in.
    pub(crate) fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth >= MAX_DEPTH {
            return Err(E::custom("nested too deeply"));
        }
        Ok(Self {
            depth: self.depth + 1,
            ..self
        })
    }
}

impl<'de> DeserializeSeed<'de> for Checked<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Checked<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        while seq.next_element_seed(inner)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        let mut names = Names::new(self.budget);
        while names.next(&mut map)?.is_some() {
            map.next_value_seed(inner)?;
        }
        Ok(())
    }
}

/// Reads a whole document with a seed: nothing may follow the value.
pub(crate) fn read<'de, S: DeserializeSeed<'de>>(
    text: &'de str,
    seed: S,
) -> Result<S::Value, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = seed.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// Skips a value whose text was checked before, or whose content cannot matter.
pub(crate) fn skip<'de, A: MapAccess<'de>>(map: &mut A) -> Result<(), A::Error> {
    map.next_value::<IgnoredAny>().map(drop)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn accepts(text: &str) -> bool {
        let budget = Budget::new(8);
        read(text, Checked::new(&budget)).is_ok()
    }

    #[test]
    fn each_member_name_may_stand_once_at_every_level() {
        assert!(accepts(r#"{"a":1,"b":{"a":[{"a":1},{"a":2}]}}"#));
        assert!(!accepts(r#"{"a":1,"a":1}"#));
        assert!(!accepts(r#"{"a":1,"\u0061":1}"#));
        assert!(!accepts(r#"{"b":{"a":1,"a":1}}"#));
        assert!(!accepts(r#"{"b":[{"a":1,"c":2,"a":1}]}"#));
    }

    #[test]
    fn members_are_counted_over_the_whole_document() {
        let eight = r#"{"a":{"b":{"c":{"d":1}}},"e":[{"f":1},{"g":1}],"h":1}"#;
        assert!(accepts(eight));
        assert!(!accepts(&eight.replace(r#""h":1"#, r#""h":1,"i":1"#)));
    }

    #[test]
    fn depth_is_bounded_for_objects_and_arrays() {
        let nest = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(accepts(&nest(usize::from(MAX_DEPTH) - 1)));
        assert!(!accepts(&nest(usize::from(MAX_DEPTH))));
        assert!(!accepts(&nest(100_000)));
        let objects = |depth: usize| r#"{"a":"#.repeat(depth) + "1" + &"}".repeat(depth);
        let budget = Budget::new(1000);
        let deep = objects(usize::from(MAX_DEPTH) - 1);
        assert!(read(&deep, Checked::new(&budget)).is_ok());
        let deeper = objects(usize::from(MAX_DEPTH));
        assert!(read(&deeper, Checked::new(&budget)).is_err());
    }

    #[test]
    fn nothing_may_follow_the_document() {
        assert!(accepts(" {} "));
        assert!(!accepts("{} {}"));
        assert!(!accepts("{}x"));
        assert!(!accepts("{"));
    }

    #[test]
    fn what_serde_json_would_unwrap_by_itself_is_refused() {
        let hidden = r#"{"a":{"$serde_json::private::RawValue":"{\"b\":1,\"b\":2}"}}"#;
        let value: serde_json::Value = serde_json::from_str(hidden).unwrap();
        assert_eq!(value["a"]["b"], 2);
        assert!(!accepts(hidden));
        assert!(accepts(r#"{"a":{"$serde_json::private::Raw":"{}"}}"#));
    }

    fn any_json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<f64>().prop_map(Into::into),
            any::<String>().prop_map(Into::into),
        ];
        leaf.prop_recursive(6, 60, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
                prop::collection::btree_map(".{0,6}", inner, 0..5)
                    .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
            ]
        })
    }

    fn agrees(text: &str) -> bool {
        let budget = Budget::new(10_000);
        let ours = read(text, Checked::new(&budget)).is_ok();
        ours == serde_json::from_str::<serde_json::Value>(text).is_ok()
    }

    proptest! {
        #[test]
        fn without_duplicates_the_verdict_is_serde_jsons(value in any_json(), cut in any::<prop::sample::Index>()) {
            let text = value.to_string();
            prop_assert!(agrees(&text));
            prop_assert!(agrees(&serde_json::to_string_pretty(&value).unwrap()));
            let letters: Vec<char> = text.chars().collect();
            let cut: String = letters[..cut.index(letters.len())].iter().collect();
            prop_assert!(agrees(&cut));
        }

        #[test]
        fn arbitrary_text_is_json_to_both_or_to_neither(text in "[\\[\\]{},:\"0-9eE.+tf-]{0,24}", any in any::<String>()) {
            let budget = Budget::new(10_000);
            for text in [text, any] {
                let ours = read(&text, Checked::new(&budget)).is_ok();
                // Where it is JSON, only a name that stands twice is a reason to differ.
                prop_assert!(!ours || serde_json::from_str::<serde_json::Value>(&text).is_ok());
            }
        }
    }
}
