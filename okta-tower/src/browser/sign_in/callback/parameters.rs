//! The parameters of a callback (RFC 6749 sections 4.1.2 and 4.1.2.1, RFC 9207). Pure.

use std::{borrow::Cow, fmt};

use crate::{
    browser::{
        pages::SignInProblem,
        sign_in::parameters::{ParameterError, Parameters},
    },
    oauth::provider_error,
};

/// The longest code, in bytes. Okta's have about 50 characters. Some providers' are tokens.
const MAX_CODE_BYTES: usize = 4096;

/// The parameters that must not be repeated. All others, such as `session_state`, are ignored.
const NAMES: [&str; 6] = [
    "code",
    "state",
    "iss",
    "error",
    "error_description",
    "error_uri",
];

/// A well-formed callback.
pub(crate) struct Callback {
    pub(crate) state: String,
    pub(crate) issuer: Option<String>,
    pub(crate) outcome: Outcome,
}

/// The outcome of the authorization request.
#[derive(PartialEq, Eq)]
pub(crate) enum Outcome {
    Code(String),
    /// The provider's error, a name from a closed list.
    Error(&'static str),
}

/// Parses a query or form, which must have a state and either a code or an error.
pub(crate) fn read(text: &str) -> Result<Callback, ParameterError> {
    let parameters = Parameters::read(text, &NAMES)?;
    let owned = |name| parameters.get(name).map(str::to_owned);
    let outcome = match (owned("code"), parameters.get("error")) {
        (Some(code), None) if is_code(&code) => Outcome::Code(code),
        (None, Some(error)) => {
            let description = parameters.get("error_description");
            Outcome::Error(provider_error::name_of(error, description))
        }
        _ => return Err(ParameterError::Malformed),
    };
    Ok(Callback {
        state: owned("state").ok_or(ParameterError::Malformed)?,
        // An empty `iss` is present, and names another issuer.
        issuer: parameters.get_or_empty("iss").map(str::to_owned),
        outcome,
    })
}

/// Accepts printable ASCII (RFC 6749 appendix A.11).
fn is_code(code: &str) -> bool {
    code.len() <= MAX_CODE_BYTES && code.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

impl Callback {
    /// Checks that the response is the issuer's (RFC 9207 section 2.4). If the issuer `promises` to
    /// name itself, a response without `iss` is rejected, too.
    pub(super) fn check_issuer(&self, issuer: &str, promises: bool) -> Result<(), SignInProblem> {
        match &self.issuer {
            Some(named) if named == issuer => Ok(()),
            None if !promises => Ok(()),
            _ => Err(SignInProblem::WrongIssuer),
        }
    }
}

/// Hides the code and the state.
impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome: Cow<'_, str> = match &self.outcome {
            Outcome::Code(_) => "Code(..)".into(),
            Outcome::Error(error) => (*error).into(),
        };
        f.debug_struct("Callback")
            .field("outcome", &outcome)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_or_error_is_read_with_its_state() {
        let found =
            read("code=a%20b&state=s&iss=https%3A%2F%2Fa&session_state=x&session_state=y").unwrap();
        assert!(found.outcome == Outcome::Code("a b".into()));
        assert_eq!(
            (&*found.state, found.issuer.as_deref()),
            ("s", Some("https://a"))
        );
        let found = read("error=access_denied&error_description=%3Cb%3E&state=s").unwrap();
        assert!(found.outcome == Outcome::Error("access_denied"));
        assert_eq!(found.issuer, None);
    }

    #[test]
    fn malformed_callback_is_rejected() {
        assert!(read("code=a&state=b").is_ok());
        for malformed in [
            "",
            "code=a",
            "state=b",
            "error=access_denied",
            "code=a&state=",
            "code=&state=b",
            "error=&state=b",
            "code=a&error=access_denied&state=b",
            "code=%00&state=b",
            "code=%C3%A9&state=b",
            "code=%0d%0a&state=b",
        ] {
            let found = read(malformed).map(|_| ());
            assert_eq!(found, Err(ParameterError::Malformed), "{malformed}");
        }
        let long = |length: usize| format!("state=b&code={}", "a".repeat(length));
        assert!(read(&long(MAX_CODE_BYTES)).is_ok());
        assert!(read(&long(MAX_CODE_BYTES + 1)).is_err());
    }

    #[test]
    fn repeated_parameter_is_rejected() {
        for doubled in [
            "code=a&code=a&state=b",
            "code=a&code=c&state=b",
            "code=a&state=b&state=b",
            "error=access_denied&error=access_denied&state=b",
            "error=access_denied&state=b&error_description=a&error_description=b",
            "code=a&state=b&iss=https://a&iss=https://a",
            "code=a&state=b&i%73s=https://a&iss=https://b",
        ] {
            let found = read(doubled).map(|_| ());
            assert_eq!(found, Err(ParameterError::Repeated), "{doubled}");
        }
    }

    #[test]
    fn callback_of_another_issuer_is_rejected() {
        let check = |iss: &str, promises| {
            read(&format!("code=a&state=b{iss}"))
                .unwrap()
                .check_issuer("https://a/", promises)
                .is_ok()
        };
        assert!(check("&iss=https://a/", true) && check("&iss=https://a/", false));
        assert!(check("", false));
        assert!(!check("", true));
        for other in [
            "",
            "https://a",
            "https://A/",
            "https://b/",
            "https://a/%20",
            "https://a:443/",
        ] {
            assert!(!check(&format!("&iss={other}"), false), "{other}");
        }
    }
}
