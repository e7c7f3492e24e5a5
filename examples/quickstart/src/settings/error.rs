//! What can be wrong with settings, and what to do about it.

use std::{error::Error, fmt};

use super::RESPONSE_MODE;

/// Settings that contradict each other, or cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SettingsError {
    /// Where to listen, or whose tokens to take.
    General(scaffold::SettingsError),
    /// A variable that means nothing without sign-in, and nobody can sign in.
    NobodySignsIn(&'static str),
    /// What is no response mode.
    ResponseMode(String),
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::General(error) => error.fmt(f),
            Self::NobodySignsIn(name) => write!(
                f,
                "{name} is set, but nobody can sign in: OKTA_OAUTH2_CLIENT_ID is not set. Set it (and its secret, \
                 OKTA_OAUTH2_CLIENT_SECRET) to that of your web application at Okta, or leave {name} out to take \
                 tokens alone"
            ),
            Self::ResponseMode(value) => write!(
                f,
                "{RESPONSE_MODE}={value} means nothing: it is query or form_post"
            ),
        }
    }
}

impl Error for SettingsError {}

impl From<scaffold::SettingsError> for SettingsError {
    fn from(error: scaffold::SettingsError) -> Self {
        Self::General(error)
    }
}
