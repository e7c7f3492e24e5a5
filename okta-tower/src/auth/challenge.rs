//! The `WWW-Authenticate` challenge of a rejection (RFC 6750 section 3).

use std::borrow::Cow;

use http::HeaderValue;

use crate::error::{AuthError, AuthErrorKind, Denied, DeniedKind};

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
        AuthErrorKind::TooLarge | AuthErrorKind::Unavailable | AuthErrorKind::Misconfigured => {
            return None;
        }
    };
    HeaderValue::try_from(["Bearer realm=\"", realm, "\"", &parameters].concat()).ok()
}

/// Missing groups have no challenge: there is no scope to ask for.
///
/// `scope` names what is required (RFC 6750 section 3): of several alternatives the first, and all
/// of them in `error_description`.
fn insufficient_scope(error: &AuthError) -> Option<Cow<'static, str>> {
    let denied = (error.denied()).filter(|denied| denied.kind() == DeniedKind::Scope)?;
    let mut parameters = ", error=\"insufficient_scope\"".to_owned();
    let scope = denied.needed_scope().unwrap_or_default();
    if !scope.is_empty() {
        parameters += &format!(", scope=\"{scope}\"");
    }
    if denied.scope_alternatives().nth(1).is_some() {
        let sentence = missing_scope(denied);
        parameters += &format!(", error_description=\"{sentence}\"");
    }
    Some(parameters.into())
}

/// Says which scopes are missing. Their names have no character that a quoted string cannot hold.
pub(super) fn missing_scope(denied: &Denied) -> String {
    let scopes: Vec<&str> = denied.scope_alternatives().collect();
    match scopes.as_slice() {
        [] | [""] => "a required scope is missing".to_owned(),
        [scope] => format!("required scope: {scope}"),
        several => format!("one of these scopes is required: {}", several.join(", ")),
    }
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
