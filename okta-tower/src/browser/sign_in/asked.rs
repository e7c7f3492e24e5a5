//! What a link to the sign-in may ask for. Pure.
//!
//! Parameters from an allow-list are passed on to Okta, each validated and bounded. One that is wrong fails the whole request:
//! to leave out a `prompt=login` or an `acr_values` that was misspelt would ask for less than whoever wrote the link meant.

use std::borrow::Cow;

use super::{
    attempt::Wish,
    parameters::{Parameters, Unreadable},
    return_to::ReturnTo,
};
use crate::browser::settings::SignInSettings;

/// The parameters that are read. What else stands in the query means nothing here.
const NAMES: [&str; 9] = [
    "return_to",
    "mode",
    "prompt",
    "login_hint",
    "idp",
    "acr_values",
    "max_age",
    "scope",
    MOVED,
];

/// Marks that the browser was moved here from another host name, so that it is not moved again.
const MOVED: &str = "moved";

/// What was asked for.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) wish: Wish,
    pub(super) has_moved: bool,
}

/// Why nothing is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotAsked {
    Unreadable(Unreadable),
    /// A parameter is not what it may be. Its name is one of ours.
    Wrong(&'static str),
}

impl Asked {
    /// Reads the query of a link. A page that is none of this application's is replaced by the default.
    pub(super) fn read(query: &str, settings: &SignInSettings) -> Result<Self, NotAsked> {
        let parameters = Parameters::read(query, &NAMES).map_err(NotAsked::Unreadable)?;
        let text = |name: &'static str, is_right: fn(&str) -> bool| match parameters.get(name) {
            Some(value) if is_right(value) => Ok(Some(value.into())),
            Some(_) => Err(NotAsked::Wrong(name)),
            None => Ok(None),
        };
        let return_to = (parameters.get("return_to"))
            .and_then(|asked| ReturnTo::parse(asked, &settings.origin, &settings.paths))
            .unwrap_or_else(|| ReturnTo::trusted(&settings.default_return_to));
        let is_popup = match parameters.get("mode") {
            None => false,
            // Without a front end to tell, a popup would never close.
            Some("popup") if settings.opener.is_some() => true,
            Some(_) => return Err(NotAsked::Wrong("mode")),
        };
        Ok(Self {
            wish: Wish {
                return_to: return_to.as_str().into(),
                is_popup,
                max_age: parameters.get("max_age").map(max_age).transpose()?,
                acr_values: text("acr_values", are_acr_values)?,
                scope: (parameters.get("scope"))
                    .map(|asked| scope(asked, &settings.scopes))
                    .transpose()?,
                prompt: text("prompt", is_prompt)?,
                login_hint: text("login_hint", is_login_hint)?,
                idp: text("idp", is_idp)?,
            },
            has_moved: parameters.get(MOVED).is_some(),
        })
    }

    /// The query of the same link at the configured origin.
    pub(super) fn moved_query(query: &str) -> Result<String, NotAsked> {
        let parameters = Parameters::read(query, &NAMES).map_err(NotAsked::Unreadable)?;
        let mut moved = url::form_urlencoded::Serializer::new(String::new());
        moved.extend_pairs(parameters.iter().filter(|(name, _)| *name != MOVED));
        Ok(moved.append_pair(MOVED, "1").finish())
    }

    /// The scopes to ask for, with spaces between them.
    pub(super) fn scope<'a>(wish: &'a Wish, configured: &[Box<str>]) -> Cow<'a, str> {
        match &wish.scope {
            Some(scope) => Cow::Borrowed(scope),
            None => Cow::Owned(configured.join(" ")),
        }
    }
}

/// `prompt` (OpenID Connect Core section 3.1.2.1): `none` alone, or others, each once.
fn is_prompt(text: &str) -> bool {
    let words: Vec<&str> = text.split(' ').collect();
    let is_known = |word: &&str| matches!(*word, "login" | "consent" | "select_account");
    let is_doubled = |(place, word): (usize, &&str)| words[..place].contains(word);
    text == "none" || (words.iter().all(is_known) && !words.iter().enumerate().any(is_doubled))
}

/// A login: at most as long as an address may be (RFC 5321), and one line.
fn is_login_hint(text: &str) -> bool {
    // It travels in the attempt's cookie, where these take two bytes.
    let escaped = text.bytes().filter(|byte| b"\"\\".contains(byte)).count();
    text.len() + escaped <= 320 && !text.chars().any(char::is_control)
}

/// The id of an identity provider at Okta.
fn is_idp(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    text.len() <= 64 && text.bytes().all(is_plain)
}

/// `acr_values`: names of levels with a space between them.
fn are_acr_values(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/".contains(&byte);
    text.len() <= 512
        && text
            .split(' ')
            .all(|value| !value.is_empty() && value.bytes().all(is_plain))
}

/// `max_age`: whole seconds.
fn max_age(text: &str) -> Result<u32, NotAsked> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    (text.parse().ok())
        .filter(|_| is_number)
        .ok_or(NotAsked::Wrong("max_age"))
}

/// Some of the configured scopes, and `openid`.
fn scope(asked: &str, configured: &[Box<str>]) -> Result<Box<str>, NotAsked> {
    let asked: Vec<&str> = asked.split(' ').filter(|scope| !scope.is_empty()).collect();
    let is_configured = |scope: &&str| configured.iter().any(|known| **known == **scope);
    if asked.is_empty() || !asked.iter().all(is_configured) {
        return Err(NotAsked::Wrong("scope"));
    }
    // In the configured order, each once.
    let is_wanted = |scope: &&str| *scope == "openid" || asked.contains(scope);
    let wanted: Vec<&str> = configured
        .iter()
        .map(|scope| &**scope)
        .filter(is_wanted)
        .collect();
    let wanted = wanted.join(" ");
    // It travels in the attempt's cookie.
    if wanted.len() > 512 {
        return Err(NotAsked::Wrong("scope"));
    }
    Ok(wanted.into())
}

#[cfg(test)]
mod tests;
