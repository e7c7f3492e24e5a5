//! The JSON types that claims have.

use std::{borrow::Cow, fmt};

use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Unexpected, Visitor};

use crate::base::json::Text;

/// The last second of the year 9999. A later time is a mistake or an attempted overflow.
const LAST_SECOND: i64 = 253_402_300_799;

/// A NumericDate (RFC 7519 section 2): seconds since 1970, which may have a fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Date {
    floor: i64,
    has_fraction: bool,
}

impl Date {
    /// Returns the whole second at or before it.
    pub(crate) fn rounded_down(self) -> i64 {
        self.floor
    }

    /// Returns the whole second at or after it.
    pub(crate) fn rounded_up(self) -> i64 {
        self.floor + i64::from(self.has_fraction)
    }
}

/// Reads a [`Date`]: a JSON number from 0 to the year 9999, not a string with a number.
pub(crate) struct DateSeed;

impl<'de> DeserializeSeed<'de> for DateSeed {
    type Value = Date;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Date, D::Error> {
        // Not `deserialize_any`: if another crate enables serde_json's `arbitrary_precision`, that
        // would return numbers as maps.
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
        // Both bounds are exact as floating-point numbers. NaN is within no range.
        if !(0.0..=LAST_SECOND as f64).contains(&seconds) {
            return Err(E::invalid_value(Unexpected::Float(seconds), &self));
        }
        Ok(Date {
            floor: seconds.floor() as i64,
            has_fraction: seconds.fract() != 0.0,
        })
    }
}

/// Reads a list of strings: an array of them, or one string in place of a list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum StringsSeed {
    /// One string is one element (RFC 7519 section 4.1.3).
    Element,
    /// One string contains elements separated by spaces (RFC 6749 section 3.3).
    Spaced,
}

impl StringsSeed {
    fn split(self, text: &str) -> impl Iterator<Item = &str> {
        let separator = move |char| self == Self::Spaced && char == ' ';
        text.split(separator)
            .filter(move |part| self == Self::Element || !part.is_empty())
    }
}

impl<'de> DeserializeSeed<'de> for StringsSeed {
    type Value = Vec<Cow<'de, str>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for StringsSeed {
    type Value = Vec<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or an array of strings")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(self.split(text).map(Cow::Borrowed).collect())
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        let owned = |part: &str| Cow::Owned(part.to_owned());
        Ok(self.split(text).map(owned).collect())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut strings = Vec::new();
        while let Some(text) = seq.next_element_seed(Text)? {
            strings.push(text);
        }
        Ok(strings)
    }
}
