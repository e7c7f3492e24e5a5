//! What is wrong with a setting, and what to do about it.

use std::{borrow::Cow, error::Error, fmt};

/// A setting that is missing or cannot be right. Its `Display` names the setting, the value where that is no secret, and
/// the remedy.
///
/// ```
/// use okta_tower::{Okta, config::ConfigErrorKind};
///
/// let error = Okta::builder("https://dev-1234-admin.okta.com/oauth2/default").check().unwrap_err();
/// assert_eq!(error.kind(), ConfigErrorKind::AdminHost);
/// assert!(error.to_string().contains("https://dev-1234.okta.com/oauth2/default"));
///
/// assert!(Okta::builder("https://dev-1234.okta.com/oauth2/default").check().is_ok());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    kind: ConfigErrorKind,
    setting: Cow<'static, str>,
    value: Option<Box<str>>,
    problem: Cow<'static, str>,
}

/// The kinds of mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConfigErrorKind {
    /// It is required and not there.
    Missing,
    /// A placeholder of a template was left in.
    Placeholder,
    /// It is no URL, or has no scheme.
    NotAUrl,
    /// It is a URL and not one of an issuer.
    NotAnIssuer,
    /// It ends with a slash.
    TrailingSlash,
    /// It is the host of Okta's admin console.
    AdminHost,
    /// It is plain `http`.
    Insecure,
    /// It is an org authorization server, whose access tokens only Okta may verify.
    OrgIssuer,
    /// It is outside the range that makes sense.
    OutOfRange,
    /// It is of the wrong form or type.
    Invalid,
    /// Two settings contradict each other.
    Contradiction,
    /// A file cannot be read.
    File,
}

impl ConfigError {
    pub(crate) fn new(
        kind: ConfigErrorKind,
        setting: impl Into<Cow<'static, str>>,
        problem: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            kind,
            setting: setting.into(),
            value: None,
            problem: problem.into(),
        }
    }

    /// Shows the value. Not for secrets.
    pub(crate) fn showing(mut self, value: impl fmt::Display) -> Self {
        /// More would bury the message.
        const SHOWN: usize = 200;
        let value: String = value.to_string().chars().take(SHOWN).collect();
        self.value = Some(value.into());
        self
    }

    /// The kind of mistake.
    #[must_use]
    pub fn kind(&self) -> ConfigErrorKind {
        self.kind
    }

    /// The setting at fault, by the name it was given under.
    #[must_use]
    pub fn setting(&self) -> &str {
        &self.setting
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "setting {}", self.setting)?;
        if let Some(value) = &self.value {
            write!(f, " ({value:?})")?;
        }
        write!(f, ": {}", self.problem)
    }
}

impl Error for ConfigError {}
