//! Errors in settings, with their remedies.

use std::{error::Error, fmt};

use super::RESPONSE_MODE;

/// Settings that contradict each other or cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SettingsError {
    /// An error in the settings that every example has.
    General(scaffold::SettingsError),
    /// A variable that requires sign-in, which is not configured.
    NobodySignsIn(&'static str),
    /// An invalid response mode.
    ResponseMode(String),
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::General(error) => error.fmt(f),
            Self::NobodySignsIn(name) => write!(
                f,
                "{name} requires sign-in, but OKTA_OAUTH2_CLIENT_ID is not set. Set it and \
                 OKTA_OAUTH2_CLIENT_SECRET to the client of your web application at Okta, or unset \
                 {name} to accept only tokens"
            ),
            Self::ResponseMode(value) => write!(
                f,
                "invalid value {RESPONSE_MODE}={value}; use query or form_post"
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
