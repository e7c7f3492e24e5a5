//! The options that a login link may set. Pure.
//!
//! Parameters of an allow-list are validated, bounded and forwarded to Okta. An invalid one fails
//! the request: ignoring a misspelled `prompt=login` or `acr_values` would lower the required
//! assurance.

use http::Method;
use url::Url;

use super::{
    attempt::LoginOptions,
    parameters::{ParameterError, Parameters},
};
use crate::{
    base::telemetry,
    browser::{return_to::ReturnPages, settings::SignInSettings},
};

/// The parameters that are read. All others are ignored.
const NAMES: [&str; 12] = [
    "return_to",
    "return_to_tag",
    "mode",
    "prompt",
    "login_hint",
    "idp",
    "acr_values",
    "max_age",
    "scope",
    "iss",
    "target_link_uri",
    MOVED,
];

/// Marks a browser that was redirected from another host name, so that it is redirected only once.
const MOVED: &str = "moved";

/// A valid login request.
#[derive(Debug)]
pub(super) struct LoginRequest {
    pub(super) options: LoginOptions,
    pub(super) has_moved: bool,
}

impl LoginRequest {
    /// Parses the query of a link, or the form of a third party. A `return_to` outside the
    /// application becomes the default.
    pub(super) fn read(
        query: &str,
        settings: &SignInSettings,
        pages: &ReturnPages,
        issuer: &str,
        method: &Method,
    ) -> Result<Self, ParameterError> {
        let parameters = Parameters::read(query, &NAMES)?;
        let target = third_party(&parameters, issuer, method)?;
        let text = |name: &'static str, is_valid: fn(&str) -> bool| match parameters.get(name) {
            Some(value) if is_valid(value) => Ok(Some(value.into())),
            Some(_) => Err(ParameterError::Invalid(name)),
            None => Ok(None),
        };
        let return_to = match (parameters.get("return_to"), target) {
            (None, Some(target)) => pages.read_url(target),
            (requested, _) => pages.read(requested, parameters.get("return_to_tag")),
        };
        let is_popup = match parameters.get("mode") {
            None => false,
            // Without an opener to notify, a popup would never close.
            Some("popup") if settings.opener.is_some() => true,
            Some(_) => return Err(ParameterError::Invalid("mode")),
        };
        let mut options = LoginOptions {
            return_to,
            is_popup,
            max_age: parameters.get("max_age").map(max_age).transpose()?,
            acr_values: text("acr_values", are_acr_values)?,
            scope: (parameters.get("scope"))
                .map(|requested| scope(requested, &settings.scopes))
                .transpose()?,
            prompt: text("prompt", is_prompt)?,
            login_hint: text("login_hint", is_login_hint)?,
            idp: text("idp", is_idp)?,
        };
        if options.is_too_large() {
            telemetry::return_to_dropped("too_long");
            options.return_to = pages.default_page();
        }
        Ok(Self {
            options,
            has_moved: parameters.get(MOVED).is_some(),
        })
    }

    /// Returns the query of the same link at the configured origin.
    pub(super) fn moved_query(query: &str) -> Result<String, ParameterError> {
        let parameters = Parameters::read(query, &NAMES)?;
        let mut moved = url::form_urlencoded::Serializer::new(String::new());
        moved.extend_pairs(parameters.iter().filter(|(name, _)| *name != MOVED));
        Ok(moved.append_pair(MOVED, "1").finish())
    }
}

/// Checks the issuer that a third party's link names (OpenID Connect Core section 4), and returns
/// the page that the link leads to. An application's own link names neither, and is no form.
fn third_party<'p>(
    parameters: &'p Parameters<'_>,
    issuer: &str,
    method: &Method,
) -> Result<Option<&'p str>, ParameterError> {
    let target = parameters.get("target_link_uri");
    let is_own_link = *method != Method::POST;
    match (parameters.get_or_empty("iss"), target) {
        (Some(named), _) if named == issuer || is_org(named, issuer) => Ok(target),
        (None, None) if is_own_link => Ok(None),
        _ => Err(ParameterError::Invalid("iss")),
    }
}

/// Returns whether this is the address of the issuer's org: Okta's dashboard names the org, also if
/// a custom authorization server is the issuer.
fn is_org(named: &str, issuer: &str) -> bool {
    let path = issuer.strip_prefix(named);
    path.is_some_and(|path| path.starts_with("/oauth2/")) && Url::parse(named).is_ok()
}

/// Accepts `none` alone, or other prompts, each once (OpenID Connect Core section 3.1.2.1).
fn is_prompt(text: &str) -> bool {
    let words: Vec<&str> = text.split(' ').collect();
    let is_known = |word: &&str| matches!(*word, "login" | "consent" | "select_account");
    let is_repeated = |(place, word): (usize, &&str)| words[..place].contains(word);
    text == "none" || (words.iter().all(is_known) && !words.iter().enumerate().any(is_repeated))
}

/// Accepts one line, at most as long as an e-mail address (RFC 5321).
fn is_login_hint(text: &str) -> bool {
    // The hint is stored in the attempt's cookie, where these characters take two bytes.
    let escaped = text.bytes().filter(|byte| b"\"\\".contains(byte)).count();
    text.len() + escaped <= 320 && !text.chars().any(char::is_control)
}

/// Accepts the ID of an identity provider at Okta.
fn is_idp(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    text.len() <= 64 && text.bytes().all(is_plain)
}

/// Accepts names of assurance levels, separated by single spaces.
fn are_acr_values(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/".contains(&byte);
    let is_value = |value: &str| !value.is_empty() && value.bytes().all(is_plain);
    text.len() <= 512 && text.split(' ').all(is_value)
}

/// Parses whole seconds, without a sign.
fn max_age(text: &str) -> Result<u32, ParameterError> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    (text.parse().ok())
        .filter(|_| is_number)
        .ok_or(ParameterError::Invalid("max_age"))
}

/// Returns the requested scopes if all are configured, plus `openid`.
fn scope(requested: &str, configured: &[Box<str>]) -> Result<Box<str>, ParameterError> {
    let requested: Vec<&str> = requested
        .split(' ')
        .filter(|scope| !scope.is_empty())
        .collect();
    let is_configured = |scope: &&str| configured.iter().any(|known| **known == **scope);
    if requested.is_empty() || !requested.iter().all(is_configured) {
        return Err(ParameterError::Invalid("scope"));
    }
    // In the configured order, each once.
    let is_wanted = |scope: &&str| *scope == "openid" || requested.contains(scope);
    let wanted: Vec<&str> = (configured.iter().map(|scope| &**scope))
        .filter(is_wanted)
        .collect();
    let wanted = wanted.join(" ");
    // The scopes are stored in the attempt's cookie.
    if wanted.len() > 512 {
        return Err(ParameterError::Invalid("scope"));
    }
    Ok(wanted.into())
}

#[cfg(test)]
mod tests;
