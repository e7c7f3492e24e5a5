//! The `state` of a sign-out (OpenID Connect RP-Initiated Logout 1.0 section 2): it shows that the
//! issuer sends a browser back that has signed out here.

use std::time::Duration;

use http::{HeaderMap, HeaderValue};

use crate::{
    base::{base64url, random::random},
    browser::{
        cookies::{self, CookieWriter, SameSite},
        settings::SignInSettings,
    },
};

/// How long the issuer may take, for a user who confirms the sign-out there.
const MAX_AGE: Duration = Duration::from_secs(600);

/// Keeps the `state` in a cookie until the browser returns. The value needs no seal: it must only
/// be equal in both places.
#[derive(Debug)]
pub(super) struct LogoutState {
    writer: CookieWriter,
    /// The cookie's name, without the prefix.
    base: Box<str>,
    same_site: SameSite,
}

impl LogoutState {
    /// The browser returns by a top-level GET, which carries `Lax` cookies.
    pub(super) fn new(settings: &SignInSettings) -> Self {
        Self {
            writer: CookieWriter::new(settings.is_https),
            base: format!("{}-logout", settings.session.cookie_name).into(),
            same_site: settings.session.cookie.same_site,
        }
    }

    /// Returns a new `state` and the cookie that keeps it.
    pub(super) fn start(&self) -> (String, HeaderValue) {
        let state = base64url::encode(&random::<16>());
        let cookie = (self.writer).set(&self.base, &state, MAX_AGE, self.same_site);
        (state, cookie)
    }

    /// Returns whether the browser may be on its way back: it has the cookie, and the query has a
    /// `state` and nothing else that the post-logout redirect URI has not.
    pub(super) fn is_expected(&self, configured: &str, query: &str, headers: &HeaderMap) -> bool {
        returned(configured, query).is_some() && self.kept(headers).is_some()
    }

    /// Returns whether the query has the `state` that this browser left with.
    pub(super) fn matches(&self, configured: &str, query: &str, headers: &HeaderMap) -> bool {
        let kept = self.kept(headers);
        kept.is_some_and(|kept| returned(configured, query) == Some(kept))
    }

    /// Returns the cookie that removes the `state`.
    pub(super) fn remove(&self) -> HeaderValue {
        self.writer.remove(&self.base, self.same_site)
    }

    fn kept<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        let name = self.writer.name(&self.base);
        let (_, value) = cookies::read(headers).find(|(found, _)| *found == name.as_bytes())?;
        std::str::from_utf8(value)
            .ok()
            .filter(|value| !value.is_empty())
    }
}

/// Returns the `state` that an issuer has added to the configured query.
fn returned<'q>(configured: &str, query: &'q str) -> Option<&'q str> {
    let added = query.strip_prefix(configured)?;
    let added = match configured {
        "" => added,
        _ => added.strip_prefix('&')?,
    };
    let state = added.strip_prefix("state=")?;
    (!state.contains('&')).then_some(state)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_added_state_is_one_of_a_sign_out() {
        for (configured, query, expected) in [
            ("", "state=a", Some("a")),
            ("", "state=", Some("")),
            ("from=okta", "from=okta&state=a", Some("a")),
            // The application's own sign-in, or a page of it.
            ("", "code=c&state=a", None),
            ("", "state=a&code=c", None),
            ("", "state=a&state=b", None),
            ("", "", None),
            ("from=okta", "state=a", None),
            ("from=okta", "from=oktastate=a", None),
        ] {
            assert_eq!(
                returned(configured, query),
                expected,
                "{configured} {query}"
            );
        }
    }
}
