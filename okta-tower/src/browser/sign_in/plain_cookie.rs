//! A cookie of one name, whose value needs no seal.

use std::time::Duration;

use http::{HeaderMap, HeaderValue};

use crate::browser::{
    cookies::{self, CookieWriter, SameSite},
    settings::SignInSettings,
};

#[derive(Debug)]
pub(super) struct PlainCookie {
    writer: CookieWriter,
    /// The cookie's name, without the prefix.
    base: Box<str>,
    same_site: SameSite,
    max_age: Duration,
}

impl PlainCookie {
    /// `suffix` follows the name of the session cookie. `same_site` is that of the attempts: the
    /// callback removes the cookie together with the attempt.
    pub(super) fn new(
        settings: &SignInSettings,
        suffix: &str,
        same_site: SameSite,
        max_age: Duration,
    ) -> Self {
        Self {
            writer: CookieWriter::new(settings.is_https),
            base: format!("{}-{suffix}", settings.session.cookie_name).into(),
            same_site,
            max_age,
        }
    }

    /// Returns the `Set-Cookie` with this value.
    pub(super) fn set(&self, value: &str) -> HeaderValue {
        self.writer
            .set(&self.base, value, self.max_age, self.same_site)
    }

    /// Returns the `Set-Cookie` that removes the cookie from a browser that has it.
    pub(super) fn remove(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let removal = || self.writer.remove(&self.base, self.same_site);
        self.values(headers).next().map(|_| removal())
    }

    /// Returns each value that is not empty. On plain http another application on this host can add
    /// one.
    pub(super) fn values<'h>(
        &self,
        headers: &'h HeaderMap,
    ) -> impl Iterator<Item = &'h [u8]> + use<'h> {
        let name = self.writer.name(&self.base);
        cookies::read(headers)
            .filter(move |(found, value)| *found == name.as_bytes() && !value.is_empty())
            .map(|(_, value)| value)
    }
}
