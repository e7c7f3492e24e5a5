//! The `WWW-Authenticate` challenges of one realm (RFC 6750 section 3).

use std::borrow::Cow;

use http::HeaderValue;

use crate::error::{AuthError, AuthErrorKind, DeniedKind};

/// Those that most refusals need are made once: a flood of bad tokens is answered with copies of them.
#[derive(Clone, Debug)]
pub(super) struct Challenges {
    realm: Cow<'static, str>,
    plain: HeaderValue,
    invalid_request: HeaderValue,
    invalid_token: HeaderValue,
}

impl Challenges {
    /// Unless configured.
    pub(super) const DEFAULT: &Self = &DEFAULT;

    /// `realm` without the characters that a quoted string cannot hold.
    pub(super) fn new(realm: &str) -> Self {
        let allowed = |char: &char| matches!(char, ' '..='~') && !matches!(char, '"' | '\\');
        let realm: String = realm.chars().filter(allowed).collect();
        let value = |rest: &str| {
            let text = format!("Bearer realm=\"{realm}\"{rest}");
            // It holds visible ASCII alone.
            HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("Bearer"))
        };
        Self {
            plain: value(""),
            invalid_request: value(INVALID_REQUEST),
            invalid_token: value(INVALID_TOKEN),
            realm: realm.into(),
        }
    }

    pub(super) fn realm(&self) -> &str {
        &self.realm
    }

    /// The challenge for a refusal, where it has one.
    pub(super) fn of(&self, error: &AuthError) -> Option<HeaderValue> {
        match error.kind() {
            AuthErrorKind::MissingCredentials => Some(self.plain.clone()),
            AuthErrorKind::MalformedRequest => Some(self.invalid_request.clone()),
            AuthErrorKind::InvalidToken => Some(self.invalid_token.clone()),
            AuthErrorKind::Forbidden => {
                let denied =
                    (error.denied()).filter(|denied| denied.kind() == DeniedKind::Scope)?;
                self.insufficient_scope(denied.needed_scope().unwrap_or_default())
            }
            AuthErrorKind::Unavailable | AuthErrorKind::Misconfigured => None,
        }
    }

    fn insufficient_scope(&self, scope: &str) -> Option<HeaderValue> {
        let mut text = format!(
            "Bearer realm=\"{}\", error=\"insufficient_scope\"",
            self.realm
        );
        if !scope.is_empty() {
            text = format!("{text}, scope=\"{scope}\"");
        }
        HeaderValue::try_from(text).ok()
    }
}

static DEFAULT: Challenges = Challenges {
    realm: Cow::Borrowed("api"),
    plain: HeaderValue::from_static("Bearer realm=\"api\""),
    invalid_request: HeaderValue::from_static("Bearer realm=\"api\", error=\"invalid_request\""),
    invalid_token: HeaderValue::from_static("Bearer realm=\"api\", error=\"invalid_token\""),
};

const INVALID_REQUEST: &str = ", error=\"invalid_request\"";
const INVALID_TOKEN: &str = ", error=\"invalid_token\"";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{CredentialsError, CredentialsErrorKind, TokenErrorKind};

    #[test]
    fn the_default_challenges_are_what_would_be_made_for_their_realm() {
        let made = Challenges::new(DEFAULT.realm());
        for error in [
            AuthError::missing_credentials(),
            CredentialsError::new(CredentialsErrorKind::BadForm).into(),
            crate::error::TokenError::from(TokenErrorKind::Expired).into(),
        ] {
            assert!(made.of(&error).is_some());
            assert_eq!(made.of(&error), DEFAULT.of(&error));
        }
    }

    #[test]
    fn a_realm_that_a_quoted_string_cannot_hold_is_left_out_of_it() {
        let challenge = Challenges::new("a\"b\\c\r\nd\u{e9}").of(&AuthError::missing_credentials());
        assert_eq!(challenge.unwrap(), "Bearer realm=\"abcd\"");
    }
}
