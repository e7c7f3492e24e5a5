//! Cookies: names, attributes, reading and writing. Feature `sign-in`.
//!
//! On `https` every cookie of ours is a `__Host-` one: only this very host can have set it, not a sibling or parent domain,
//! and not plain `http`. On loopback `http`, where that prefix does not work, another application on the same host can set a
//! cookie of the same name; then two different values arrive, and none of them is used.

mod chunks;
mod read;

use std::time::Duration;

use cookie::Cookie;
use http::HeaderValue;

pub(crate) use self::{
    chunks::{Chunked, Gathered, Parts, TooLarge},
    read::read,
};

/// The longest `Set-Cookie` that every browser takes, name and attributes included, in bytes (RFC 6265 section 6.1).
const MAX_SET_COOKIE: usize = 4096;

/// How this application writes cookies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Jar {
    is_https: bool,
}

/// Which requests of other sites carry a cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SameSite {
    /// Navigations by `GET`.
    Lax,
    /// All. Such a cookie is `Secure` always: browsers refuse it otherwise, and keep `Secure` ones on localhost.
    None,
}

impl Jar {
    pub(crate) const fn new(is_https: bool) -> Self {
        Self { is_https }
    }

    /// A cookie's whole name: `__Host-` and the base on https.
    pub(crate) fn name(&self, base: &str) -> String {
        format!("{}{base}", if self.is_https { "__Host-" } else { "" })
    }

    /// The `Set-Cookie` that keeps a value for a time. The value must be of characters that cookies may hold, such as
    /// base64url and dots.
    pub(crate) fn set(
        &self,
        base: &str,
        value: &str,
        max_age: Duration,
        same_site: SameSite,
    ) -> HeaderValue {
        self.write(&self.name(base), value, max_age, same_site)
    }

    /// The `Set-Cookie` that removes one, with the attributes that it was set with.
    pub(crate) fn remove(&self, base: &str, same_site: SameSite) -> HeaderValue {
        self.set(base, "", Duration::ZERO, same_site)
    }

    fn write(
        &self,
        name: &str,
        value: &str,
        max_age: Duration,
        same_site: SameSite,
    ) -> HeaderValue {
        let seconds = i64::try_from(max_age.as_secs()).unwrap_or(i64::MAX);
        let is_secure = self.is_https || same_site == SameSite::None;
        let cookie = Cookie::build((name, value))
            .path("/")
            .max_age(cookie::time::Duration::seconds(seconds))
            .http_only(true)
            .secure(is_secure)
            .same_site(match same_site {
                SameSite::Lax => cookie::SameSite::Lax,
                SameSite::None => cookie::SameSite::None,
            });
        let text = cookie.build().to_string();
        // Names are checked when the configuration is built, and values are ours. What is no header value sets no cookie.
        HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn on_https_a_cookie_belongs_to_this_host_alone() {
        let jar = Jar::new(true);
        let set = jar.set("okta_session", "abc", HOUR, SameSite::Lax);
        assert_eq!(
            set,
            "__Host-okta_session=abc; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=3600"
        );
        assert!(!set.to_str().unwrap().contains("Domain"));
    }

    #[test]
    fn on_loopback_http_the_name_has_no_prefix_and_lax_cookies_are_not_secure() {
        let jar = Jar::new(false);
        assert_eq!(
            jar.set("okta_session", "abc", HOUR, SameSite::Lax),
            "okta_session=abc; HttpOnly; SameSite=Lax; Path=/; Max-Age=3600"
        );
        assert_eq!(
            jar.set("okta_attempt", "abc", HOUR, SameSite::None),
            "okta_attempt=abc; HttpOnly; SameSite=None; Secure; Path=/; Max-Age=3600"
        );
    }

    #[test]
    fn a_cookie_is_removed_with_the_attributes_that_it_was_set_with() {
        assert_eq!(
            Jar::new(true).remove("okta_session", SameSite::None),
            "__Host-okta_session=; HttpOnly; SameSite=None; Secure; Path=/; Max-Age=0"
        );
    }
}
