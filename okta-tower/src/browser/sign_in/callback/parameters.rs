//! What a callback says (RFC 6749 sections 4.1.2 and 4.1.2.1, RFC 9207). Pure.

use std::{borrow::Cow, fmt};

use crate::browser::sign_in::{
    parameters::{Parameters, Unreadable},
    problem::Problem,
};

/// The longest code, in bytes. Okta's have about 50 characters; some providers' are tokens.
const MAX_CODE_BYTES: usize = 4096;

/// None of these may stand twice. `session_state` and whatever else comes along means nothing here.
const NAMES: [&str; 6] = [
    "code",
    "state",
    "iss",
    "error",
    "error_description",
    "error_uri",
];

/// A callback that has the form of one.
pub(in crate::browser::sign_in) struct Callback {
    pub(in crate::browser::sign_in) state: String,
    pub(in crate::browser::sign_in) issuer: Option<String>,
    pub(in crate::browser::sign_in) says: Says,
}

/// What Okta says.
#[derive(PartialEq, Eq)]
pub(in crate::browser::sign_in) enum Says {
    Code(String),
    /// There is none, and what that means. The provider's own text is not read.
    Error(Problem),
}

/// Why a callback is not read at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::browser::sign_in) enum NotACallback {
    Unreadable(Unreadable),
    /// No state, or neither code nor error, or both.
    Malformed,
}

/// Reads a query or form.
pub(in crate::browser::sign_in) fn read(text: &str) -> Result<Callback, NotACallback> {
    let parameters = Parameters::read(text, &NAMES).map_err(NotACallback::Unreadable)?;
    let owned = |name| parameters.get(name).map(str::to_owned);
    let says = match (owned("code"), parameters.get("error")) {
        (Some(code), None) if is_code(&code) => Says::Code(code),
        (None, Some(error)) => Says::Error(meaning(error)),
        _ => return Err(NotACallback::Malformed),
    };
    Ok(Callback {
        state: owned("state").ok_or(NotACallback::Malformed)?,
        issuer: owned("iss"),
        says,
    })
}

/// A code is of printable characters (RFC 6749 appendix A.11).
fn is_code(code: &str) -> bool {
    code.len() <= MAX_CODE_BYTES && code.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// What an error of the provider means to the person (RFC 6749 section 4.1.2.1, OpenID Connect Core section 3.1.2.6, Okta).
fn meaning(error: &str) -> Problem {
    match error {
        "access_denied" | "user_canceled_request" => Problem::Cancelled,
        "login_required"
        | "interaction_required"
        | "consent_required"
        | "account_selection_required" => Problem::LoginRequired,
        "unmet_authentication_requirements" => Problem::AssuranceNotMet,
        "temporarily_unavailable" => Problem::Unavailable { retry_after: None },
        // A request that Okta refuses was made by us: `server_error` among them, by which Okta says that somebody is in too
        // many groups.
        _ => Problem::Misconfigured,
    }
}

impl Callback {
    /// Whether the answer is that of the issuer that was asked (RFC 9207 section 2.4). Where the issuer promises to name itself,
    /// an answer that names nobody is refused too.
    pub(in crate::browser::sign_in) fn check_issuer(
        &self,
        issuer: &str,
        promises: bool,
    ) -> Result<(), Problem> {
        match &self.issuer {
            Some(named) if named == issuer => Ok(()),
            None if !promises => Ok(()),
            _ => Err(Problem::WrongIssuer),
        }
    }
}

/// Prints neither code nor state.
impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let says: Cow<'_, str> = match &self.says {
            Says::Code(_) => "Code(..)".into(),
            Says::Error(problem) => problem.code().into(),
        };
        f.debug_struct("Callback")
            .field("says", &says)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_or_an_error_is_read_with_its_state() {
        let found =
            read("code=a%20b&state=s&iss=https%3A%2F%2Fa&session_state=x&session_state=y").unwrap();
        assert!(found.says == Says::Code("a b".into()));
        assert_eq!(
            (&*found.state, found.issuer.as_deref()),
            ("s", Some("https://a"))
        );
        let found = read("error=access_denied&error_description=%3Cb%3E&state=s").unwrap();
        assert!(found.says == Says::Error(Problem::Cancelled));
        assert_eq!(found.issuer, None);
    }

    #[test]
    fn what_has_not_the_form_of_a_callback_is_refused() {
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
            assert_eq!(found, Err(NotACallback::Malformed), "{malformed}");
        }
        let long = |length: usize| format!("state=b&code={}", "a".repeat(length));
        assert!(read(&long(MAX_CODE_BYTES)).is_ok());
        assert!(read(&long(MAX_CODE_BYTES + 1)).is_err());
    }

    #[test]
    fn a_parameter_that_stands_twice_is_refused_whatever_the_values() {
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
            assert_eq!(
                found,
                Err(NotACallback::Unreadable(Unreadable::Doubled)),
                "{doubled}"
            );
        }
    }

    #[test]
    fn errors_mean_what_they_mean_and_unknown_ones_are_ours() {
        for (error, problem) in [
            ("access_denied", Problem::Cancelled),
            ("user_canceled_request", Problem::Cancelled),
            ("login_required", Problem::LoginRequired),
            ("interaction_required", Problem::LoginRequired),
            ("consent_required", Problem::LoginRequired),
            ("account_selection_required", Problem::LoginRequired),
            (
                "unmet_authentication_requirements",
                Problem::AssuranceNotMet,
            ),
            (
                "temporarily_unavailable",
                Problem::Unavailable { retry_after: None },
            ),
            ("server_error", Problem::Misconfigured),
            ("invalid_scope", Problem::Misconfigured),
            ("<script>", Problem::Misconfigured),
        ] {
            assert_eq!(meaning(error), problem, "{error}");
        }
    }

    #[test]
    fn the_issuer_that_is_named_must_be_the_one_that_was_asked() {
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
