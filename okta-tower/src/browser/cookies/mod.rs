//! Cookies: names, attributes, reading and writing. Feature `sign-in`.
//!
//! On `https` each cookie has the `__Host-` prefix (RFC 6265bis section 4.1.3.2): only this host
//! can set it, over `https`. A sibling or parent domain and plain `http` cannot.
//!
//! On loopback `http` the prefix does not work, and another application on the host can set a
//! cookie of the same name. If two different values arrive, neither is used.

mod chunks;
mod read;

use std::time::Duration;

use cookie::Cookie;
use http::HeaderValue;

pub(crate) use self::{
    chunks::{ChunkedCookie, Chunks, CookieOptions, CookieValue, TooLarge},
    read::read,
};

/// The longest `Set-Cookie` that each browser accepts, in bytes, with name and attributes
/// (RFC 6265 section 6.1).
const MAX_SET_COOKIE: usize = 4096;

/// Writes this application's `Set-Cookie` fields.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CookieWriter {
    is_https: bool,
}

/// The cross-site requests that carry the cookies of sign-in (RFC 6265bis section 5.6.7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SameSite {
    /// Only top-level navigations with a safe method. The default.
    #[default]
    Lax,
    /// All requests, also those of a frame in another site's page, if the browser allows such
    /// cookies. The cookies are always `Secure`, which browsers accept on localhost.
    None,
    /// As `None`, with one cookie jar for each site that frames the application (CHIPS,
    /// `Partitioned`). Browsers that block other third-party cookies keep these.
    Partitioned,
}

impl CookieWriter {
    pub(crate) const fn new(is_https: bool) -> Self {
        Self { is_https }
    }

    /// Returns the name of a cookie: the base, on https after `__Host-`.
    pub(crate) fn name(&self, base: &str) -> String {
        format!("{}{base}", if self.is_https { "__Host-" } else { "" })
    }

    /// Returns the `Set-Cookie` that sets a value. The value must consist of characters that
    /// cookies may contain, such as base64url and dots.
    pub(crate) fn set(
        &self,
        base: &str,
        value: &str,
        max_age: Duration,
        same_site: SameSite,
    ) -> HeaderValue {
        self.write(&self.name(base), value, Some(max_age), same_site)
    }

    /// Returns the `Set-Cookie` that removes a cookie, with the attributes that it was set with.
    pub(crate) fn remove(&self, base: &str, same_site: SameSite) -> HeaderValue {
        self.set(base, "", Duration::ZERO, same_site)
    }

    /// Without `max_age` the cookie lasts until the browser closes.
    fn write(
        &self,
        name: &str,
        value: &str,
        max_age: Option<Duration>,
        same_site: SameSite,
    ) -> HeaderValue {
        let mut cookie = Cookie::build((name, value))
            .path("/")
            .http_only(true)
            .secure(self.is_https || same_site != SameSite::Lax)
            .partitioned(same_site == SameSite::Partitioned)
            .same_site(match same_site {
                SameSite::Lax => cookie::SameSite::Lax,
                SameSite::None | SameSite::Partitioned => cookie::SameSite::None,
            });
        if let Some(max_age) = max_age {
            let seconds = i64::try_from(max_age.as_secs()).unwrap_or(i64::MAX);
            cookie = cookie.max_age(cookie::time::Duration::seconds(seconds));
        }
        let text = cookie.build().to_string();
        // This does not fail: the configuration's check accepts only valid names, and the values
        // are this application's own. An empty field would set no cookie.
        HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn https_cookie_is_bound_to_this_host() {
        let writer = CookieWriter::new(true);
        let set = writer.set("okta_session", "abc", HOUR, SameSite::Lax);
        assert_eq!(
            set,
            "__Host-okta_session=abc; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=3600"
        );
        assert!(!set.to_str().unwrap().contains("Domain"));
    }

    #[test]
    fn loopback_http_cookie_has_no_prefix_and_lax_is_not_secure() {
        let writer = CookieWriter::new(false);
        assert_eq!(
            writer.set("okta_session", "abc", HOUR, SameSite::Lax),
            "okta_session=abc; HttpOnly; SameSite=Lax; Path=/; Max-Age=3600"
        );
        assert_eq!(
            writer.set("okta_attempt", "abc", HOUR, SameSite::None),
            "okta_attempt=abc; HttpOnly; SameSite=None; Secure; Path=/; Max-Age=3600"
        );
    }

    #[test]
    fn partitioned_cookie_is_secure_and_for_all_requests() {
        let set = CookieWriter::new(true).set("okta_session", "abc", HOUR, SameSite::Partitioned);
        let set = set.to_str().unwrap();
        for attribute in ["SameSite=None", "Secure", "Partitioned", "Path=/"] {
            assert!(set.split("; ").any(|found| found == attribute), "{set}");
        }
        assert!(!set.contains("Lax"));
    }

    #[test]
    fn removal_has_the_attributes_of_the_set_cookie() {
        assert_eq!(
            CookieWriter::new(true).remove("okta_session", SameSite::None),
            "__Host-okta_session=; HttpOnly; SameSite=None; Secure; Path=/; Max-Age=0"
        );
    }
}
