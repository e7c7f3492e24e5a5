//! Errors of settings, with their remedies.

use std::{borrow::Cow, error::Error, fmt};

/// A missing or wrong setting. Its `Display` names the setting, the value unless it may be a
/// secret, and the remedy.
///
/// ```
/// use okta_tower::{Okta, config::ConfigErrorKind};
///
/// let admin = Okta::builder("https://dev-1234-admin.okta.com/oauth2/default");
/// let error = admin.check().unwrap_err();
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

/// The kinds of [`ConfigError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConfigErrorKind {
    /// A required setting is not set.
    Missing,
    /// The value contains the placeholder of a template.
    Placeholder,
    /// The value is not a URL, or has no scheme.
    NotAUrl,
    /// The value is a URL, but not of an issuer.
    NotAnIssuer,
    /// The issuer ends with a slash.
    TrailingSlash,
    /// The host is that of Okta's admin console.
    AdminHost,
    /// The URL is plain `http`.
    Insecure,
    /// The issuer is an org authorization server, whose access tokens only Okta may verify.
    OrgIssuer,
    /// The value is outside the allowed range.
    OutOfRange,
    /// The value has the wrong form or type.
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

    /// Adds the value to the message. Not for secrets.
    pub(crate) fn showing(mut self, value: impl fmt::Display) -> Self {
        /// In characters. A longer value would bury the message.
        const SHOWN: usize = 200;
        let value: String = value.to_string().chars().take(SHOWN).collect();
        self.value = Some(value.into());
        self
    }

    /// Returns the kind.
    #[must_use]
    pub fn kind(&self) -> ConfigErrorKind {
        self.kind
    }

    /// Returns the name of the setting at fault: a variable, a path in a file, or a setter.
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
