//! The JSON types that claims have.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Unexpected, Visitor};

use crate::json::{Checked, Text};

/// The last second of the year 9999. A later time is a mistake, or an attempt at an overflow.
const LAST_SECOND: i64 = 253_402_300_799;

/// A NumericDate (RFC 7519 section 2): seconds since 1970, which may have a fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Date {
    floor: i64,
    has_fraction: bool,
}

impl Date {
    /// The whole second at or before it.
    pub(super) fn rounded_down(self) -> i64 {
        self.floor
    }

    /// The whole second at or after it.
    pub(super) fn rounded_up(self) -> i64 {
        self.floor + i64::from(self.has_fraction)
    }
}

/// Reads a [`Date`]: a JSON number from 0 to the year 9999. A number in a string is none.
pub(super) struct DateSeed;

impl<'de> DeserializeSeed<'de> for DateSeed {
    type Value = Date;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Date, D::Error> {
        // Not `deserialize_any`: with serde_json's `arbitrary_precision`, which another crate may have
        // switched on, that would hand out numbers as maps.
        deserializer.deserialize_f64(self)
    }
}

impl Visitor<'_> for DateSeed {
    type Value = Date;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("seconds since 1970")
    }

    fn visit_i64<E: serde::de::Error>(self, seconds: i64) -> Result<Date, E> {
        if !(0..=LAST_SECOND).contains(&seconds) {
            return Err(E::invalid_value(Unexpected::Signed(seconds), &self));
        }
        Ok(Date {
            floor: seconds,
            has_fraction: false,
        })
    }

    fn visit_u64<E: serde::de::Error>(self, seconds: u64) -> Result<Date, E> {
        match i64::try_from(seconds) {
            Ok(seconds) => self.visit_i64(seconds),
            Err(_) => Err(E::invalid_value(Unexpected::Unsigned(seconds), &self)),
        }
    }

    fn visit_f64<E: serde::de::Error>(self, seconds: f64) -> Result<Date, E> {
        // Both bounds are exact as floating-point numbers, and NaN is within no range.
        if !(0.0..=LAST_SECOND as f64).contains(&seconds) {
            return Err(E::invalid_value(Unexpected::Float(seconds), &self));
        }
        Ok(Date {
            floor: seconds.floor() as i64,
            has_fraction: seconds.fract() != 0.0,
        })
    }
}

/// A list of strings: an array of them, or one string that [`StringsSeed`] knows how to take.
#[derive(Clone, Copy)]
pub(super) struct StringsSeed {
    /// What a lone string is.
    pub(super) lone: Lone,
}

/// What a string is where a list is expected.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lone {
    /// One element (RFC 7519 section 4.1.3).
    Element,
    /// Elements separated by spaces (RFC 6749 section 3.3).
    Spaced,
}

impl<'de> DeserializeSeed<'de> for StringsSeed {
    type Value = Vec<Box<str>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for StringsSeed {
    type Value = Vec<Box<str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or an array of strings")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(match self.lone {
            Lone::Element => vec![text.into()],
            Lone::Spaced => text
                .split(' ')
                .filter(|part| !part.is_empty())
                .map(Box::from)
                .collect(),
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut strings = Vec::new();
        while let Some(text) = seq.next_element_seed(Text)? {
            strings.push(text.into());
        }
        Ok(strings)
    }
}

/// The groups claim, whose name and expression an administrator chose: an array, a lone string, or something
/// else altogether. What is no string grants nothing, and refuses nobody.
#[derive(Clone, Copy)]
pub(super) struct GroupsSeed<'b> {
    checked: Checked<'b>,
    is_inside: bool,
}

impl<'b> GroupsSeed<'b> {
    pub(super) fn new(checked: Checked<'b>) -> Self {
        Self {
            checked,
            is_inside: false,
        }
    }
}

impl<'de> DeserializeSeed<'de> for GroupsSeed<'_> {
    type Value = Vec<Box<str>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for GroupsSeed<'_> {
    type Value = Vec<Box<str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("groups")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(vec![text.into()])
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        if self.is_inside {
            // A list inside the list: checked for form and dropped.
            return self.checked.visit_seq(seq).map(|()| Vec::new());
        }
        let inner = Self {
            checked: self.checked.deeper()?,
            is_inside: true,
        };
        let mut groups = Vec::new();
        while let Some(more) = seq.next_element_seed(inner)? {
            groups.extend(more);
        }
        Ok(groups)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        self.checked.visit_map(map).map(|()| Vec::new())
    }
}
