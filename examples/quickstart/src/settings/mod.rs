//! The quickstart's settings, read from variables that the caller passes in.

mod error;

use std::fmt;

use scaffold::{Program, Variables};

pub(crate) use self::error::SettingsError;

pub(crate) const PROGRAM: Program =
    Program::new("quickstart").variables("QUICKSTART_ADDR", "QUICKSTART_TOKEN_LIFETIME");

const RESPONSE_MODE: &str = "QUICKSTART_RESPONSE_MODE";
const REDIS: &str = "QUICKSTART_REDIS";
const OPENER: &str = "QUICKSTART_OPENER";

/// The settings of the quickstart.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The address to listen on, and the issuer.
    pub(crate) general: scaffold::Settings,
    /// The sign-in settings; `None` if only tokens are accepted.
    pub(crate) sign_in: Option<SignInSettings>,
}

/// How users sign in.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct SignInSettings {
    /// Whether Okta returns the code in a form that the browser posts, not in the query.
    pub(crate) is_form_post: bool,
    /// The URL of the session store; without one, cookies hold the sessions.
    pub(crate) redis: Option<String>,
    /// The origin of a front end that signs users in with a popup.
    pub(crate) opener: Option<String>,
}

impl Settings {
    /// Reads the settings from variables.
    pub(crate) fn read(variables: &Variables) -> Result<Self, SettingsError> {
        let general = scaffold::Settings::read(PROGRAM, variables)?;
        let sign_in = if general.has_client() {
            Some(SignInSettings {
                is_form_post: variables
                    .get(RESPONSE_MODE)
                    .map_or(Ok(false), is_form_post)?,
                redis: variables.get(REDIS).map(str::to_owned),
                opener: variables.get(OPENER).map(str::to_owned),
            })
        } else {
            let mut of_sign_in = [RESPONSE_MODE, REDIS, OPENER].into_iter();
            match of_sign_in.find(|name| variables.get(name).is_some()) {
                Some(name) => return Err(SettingsError::NobodySignsIn(name)),
                None => None,
            }
        };
        Ok(Self { general, sign_in })
    }
}

/// Omits the Redis URL, which may contain a password.
impl fmt::Debug for SignInSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInSettings")
            .field("is_form_post", &self.is_form_post)
            .field("opener", &self.opener)
            .finish_non_exhaustive()
    }
}

fn is_form_post(text: &str) -> Result<bool, SettingsError> {
    match text {
        "query" => Ok(false),
        "form_post" => Ok(true),
        _ => Err(SettingsError::ResponseMode(text.to_owned())),
    }
}

#[cfg(test)]
mod tests;
