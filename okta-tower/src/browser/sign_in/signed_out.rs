//! The mark of a browser that signed out while the issuer's own session could not be ended, for
//! example because the session here had idled out. Without the mark, the next click would sign the
//! same user in again.

use std::time::Duration;

use http::{HeaderMap, HeaderValue};

use crate::browser::{
    cookies::{self, CookieWriter, SameSite},
    settings::SignInSettings,
};

/// The mark, in a cookie. Its content needs no seal: a planted mark only asks for the password.
#[derive(Debug)]
pub(super) struct SignedOutMark {
    writer: CookieWriter,
    /// The cookie's name, without the prefix.
    base: Box<str>,
    same_site: SameSite,
    max_age: Duration,
}

impl SignedOutMark {
    /// `same_site` is that of the attempts: the callback removes both.
    pub(super) fn new(settings: &SignInSettings, same_site: SameSite) -> Self {
        Self {
            writer: CookieWriter::new(settings.is_https),
            base: format!("{}-signed-out", settings.session.cookie_name).into(),
            same_site,
            max_age: settings.session.absolute,
        }
    }

    /// Returns the cookie that sets the mark.
    pub(super) fn set(&self) -> HeaderValue {
        self.writer
            .set(&self.base, "1", self.max_age, self.same_site)
    }

    /// Returns the cookie that removes the mark from a browser that has it.
    pub(super) fn remove(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let removal = || self.writer.remove(&self.base, self.same_site);
        self.is_in(headers).then(removal)
    }

    fn is_in(&self, headers: &HeaderMap) -> bool {
        let name = self.writer.name(&self.base);
        cookies::read(headers).any(|(found, value)| found == name.as_bytes() && !value.is_empty())
    }

    /// Returns the prompt of a sign-in: the requested one, unless this browser has the mark.
    pub(super) fn prompt<'p>(
        &self,
        requested: Option<&'p str>,
        headers: &HeaderMap,
    ) -> Option<&'p str> {
        if !self.is_in(headers) {
            return requested;
        }
        let asks_consent = requested.is_some_and(|prompt| prompt.contains("consent"));
        Some(if asks_consent {
            "login consent"
        } else {
            "login"
        })
    }
}
