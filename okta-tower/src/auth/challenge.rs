//! The `WWW-Authenticate` challenge of a rejection (RFC 6750 section 3).

use std::borrow::Cow;

use http::HeaderValue;

use crate::error::{AuthError, AuthErrorKind, DeniedKind};

/// The `realm` unless one is configured.
pub(super) const DEFAULT_REALM: &str = "api";

/// Returns `realm` without the characters that a quoted string cannot hold.
pub(super) fn quotable(realm: &str) -> Box<str> {
    let is_allowed = |char: &char| matches!(char, ' '..='~') && !matches!(char, '"' | '\\');
    realm.chars().filter(is_allowed).collect()
}

/// Returns the challenge for a rejection, if it has one.
pub(super) fn challenge(error: &AuthError, realm: &str) -> Option<HeaderValue> {
    let parameters: Cow<'_, str> = match error.kind() {
        AuthErrorKind::MissingCredentials => "".into(),
        AuthErrorKind::MalformedRequest => ", error=\"invalid_request\"".into(),
        AuthErrorKind::InvalidToken => ", error=\"invalid_token\"".into(),
        AuthErrorKind::Forbidden => insufficient_scope(error)?,
        AuthErrorKind::Unavailable | AuthErrorKind::Misconfigured => return None,
    };
    HeaderValue::try_from(["Bearer realm=\"", realm, "\"", &parameters].concat()).ok()
}

/// Missing groups have no challenge: there is no scope to ask for.
fn insufficient_scope(error: &AuthError) -> Option<Cow<'static, str>> {
    let denied = (error.denied()).filter(|denied| denied.kind() == DeniedKind::Scope)?;
    Some(match denied.needed_scope().unwrap_or_default() {
        "" => ", error=\"insufficient_scope\"".into(),
        scope => format!(", error=\"insufficient_scope\", scope=\"{scope}\"").into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn realm_loses_characters_that_a_quoted_string_cannot_hold() {
        let realm = quotable("a\"b\\c\r\nd\u{e9}");
        let challenge = challenge(&AuthError::missing_credentials(), &realm);
        assert_eq!(challenge.unwrap(), "Bearer realm=\"abcd\"");
    }
}
