//! Reads a challenge as a client would (RFC 9110 section 11.6.1, one challenge).

use std::collections::BTreeMap;

/// One challenge: its scheme and its parameters.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Challenge {
    pub(crate) scheme: String,
    pub(crate) parameters: BTreeMap<String, String>,
}

impl Challenge {
    /// Panics if the field is not exactly one well-formed challenge with quoted parameters.
    pub(crate) fn parse(field: &str) -> Self {
        let (scheme, mut rest) = field.split_once(' ').expect("parameters");
        let mut parameters = BTreeMap::new();
        loop {
            let (name, quoted) = rest.split_once("=\"").expect("name=\"");
            assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
            let (value, after) = quoted.split_once('"').expect("a closing quote");
            assert!(!value.contains('\\'));
            let known = parameters.insert(name.to_owned(), value.to_owned());
            assert_eq!(known, None, "{name} twice");
            if after.is_empty() {
                let scheme = scheme.to_owned();
                return Self { scheme, parameters };
            }
            rest = after.strip_prefix(", ").expect("a comma");
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }
}
