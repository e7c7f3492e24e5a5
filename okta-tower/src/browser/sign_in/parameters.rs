//! The parameters of a request, in its query or form: bounded, and none twice. Pure.

use std::{borrow::Cow, collections::BTreeMap};

use url::form_urlencoded;

/// The longest query or form, in bytes. A callback holds a code and a state; some providers' codes are long.
pub(super) const MAX_BYTES: usize = 16 * 1024;

/// How many parameters there may be, those that mean nothing to us included.
const MAX_COUNT: usize = 64;

/// Parameters by name.
pub(super) struct Parameters<'t>(BTreeMap<Cow<'t, str>, Cow<'t, str>>);

/// Why none of the parameters are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// More of them, or longer ones, than anybody means well with.
    TooLarge,
    /// One that is asked for stands twice: two readers could take one each (RFC 6749 section 3.1).
    Doubled,
}

impl<'t> Parameters<'t> {
    /// Reads the parameters of these names and passes over the others. What is empty counts as left out (RFC 6749 section 3.1).
    pub(super) fn read(text: &'t str, names: &[&str]) -> Result<Self, Unreadable> {
        if text.len() > MAX_BYTES {
            return Err(Unreadable::TooLarge);
        }
        let mut found = BTreeMap::new();
        for (count, (name, value)) in form_urlencoded::parse(text.as_bytes()).enumerate() {
            if count == MAX_COUNT {
                return Err(Unreadable::TooLarge);
            }
            if names.contains(&&*name) && found.insert(name, value).is_some() {
                return Err(Unreadable::Doubled);
            }
        }
        found.retain(|_, value| !value.is_empty());
        Ok(Self(found))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| &**value)
    }

    /// All that were read, for a URL's query.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }
}

/// Codes are among them.
impl std::fmt::Debug for Parameters<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Parameters(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(String, String)>, Unreadable> {
        let parameters = Parameters::read(text, &["code", "state"])?;
        Ok(parameters
            .iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect())
    }

    #[test]
    fn parameters_are_decoded_as_forms_are_and_unknown_ones_are_passed_over() {
        let found = read("code=a%2Bb+c&other=x&%73tate=1&other=y").unwrap();
        let expected = [("code", "a+b c"), ("state", "1")];
        assert_eq!(
            found,
            expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }

    #[test]
    fn what_is_empty_is_left_out() {
        let found = Parameters::read("code=&state", &["code", "state"]).unwrap();
        assert_eq!((found.get("code"), found.get("state")), (None, None));
        assert_eq!(read("").unwrap(), []);
    }

    #[test]
    fn one_that_stands_twice_is_refused_however_it_is_spelt() {
        assert!(read("code=a&state=b").is_ok());
        for doubled in [
            "code=a&code=a",
            "code=a&%63ode=b",
            "code=&code=b",
            "state&state=",
            "code=a&x&code=",
        ] {
            assert_eq!(read(doubled), Err(Unreadable::Doubled), "{doubled}");
        }
    }

    #[test]
    fn too_many_or_too_long_ones_are_refused() {
        assert!(read(&vec!["x=1"; MAX_COUNT].join("&")).is_ok());
        assert_eq!(
            read(&vec!["x=1"; MAX_COUNT + 1].join("&")),
            Err(Unreadable::TooLarge)
        );
        let long = |length: usize| format!("code={}", "a".repeat(length - 5));
        assert!(read(&long(MAX_BYTES)).is_ok());
        assert_eq!(read(&long(MAX_BYTES + 1)), Err(Unreadable::TooLarge));
    }

    #[test]
    fn nothing_is_printed() {
        let found = Parameters::read("code=s3cr3t", &["code"]).unwrap();
        assert_eq!(format!("{found:?}"), "Parameters(..)");
    }
}
