//! The parameters of a query or form: bounded, and none repeated. Pure.

use std::{borrow::Cow, collections::BTreeMap};

use url::form_urlencoded;

/// The longest query or form, in bytes. Some providers' codes are long.
pub(super) const MAX_BYTES: usize = 16 * 1024;

/// The number of parameters, ignored ones included.
const MAX_COUNT: usize = 64;

/// Parameters by name.
pub(super) struct Parameters<'t>(BTreeMap<Cow<'t, str>, Cow<'t, str>>);

/// The reason for rejecting the parameters of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ParameterError {
    /// There are too many, or they are too long.
    TooLarge,
    /// A parameter is repeated, so that two readers could use different values (RFC 6749 section
    /// 3.1).
    Repeated,
    /// A required parameter is missing, or two exclude each other.
    Malformed,
    /// The parameter of this name has an invalid value.
    Invalid(&'static str),
}

impl<'t> Parameters<'t> {
    /// Parses the parameters of these names and ignores the others.
    pub(super) fn read(text: &'t str, names: &[&str]) -> Result<Self, ParameterError> {
        if text.len() > MAX_BYTES {
            return Err(ParameterError::TooLarge);
        }
        let mut found = BTreeMap::new();
        for (count, (name, value)) in form_urlencoded::parse(text.as_bytes()).enumerate() {
            if count == MAX_COUNT {
                return Err(ParameterError::TooLarge);
            }
            if names.contains(&&*name) && found.insert(name, value).is_some() {
                return Err(ParameterError::Repeated);
            }
        }
        Ok(Self(found))
    }

    /// Returns a value. An empty one counts as absent (RFC 6749 section 3.1).
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.get_or_empty(name).filter(|value| !value.is_empty())
    }

    /// Returns a value, even if it is empty: for a parameter whose presence is a claim.
    pub(super) fn get_or_empty(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| &**value)
    }

    /// Returns names and values that are not empty, for the query of a URL.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.0.iter().map(|(name, value)| (&**name, &**value));
        all.filter(|(_, value)| !value.is_empty())
    }
}

/// Hides the values: some are secret.
impl std::fmt::Debug for Parameters<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Parameters(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(String, String)>, ParameterError> {
        let parameters = Parameters::read(text, &["code", "state"])?;
        Ok(parameters
            .iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect())
    }

    #[test]
    fn parameters_are_decoded_and_unknown_ones_ignored() {
        let found = read("code=a%2Bb+c&other=x&%73tate=1&other=y").unwrap();
        let expected = [("code", "a+b c"), ("state", "1")];
        assert_eq!(
            found,
            expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }

    #[test]
    fn empty_parameter_is_absent() {
        let found = Parameters::read("code=&state", &["code", "state"]).unwrap();
        assert_eq!((found.get("code"), found.get("state")), (None, None));
        assert_eq!(found.get_or_empty("code"), Some(""));
        assert_eq!(found.get_or_empty("iss"), None);
        assert_eq!(read("").unwrap(), []);
    }

    #[test]
    fn repeated_parameter_is_rejected_in_any_spelling() {
        assert!(read("code=a&state=b").is_ok());
        for repeated in [
            "code=a&code=a",
            "code=a&%63ode=b",
            "code=&code=b",
            "state&state=",
            "code=a&x&code=",
        ] {
            assert_eq!(read(repeated), Err(ParameterError::Repeated), "{repeated}");
        }
    }

    #[test]
    fn too_many_or_too_long_parameters_are_rejected() {
        assert!(read(&vec!["x=1"; MAX_COUNT].join("&")).is_ok());
        assert_eq!(
            read(&vec!["x=1"; MAX_COUNT + 1].join("&")),
            Err(ParameterError::TooLarge)
        );
        let long = |length: usize| format!("code={}", "a".repeat(length - 5));
        assert!(read(&long(MAX_BYTES)).is_ok());
        assert_eq!(read(&long(MAX_BYTES + 1)), Err(ParameterError::TooLarge));
    }

    #[test]
    fn debug_hides_values() {
        let found = Parameters::read("code=s3cr3t", &["code"]).unwrap();
        assert_eq!(format!("{found:?}"), "Parameters(..)");
    }
}
