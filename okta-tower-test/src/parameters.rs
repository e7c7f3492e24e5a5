//! Form-encoded parameters of a query or a form (`application/x-www-form-urlencoded`).

use url::form_urlencoded;

/// The largest number of parameters that is read. No OAuth request has as many.
const MAX_PARAMETERS: usize = 64;

/// Names and values in their original order, repetitions included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Parses the text. Parameters beyond the maximum are ignored.
    pub(crate) fn parse(text: &[u8]) -> Self {
        Self(
            form_urlencoded::parse(text)
                .take(MAX_PARAMETERS)
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect(),
        )
    }

    /// Returns the first non-empty value with this name.
    ///
    /// "Parameters sent without a value MUST be treated as if they were omitted" (RFC 6749 section
    /// 3.1).
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(given, value)| given == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// Returns the name of a repeated parameter, which RFC 6749 section 3.1 forbids.
    pub(crate) fn repeated(&self) -> Option<&str> {
        self.0
            .iter()
            .enumerate()
            .find(|(place, (name, _))| self.0[..*place].iter().any(|(earlier, _)| earlier == name))
            .map(|(_, (name, _))| name.as_str())
    }

    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub(crate) fn into_pairs(self) -> Vec<(String, String)> {
        self.0
    }
}

/// Encodes a query or a form.
pub(crate) fn encode(pairs: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

/// Decodes one value. RFC 6749 section 2.3.1 encodes client ID and secret this way in
/// `Authorization: Basic`.
pub(crate) fn decode(value: &str) -> String {
    // An ampersand ends a value only in a list of parameters.
    let whole = format!("value={}", value.replace('&', "%26"));
    form_urlencoded::parse(whole.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_parameter_counts_as_absent() {
        let parameters = Parameters::parse(b"scope=&state=a%2Cb");
        assert_eq!(parameters.get("scope"), None);
        assert_eq!(parameters.get("state"), Some("a,b"));
    }

    #[test]
    fn repeated_parameter_is_detected() {
        assert_eq!(Parameters::parse(b"a=1&b=2&a=1").repeated(), Some("a"));
        assert_eq!(Parameters::parse(b"a=1&b=1").repeated(), None);
    }

    #[test]
    fn value_is_form_decoded() {
        assert_eq!(decode("a%3Ab+c%2Bd"), "a:b c+d");
        assert_eq!(decode("plain&=%zz"), "plain&=%zz");
        assert_eq!(decode(""), "");
    }

    #[test]
    fn number_of_parameters_is_bounded() {
        let many = "a=1&".repeat(10 * MAX_PARAMETERS);
        assert_eq!(Parameters::parse(many.as_bytes()).0.len(), MAX_PARAMETERS);
    }
}
