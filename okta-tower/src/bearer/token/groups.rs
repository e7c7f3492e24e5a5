//! The groups of a payload: where they stand, and the forms in which administrators send them.

use std::{
    borrow::Cow,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::base::{json::CheckedValue, telemetry};

/// The claim that contains the groups, as configured: the name of a member at the top of the
/// payload, or a JSON Pointer (RFC 6901), which begins with `/`.
#[derive(Clone, Debug)]
pub(crate) struct GroupsClaim(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    text: Box<str>,
    /// Whether a claim of the wrong type was logged at WARN.
    has_warned: AtomicBool,
}

impl From<&str> for GroupsClaim {
    fn from(text: &str) -> Self {
        Self(Arc::new(Inner {
            text: text.into(),
            has_warned: AtomicBool::new(false),
        }))
    }
}

impl GroupsClaim {
    /// Returns the name or pointer, as configured.
    pub(crate) fn text(&self) -> &str {
        &self.0.text
    }

    /// Returns whether this member of the payload is the claim.
    pub(crate) fn is(&self, member: &str) -> bool {
        // An empty name is that of no claim.
        !member.is_empty() && *member == *self.0.text && !self.is_pointer()
    }

    fn is_pointer(&self) -> bool {
        self.text().starts_with('/')
    }

    /// Returns the groups: `found` by the reader of the payload, or behind the pointer. `None` if
    /// the claim is absent. Logs a claim of the wrong type: it grants nothing and rejects no
    /// caller, because an administrator chose its expression.
    pub(crate) fn groups<'p>(
        &self,
        payload: &str,
        found: Option<Groups<'p>>,
    ) -> Option<Vec<Cow<'p, str>>> {
        let groups = if self.is_pointer() {
            at(payload, self.text())
        } else {
            found.or_else(|| self.misnamed(payload))
        }?;
        if let Some(wrong) = groups.wrong {
            let is_first = !self.0.has_warned.swap(true, Ordering::Relaxed);
            telemetry::groups_ignored(self.text(), wrong, is_first);
        }
        Some(groups.names)
    }

    /// Detects a nested claim that is named with dots, which the name of a claim may contain too.
    fn misnamed(&self, payload: &str) -> Option<Groups<'static>> {
        if !self.text().contains('.') {
            return None;
        }
        at(payload, &format!("/{}", self.text().replace('.', "/")))?;
        Some(Groups {
            names: Vec::new(),
            wrong: Some("nested; write the name as a JSON Pointer, with `/`"),
        })
    }
}

/// Follows a JSON Pointer. The payload was read strictly before.
fn at(payload: &str, pointer: &str) -> Option<Groups<'static>> {
    let payload: Value = serde_json::from_str(payload).ok()?;
    Some(match payload.pointer(pointer)? {
        Value::Null => return None,
        Value::String(name) => Groups::one(Cow::Owned(name.clone())),
        Value::Array(elements) => elements.iter().fold(Groups::default(), |groups, element| {
            groups.with(element.as_str().map(|name| Cow::Owned(name.to_owned())))
        }),
        Value::Bool(_) => Groups::wrong("boolean"),
        Value::Number(_) => Groups::wrong("number"),
        Value::Object(_) => Groups::wrong("object"),
    })
}

/// The groups of one payload.
#[derive(Default)]
pub(crate) struct Groups<'p> {
    names: Vec<Cow<'p, str>>,
    /// The type of what is no group.
    wrong: Option<&'static str>,
}

impl<'p> Groups<'p> {
    fn one(name: Cow<'p, str>) -> Self {
        Self {
            names: vec![name],
            wrong: None,
        }
    }

    fn wrong(json_type: &'static str) -> Self {
        Self {
            names: Vec::new(),
            wrong: Some(json_type),
        }
    }

    /// Adds an element of the array. `None`: it is no string.
    fn with(mut self, element: Option<Cow<'p, str>>) -> Self {
        match element {
            Some(name) => self.names.push(name),
            None => self.wrong = Some("array with elements that are not strings"),
        }
        self
    }
}

/// Reads the groups claim: an array, a single string, or any other value. `null` counts as absent.
pub(crate) struct GroupsSeed<'b>(pub(crate) CheckedValue<'b>);

impl<'de> DeserializeSeed<'de> for GroupsSeed<'_> {
    type Value = Option<Groups<'de>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for GroupsSeed<'_> {
    type Value = Option<Groups<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("groups")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Some(Groups::one(Cow::Borrowed(text))))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(Groups::one(Cow::Owned(text.to_owned()))))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Some(Groups::wrong("boolean")))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Some(Groups::wrong("number")))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Some(Groups::wrong("number")))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Some(Groups::wrong("number")))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let inner = self.0.deeper()?;
        let mut groups = Groups::default();
        while let Some(element) = seq.next_element_seed(GroupSeed(inner))? {
            groups = groups.with(element);
        }
        Ok(Some(groups))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        self.0.visit_map(map)?;
        Ok(Some(Groups::wrong("object")))
    }
}

/// Reads an element of the array. `None` if it is no string: a list in the list is no list of
/// groups.
struct GroupSeed<'b>(CheckedValue<'b>);

impl<'de> DeserializeSeed<'de> for GroupSeed<'_> {
    type Value = Option<Cow<'de, str>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for GroupSeed<'_> {
    type Value = Option<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a group")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        self.0.visit_seq(seq).map(|_| None)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        self.0.visit_map(map).map(|_| None)
    }
}
