//! Authorization requests in progress: parsed, pushed, or waiting for the user.

use std::time::SystemTime;

use crate::{callback::CallbackMode, parameters::Parameters};

/// A valid authorization request.
#[derive(Clone, Debug)]
pub(crate) struct AuthorizationRequest {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) mode: CallbackMode,
    pub(crate) state: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) challenge: Option<String>,
    pub(crate) prompt: Prompt,
    /// In seconds.
    pub(crate) max_age: Option<u64>,
    pub(crate) acr: Option<String>,
    pub(crate) login_hint: Option<String>,
    pub(crate) idp: Option<String>,
}

/// The values of the `prompt` parameter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Prompt {
    pub(crate) none: bool,
    pub(crate) login: bool,
    pub(crate) consent: bool,
}

/// A pushed authorization request (RFC 9126) that waits for its browser.
#[derive(Debug)]
pub(crate) struct PushedRequest {
    pub(crate) client_id: String,
    pub(crate) parameters: Parameters,
    pub(crate) expires: SystemTime,
}

/// A sign-in or consent page that a user has open.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) request: AuthorizationRequest,
    pub(crate) expires: SystemTime,
    /// The browser session of a user who has signed in and sees the consent page.
    pub(crate) signed_in: Option<String>,
}

impl Prompt {
    /// Parses the parameter. Returns `None` if a value is unknown or the values contradict.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut prompt = Self::default();
        for word in text.split_ascii_whitespace() {
            match word {
                "none" => prompt.none = true,
                "login" => prompt.login = true,
                "consent" => prompt.consent = true,
                _ => return None,
            }
        }
        // "If this parameter contains none with any other value, an error is returned."
        let contradicts = prompt.none && (prompt.login || prompt.consent);
        (!contradicts).then_some(prompt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompt_order_is_free_and_none_excludes_others() {
        let both = Prompt {
            none: false,
            login: true,
            consent: true,
        };
        assert_eq!(Prompt::read("login consent"), Some(both));
        assert_eq!(Prompt::read("consent login"), Some(both));
        assert_eq!(Prompt::read(""), Some(Prompt::default()));
        assert!(Prompt::read("none").is_some_and(|prompt| prompt.none));
        assert_eq!(Prompt::read("none login"), None);
        assert_eq!(Prompt::read("shout"), None);
    }
}
