//! Strict reading of JSON objects: unique member names, bounded depth and member count.
//!
//! Two parsers that disagree about a duplicate member can be played against each other, so a
//! document with one is rejected (RFC 8725 section 2.4; RFC 7515 section 4 allows it). Names are
//! compared after their escapes are resolved, at every level.

use std::{borrow::Cow, cell::Cell, fmt};

use serde::{
    Deserialize,
    de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use smallvec::SmallVec;

/// How many objects and arrays may stand inside each other.
const MAX_DEPTH: u8 = 16;

/// The member name by which serde_json, reading a `Value`, parses a string as an object.
///
/// That object would escape these rules. No legitimate document uses the name.
const RAW_VALUE: &str = "$serde_json::private::RawValue";

/// What reading a member results in: nothing, or the error of the parser.
pub(crate) type ReadResult<'de, A> = Result<(), <A as MapAccess<'de>>::Error>;

/// What the members of a document's outermost object are read into.
pub(crate) trait Members<'de> {
    /// Takes one member. Must consume `value`; [`Member::skip`] does if nothing asks for it.
    fn member<A: MapAccess<'de>>(&mut self, name: &str, value: Member<'_, A>)
    -> ReadResult<'de, A>;
}

/// The value of one member of the outermost object.
#[derive(Debug)]
pub(crate) struct Member<'a, A> {
    map: &'a mut A,
    checked: CheckedValue<'a>,
}

impl<'a, A> Member<'a, A> {
    /// Returns the rules that the values inside this one are held to.
    pub(crate) fn rules(&self) -> CheckedValue<'a> {
        self.checked
    }

    /// Reads a string.
    pub(crate) fn text<'de>(self) -> Result<Cow<'de, str>, A::Error>
    where
        A: MapAccess<'de>,
    {
        self.read(Text)
    }

    /// Reads a value that has no objects inside.
    pub(crate) fn get<'de, T: Deserialize<'de>>(self) -> Result<T, A::Error>
    where
        A: MapAccess<'de>,
    {
        self.map.next_value()
    }

    /// Reads a value with a seed.
    pub(crate) fn read<'de, S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error>
    where
        A: MapAccess<'de>,
    {
        self.map.next_value_seed(seed)
    }

    /// Reads a value with a seed. `null` counts as absent.
    pub(crate) fn optional<'de, S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error>
    where
        A: MapAccess<'de>,
    {
        self.map.next_value_seed(OrNull(seed))
    }

    /// Checks a value that nothing asks for, and drops it.
    pub(crate) fn skip<'de>(self) -> Result<(), A::Error>
    where
        A: MapAccess<'de>,
    {
        self.json_type().map(drop)
    }

    /// Checks a value, drops it, and returns its type.
    pub(crate) fn json_type<'de>(self) -> Result<JsonType, A::Error>
    where
        A: MapAccess<'de>,
    {
        self.map.next_value_seed(self.checked)
    }

    /// Drops a value without checking it: one whose content cannot matter.
    pub(crate) fn ignore<'de>(self) -> Result<(), A::Error>
    where
        A: MapAccess<'de>,
    {
        self.map.next_value::<IgnoredAny>().map(drop)
    }
}

/// A document is not a strict object, or a member of it is not what it must be.
#[derive(Debug)]
pub(crate) struct Unreadable {
    /// The member of the outermost object whose value was being read, if one was.
    pub(crate) member: Option<String>,
}

/// Reads a whole document: one object with at most `max_members` members, inner objects included.
pub(crate) fn read_object<'de>(
    text: &'de str,
    max_members: usize,
    members: &mut impl Members<'de>,
) -> Result<(), Unreadable> {
    let budget = MemberBudget::new(max_members);
    let mut reading = None;
    let object = Object {
        members,
        budget: &budget,
        reading: &mut reading,
    };
    read(text, object).map_err(|_| Unreadable {
        member: reading.map(Cow::into_owned),
    })
}

/// Checks a whole document of any type, with at most `max_members` members in its objects.
#[allow(
    dead_code,
    reason = "for the claims of sessions and for files with client secrets"
)]
pub(crate) fn check(text: &str, max_members: usize) -> Result<(), serde_json::Error> {
    read(text, CheckedValue::new(&MemberBudget::new(max_members))).map(drop)
}

/// Reads a whole document with a seed: nothing may follow the value.
fn read<'de, S: DeserializeSeed<'de>>(
    text: &'de str,
    seed: S,
) -> Result<S::Value, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = seed.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// Reads the outermost object.
struct Object<'de, 'a, M> {
    members: &'a mut M,
    budget: &'a MemberBudget,
    /// The member whose value is being read.
    reading: &'a mut Option<Cow<'de, str>>,
}

impl<'de, M: Members<'de>> DeserializeSeed<'de> for Object<'de, '_, M> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, M: Members<'de>> Visitor<'de> for Object<'de, '_, M> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut names = MemberNames::new(self.budget);
        while let Some(name) = names.next(&mut map)? {
            let value = Member {
                map: &mut map,
                checked: CheckedValue::new(self.budget),
            };
            self.members.member(self.reading.insert(name), value)?;
            *self.reading = None;
        }
        Ok(())
    }
}

