//! A setting: its value, where the value comes from, and the check of a range.

use std::{
    borrow::Cow,
    fmt::{self, Debug},
    ops::RangeInclusive,
};

use super::{ConfigError, ConfigErrorKind as Kind};
use crate::base::secret::Secret;

const EMPTY: &str = "is empty; set it or leave it out";
pub(crate) const PLACEHOLDER: &str = "contains a placeholder; replace it";

/// Where a value comes from, with the name that it has there. Higher origins come later.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Origin {
    /// The value is not set; the name is that of the setter.
    Default(&'static str),
    File(&'static str),
    Variable(&'static str),
    Builder(&'static str),
}

impl Origin {
    /// Returns the name that errors show.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Default(name) | Self::File(name) | Self::Variable(name) | Self::Builder(name) => {
                name
            }
        }
    }

    const fn rank(self) -> u8 {
        match self {
            Self::Default(_) => 0,
            Self::File(_) => 1,
            Self::Variable(_) => 2,
            Self::Builder(_) => 3,
        }
    }
}

/// A value and its origin.
#[derive(Clone, Copy)]
pub(crate) struct Setting<T> {
    pub(crate) value: T,
    pub(crate) origin: Origin,
}

impl<T> Setting<T> {
    /// Returns the value that a setter of a builder was called with.
    pub(crate) const fn built(setter: &'static str, value: T) -> Self {
        let origin = Origin::Builder(setter);
        Self { value, origin }
    }

    /// Returns the setting with the higher origin, `second` between equal ones.
    pub(crate) fn higher(first: Option<Self>, second: Option<Self>) -> Option<Self> {
        match (first, second) {
            (Some(first), Some(second)) if first.origin.rank() > second.origin.rank() => {
                Some(first)
            }
            (first, second) => second.or(first),
        }
    }

    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Setting<U> {
        Setting {
            value: change(self.value),
            origin: self.origin,
        }
    }

    /// Returns an error that names the setting and does not show the value.
    pub(crate) fn error(&self, kind: Kind, problem: impl Into<Cow<'static, str>>) -> ConfigError {
        ConfigError::new(kind, self.origin.name(), problem)
    }
}

impl Setting<String> {
    /// Returns an error that shows the value. Not for secrets.
    pub(crate) fn shown(&self, kind: Kind, problem: impl Into<Cow<'static, str>>) -> ConfigError {
        self.error(kind, problem).showing(&self.value)
    }

    /// Returns an error that shows the value if it looks like an address: other text may be a
    /// secret in the wrong place, and text before an `@` a password.
    pub(crate) fn shown_address(
        &self,
        kind: Kind,
        problem: impl Into<Cow<'static, str>>,
    ) -> ConfigError {
        if is_address(&self.value) {
            self.shown(kind, problem)
        } else {
            self.error(kind, problem)
        }
    }

    /// Rejects an empty value and a placeholder.
    pub(crate) fn filled(&self) -> Result<(), ConfigError> {
        if self.value.trim().is_empty() {
            return Err(self.error(Kind::Missing, EMPTY));
        }
        if is_placeholder(&self.value) {
            return Err(self.shown(Kind::Placeholder, PLACEHOLDER));
        }
        Ok(())
    }
}

impl Setting<Secret> {
    /// Rejects an empty value and a placeholder in braces. No error shows the value.
    pub(crate) fn filled(&self) -> Result<(), ConfigError> {
        if self.value.expose().trim().is_empty() {
            return Err(self.error(Kind::Missing, EMPTY));
        }
        if self.value.expose().starts_with('{') {
            return Err(self.error(Kind::Placeholder, PLACEHOLDER));
        }
        Ok(())
    }
}

/// Returns whether a text could be a URL without credentials, with or without its scheme. A JWT has
/// dots, too: its header begins with `eyJ`, the base64url of `{"`.
pub(super) fn is_address(text: &str) -> bool {
    let may_be_secret = text.contains('@') || text.contains("eyJ");
    !may_be_secret && (text.contains("://") || begins_with_host(text))
}

/// Returns whether a text begins with a host name of several labels (RFC 1035 section 2.3.4), as
/// long parts of a token do not.
fn begins_with_host(text: &str) -> bool {
    // `https:/host` and `//host` are typos.
    let (_, text) = text.split_once(":/").unwrap_or(("", text));
    let text = text.trim_start_matches('/');
    let host = text.split(['/', ':', '?', '#']).next().unwrap_or_default();
    let is_of_label = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let is_label = |label: &str| label.len() <= 63 && label.bytes().all(is_of_label);
    host.contains('.') && host.split('.').all(is_label)
}

/// Returns whether the text contains a part that a template wants replaced.
pub(crate) fn is_placeholder(text: &str) -> bool {
    const MARKS: &str = "{ } %7b %7d < > yourokta yourdomain your-domain your-okta your_okta";
    let lower = text.to_ascii_lowercase();
    MARKS.split(' ').any(|mark| lower.contains(mark))
}

/// Returns the value if it is within the range.
pub(crate) fn in_range<T: PartialOrd + Debug>(
    setting: Setting<T>,
    range: RangeInclusive<T>,
) -> Result<T, ConfigError> {
    if range.contains(&setting.value) {
        return Ok(setting.value);
    }
    let problem = format!("must be from {:?} to {:?}", range.start(), range.end());
    let value = format!("{:?}", setting.value);
    Err(setting.error(Kind::OutOfRange, problem).showing(value))
}

/// Prints the value like a bare one, for the `Debug` of the builders.
impl<T: Debug> Debug for Setting<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn higher_origin_wins_and_later_value_of_same_origin() {
        let origins = [
            Origin::Default("d"),
            Origin::File("f"),
            Origin::Variable("v"),
            Origin::Builder("b"),
        ];
        for (low, first) in origins.into_iter().enumerate() {
            for (high, second) in origins.into_iter().enumerate() {
                let setting = |value, origin| Some(Setting { value, origin });
                let won = Setting::higher(setting(1, first), setting(2, second));
                let expected = if low > high { first } else { second };
                assert_eq!(won.unwrap().origin.name(), expected.name());
            }
        }
    }

    #[test]
    fn value_outside_range_is_rejected_by_name() {
        assert_eq!(in_range(Setting::built("size", 9), 1..=9), Ok(9));
        let error = in_range(Setting::built("size", 10), 1..=9).unwrap_err();
        assert_eq!((error.kind(), error.setting()), (Kind::OutOfRange, "size"));
        assert_eq!(
            error.to_string(),
            r#"setting size ("10"): must be from 1 to 9"#
        );
    }
}
