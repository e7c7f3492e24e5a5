//! Forms that anybody may post, and only from a page of ours: a token that is in a cookie and in the form.
//!
//! There is no session yet that a token could be bound to. Another site can neither read the cookie nor, on https, set it: its name
//! begins with `__Host-`. Forms of people who are signed in need none of this: the layer checks where such requests come from.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, header, request::Parts},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// As many characters as 18 random bytes have.
const LENGTH: usize = 24;

/// The token of this browser: what its cookie says, or a new one.
#[derive(Clone)]
pub(crate) struct Csrf {
    token: String,
    /// Whether the browser had it before.
    is_known: bool,
    name: &'static str,
}

impl Csrf {
    /// For the form's hidden field.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Whether a form that was posted is ours.
    pub(crate) fn allows(&self, posted: &str, headers: &HeaderMap) -> bool {
        let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
        // Not every browser says where a request comes from; what it says is true.
        let is_ours = site.is_none_or(|site| site == b"same-origin");
        is_ours && self.is_known && posted == self.token
    }

    /// Puts a new token into the answer.
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

/// Whether browsers come by https: what the cookie is called depends on it.
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

/// Nothing to guess, or nothing at all: without randomness no form is taken.
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
    fn a_form_is_ours_when_cookie_and_field_agree_and_no_other_site_has_sent_it() {
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
    fn on_https_only_this_very_host_can_have_set_the_cookie() {
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
