//! The mark of a browser that signed out while the issuer's own session could not be ended, for
//! example because the session here had idled out. Without the mark, the next click would sign the
//! same user in again.

use http::{HeaderMap, HeaderValue};

use super::plain_cookie::PlainCookie;
use crate::browser::{cookies::SameSite, settings::SignInSettings};

/// The mark, in a cookie. Its content needs no seal: a planted mark only asks for the password.
#[derive(Debug)]
pub(super) struct SignedOutMark(PlainCookie);

impl SignedOutMark {
    /// `same_site` is that of the attempts.
    pub(super) fn new(settings: &SignInSettings, same_site: SameSite) -> Self {
        let max_age = settings.session.absolute;
        Self(PlainCookie::new(settings, "signed-out", same_site, max_age))
    }

    /// Returns the cookie that sets the mark.
    pub(super) fn set(&self) -> HeaderValue {
        self.0.set("1")
    }

    /// Returns the cookie that removes the mark from a browser that has it.
    pub(super) fn remove(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        self.0.remove(headers)
    }

    /// Returns the prompt of a sign-in: the requested one, unless this browser has the mark.
    pub(super) fn prompt<'p>(
        &self,
        requested: Option<&'p str>,
        headers: &HeaderMap,
    ) -> Option<&'p str> {
        if self.0.values(headers).next().is_none() {
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
