//! Protection of public forms against cross-site request forgery: a token in a cookie and in the
//! form.
//!
//! There is no session that a token could be bound to. Another site cannot read the cookie. On
//! https it cannot set the cookie either, because the name begins with `__Host-`. Forms of
//! signed-in users need no token: the layer checks the origin of their requests.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, header, request::Parts},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// The length of 18 random bytes in base64url.
const LENGTH: usize = 24;

/// The token of this browser: from its cookie, or a new one.
#[derive(Clone)]
pub(crate) struct Csrf {
    token: String,
    /// Whether the browser already had the token.
    is_known: bool,
    name: &'static str,
}

impl Csrf {
    /// Returns the token for the form's hidden field.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Returns whether a posted form came from a page of this application.
    pub(crate) fn allows(&self, posted: &str, headers: &HeaderMap) -> bool {
        let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
        // Not every browser sends this header, but its value is reliable.
        let is_ours = site.is_none_or(|site| site == b"same-origin");
        is_ours && self.is_known && posted == self.token
    }

    /// Adds the cookie to the response if the token is new.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        if self.is_known {
            return;
        }
        let secure = if self.name.starts_with("__Host-") {
            "; Secure"
        } else {
            ""
        };
        let cookie = format!(
            "{}={}; Path=/; HttpOnly; SameSite=Strict{secure}",
            self.name, self.token
        );
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            headers.append(header::SET_COOKIE, cookie);
        }
    }

    fn of(headers: &HeaderMap, is_https: bool) -> Self {
        let name = if is_https { "__Host-csrf" } else { "csrf" };
        let lines = headers.get_all(header::COOKIE).into_iter();
        let pairs = lines.filter_map(|line| line.to_str().ok());
        let mut pairs = pairs.flat_map(|line| line.split(';'));
        let known = pairs.find_map(|pair| {
            let (found, value) = pair.trim().split_once('=')?;
            (found == name && is_token(value)).then(|| value.to_owned())
        });
        Self {
            is_known: known.is_some(),
            token: known.unwrap_or_else(random),
            name,
        }
    }
}

/// Whether browsers use https, which determines the cookie's name.
#[derive(Clone, Copy)]
pub(crate) struct IsHttps(pub(crate) bool);

impl<S: Sync> FromRequestParts<S> for Csrf {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let is_https = parts.extensions.get::<IsHttps>();
        Ok(Self::of(&parts.headers, is_https.is_some_and(|is| is.0)))
    }
}

fn is_token(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    text.len() == LENGTH && text.bytes().all(is_part)
}

/// Returns a random token, or an empty one that no form matches if randomness is unavailable.
fn random() -> String {
    let mut bytes = [0; LENGTH / 4 * 3];
    match aws_lc_rs::rand::fill(&mut bytes) {
        Ok(()) => URL_SAFE_NO_PAD.encode(bytes),
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(cookie: Option<&str>, site: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let mut set = |name: &'static str, value: Option<&str>| {
            if let Some(value) = value {
                headers.insert(name, HeaderValue::from_str(value).unwrap());
            }
        };
        set("cookie", cookie);
        set("sec-fetch-site", site);
        headers
    }

    #[test]
    fn form_needs_matching_cookie_and_same_origin() {
        let csrf = Csrf::of(&HeaderMap::new(), false);
        let token = csrf.token().to_owned();
        assert!(is_token(&token));
        let cookie = format!("a=b; csrf={token}");
        let other = random();
        for (cookie, posted, site, is_allowed) in [
            (Some(&*cookie), &*token, Some("same-origin"), true),
            (Some(&*cookie), &*token, None, true),
            (Some(&*cookie), &*token, Some("cross-site"), false),
            (Some(&*cookie), &*token, Some("same-site"), false),
            (Some(&*cookie), &*other, Some("same-origin"), false),
            (Some(&*cookie), "", Some("same-origin"), false),
            (Some("csrf="), "", Some("same-origin"), false),
            (None, &*token, Some("same-origin"), false),
        ] {
            let headers = with(cookie, site);
            let csrf = Csrf::of(&headers, false);
            assert_eq!(
                csrf.allows(posted, &headers),
                is_allowed,
                "{cookie:?} {site:?}"
            );
        }
    }

    #[test]
    fn https_cookie_without_host_prefix_is_rejected() {
        let mut headers = HeaderMap::new();
        Csrf::of(&headers, true).write(&mut headers);
        let cookie = headers[header::SET_COOKIE].to_str().unwrap().to_owned();
        assert!(cookie.starts_with("__Host-csrf=") && cookie.ends_with("; Secure"));
        let token = random();
        let plain = with(Some(&format!("csrf={token}")), None);
        assert!(Csrf::of(&plain, false).allows(&token, &plain));
        assert!(!Csrf::of(&plain, true).allows(&token, &plain));
    }
}