/// How many members of a document are still allowed.
///
/// Counted over all its objects, so that a nest of small objects is bounded like one large object.
#[derive(Debug)]
pub(crate) struct MemberBudget {
    members: Cell<usize>,
}

impl MemberBudget {
    const fn new(members: usize) -> Self {
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
struct MemberNames<'de, 'b> {
    seen: SmallVec<[Cow<'de, str>; FEW]>,
    budget: &'b MemberBudget,
}

/// How many members most objects have at most.
const FEW: usize = 24;

impl<'de, 'b> MemberNames<'de, 'b> {
    fn new(budget: &'b MemberBudget) -> Self {
        Self {
            seen: SmallVec::new(),
            budget,
        }
    }

    /// Returns the next member's name, or `None` at the object's end. Rejects a duplicate.
    fn next<A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<Option<Cow<'de, str>>, A::Error> {
        let Some(name) = map.next_key_seed(Text)? else {
            return Ok(None);
        };
        self.budget.spend()?;
        if name == RAW_VALUE {
            return Err(A::Error::custom("reserved member"));
        }
        if self.seen.contains(&name) {
            return Err(A::Error::custom("duplicate member"));
        }
        self.seen.push(name.clone());
        Ok(Some(name))
    }
}

/// A string, borrowed from the document if it holds no escapes.
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

/// A value with a seed, or `null`.
struct OrNull<S>(S);

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for OrNull<S> {
    type Value = Option<S::Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de, S: DeserializeSeed<'de>> Visitor<'de> for OrNull<S> {
    type Value = Option<S::Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or null")
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        self.0.deserialize(deserializer).map(Some)
    }
}

/// The types of JSON values (RFC 8259 section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JsonType {
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
}

/// Reads and drops any value, under the same rules as the values that are kept. Results in its
/// type.
///
/// If another crate enables serde_json's `arbitrary_precision`, a number arrives as an object of
/// one member, and counts as one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CheckedValue<'b> {
    budget: &'b MemberBudget,
    depth: u8,
}

impl<'b> CheckedValue<'b> {
    /// For the values of a document's outermost object.
    const fn new(budget: &'b MemberBudget) -> Self {
        Self { budget, depth: 1 }
    }

    /// For the values of the next inner level.
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

impl<'de> DeserializeSeed<'de> for CheckedValue<'_> {
    type Value = JsonType;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<JsonType, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for CheckedValue<'_> {
    type Value = JsonType;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<JsonType, E> {
        Ok(JsonType::Boolean)
    }

    fn visit_i64<E>(self, _: i64) -> Result<JsonType, E> {
        Ok(JsonType::Number)
    }

    fn visit_u64<E>(self, _: u64) -> Result<JsonType, E> {
        Ok(JsonType::Number)
    }

    fn visit_f64<E>(self, _: f64) -> Result<JsonType, E> {
        Ok(JsonType::Number)
    }

    fn visit_str<E>(self, _: &str) -> Result<JsonType, E> {
        Ok(JsonType::String)
    }

    fn visit_unit<E>(self) -> Result<JsonType, E> {
        Ok(JsonType::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<JsonType, A::Error> {
        let inner = self.deeper()?;
        while seq.next_element_seed(inner)?.is_some() {}
        Ok(JsonType::Array)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<JsonType, A::Error> {
        let inner = self.deeper()?;
        let mut names = MemberNames::new(self.budget);
        while names.next(&mut map)?.is_some() {
            map.next_value_seed(inner)?;
        }
        Ok(JsonType::Object)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn accepts(text: &str) -> bool {
        check(text, 8).is_ok()
    }

    #[test]
    fn member_name_occurs_once_at_every_level() {
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
        let deep = objects(usize::from(MAX_DEPTH) - 1);
        assert!(check(&deep, 1000).is_ok());
        let deeper = objects(usize::from(MAX_DEPTH));
        assert!(check(&deeper, 1000).is_err());
    }

    #[test]
    fn nothing_may_follow_the_document() {
        assert!(accepts(" {} "));
        assert!(!accepts("{} {}"));
        assert!(!accepts("{}x"));
        assert!(!accepts("{"));
    }

    #[test]
    fn string_that_serde_json_would_unwrap_is_rejected() {
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
        let ours = check(text, 10_000).is_ok();
        ours == serde_json::from_str::<serde_json::Value>(text).is_ok()
    }

    proptest! {
        #[test]
        fn result_without_duplicates_is_serde_jsons(
            value in any_json(),
            cut in any::<prop::sample::Index>(),
        ) {
            let text = value.to_string();
            prop_assert!(agrees(&text));
            prop_assert!(agrees(&serde_json::to_string_pretty(&value).unwrap()));
            let letters: Vec<char> = text.chars().collect();
            let cut: String = letters[..cut.index(letters.len())].iter().collect();
            prop_assert!(agrees(&cut));
        }

        #[test]
        fn arbitrary_text_is_json_to_both_or_neither(
            text in "[\\[\\]{},:\"0-9eE.+tf-]{0,24}",
            any in any::<String>(),
        ) {
            for text in [text, any] {
                let ours = check(&text, 10_000).is_ok();
                // If it is JSON, only a duplicate name is a reason to differ.
                prop_assert!(!ours || serde_json::from_str::<serde_json::Value>(&text).is_ok());
            }
        }
    }
}
