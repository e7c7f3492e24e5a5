//! The cookies of a browser (RFC 6265bis).

use std::collections::BTreeMap;

use http::{HeaderMap, header};
use url::Url;

/// The cookies by host, name and path. Ports share them, as in browsers.
#[derive(Debug, Default)]
pub(super) struct Jar(BTreeMap<Key, Cookie>);

type Key = (String, String, String);

#[derive(Debug)]
struct Cookie {
    value: String,
    is_secure: bool,
    same_site: SameSite,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SameSite {
    Strict,
    Lax,
    None,
}

/// What decides whether a cookie is sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Navigation {
    /// Whether another site sent the browser here.
    pub(super) is_cross_site: bool,
    /// Whether the request only opens a page.
    pub(super) is_safe: bool,
}

impl Navigation {
    fn permits(self, same_site: SameSite) -> bool {
        !self.is_cross_site
            || match same_site {
                SameSite::Strict => false,
                SameSite::Lax => self.is_safe,
                SameSite::None => true,
            }
    }
}

impl Jar {
    /// Returns the header for a request.
    pub(super) fn header(&self, url: &Url, navigation: Navigation) -> String {
        let host = host(url);
        // Browsers treat this machine as secure.
        let is_secure = url.scheme() == "https" || host == "localhost" || host == "127.0.0.1";
        let pairs: Vec<_> = (self.0.iter())
            .filter(|((of, _, path), cookie)| {
                *of == host
                    && is_below(url.path(), path)
                    && (is_secure || !cookie.is_secure)
                    && navigation.permits(cookie.same_site)
            })
            .map(|((_, name, _), cookie)| format!("{name}={}", cookie.value))
            .collect();
        pairs.join("; ")
    }

    /// Stores what a response sets, and drops what it removes.
    pub(super) fn keep(&mut self, url: &Url, headers: &HeaderMap) {
        for line in headers.get_all(header::SET_COOKIE) {
            let line = line.to_str().expect("a cookie in ASCII");
            let mut parts = line.split(';').map(str::trim);
            let pair = parts.next().and_then(|pair| pair.split_once('='));
            let (name, value) = pair.expect("a cookie with a name and a value");
            let mut cookie = Cookie {
                value: value.to_owned(),
                is_secure: false,
                // The default of browsers.
                same_site: SameSite::Lax,
            };
            let (mut path, mut is_removed) = ("/", false);
            for attribute in parts {
                let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
                match &*name.to_ascii_lowercase() {
                    "path" => path = value,
                    "secure" => cookie.is_secure = true,
                    "max-age" => is_removed |= value.starts_with(['0', '-']),
                    "expires" => is_removed |= value.contains(" 1970 "),
                    "samesite" => {
                        cookie.same_site = match &*value.to_ascii_lowercase() {
                            "strict" => SameSite::Strict,
                            "none" => SameSite::None,
                            _ => SameSite::Lax,
                        }
                    }
                    _ => {}
                }
            }
            let key = (host(url), name.to_owned(), path.to_owned());
            if is_removed {
                self.0.remove(&key);
            } else {
                self.0.insert(key, cookie);
            }
        }
    }

    /// Removes the cookies of a host.
    pub(super) fn forget(&mut self, url: &Url) {
        let host = host(url);
        self.0.retain(|(of, _, _), _| *of != host);
    }
}

fn host(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

/// Path matching of RFC 6265 section 5.1.4.
fn is_below(path: &str, of: &str) -> bool {
    let rest = path.strip_prefix(of);
    rest.is_some_and(|rest| of.ends_with('/') || rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPED: Navigation = Navigation {
        is_cross_site: false,
        is_safe: true,
    };

    fn jar(lines: &[&str]) -> Jar {
        let mut jar = Jar::default();
        for line in lines {
            let headers = [(header::SET_COOKIE, line.parse().unwrap())];
            jar.keep(&url("https://app.example/"), &HeaderMap::from_iter(headers));
        }
        jar
    }

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn cookie_is_sent_to_its_host_and_path_only() {
        let jar = jar(&["a=1; Path=/a; Secure", "b=2; Path=/"]);
        for (to, sent) in [
            ("https://app.example/a/x", "a=1; b=2"),
            ("https://app.example/ab", "b=2"),
            ("http://app.example/a", "b=2"),
            ("https://app.example:8443/", "b=2"),
            ("https://other.example/a", ""),
        ] {
            assert_eq!(jar.header(&url(to), TYPED), sent, "{to}");
        }
    }

    #[test]
    fn same_site_decides_on_requests_of_other_sites() {
        let jar = jar(&[
            "lax=1; SameSite=Lax",
            "none=1; SameSite=None",
            "strict=1; SameSite=Strict",
            "unset=1",
        ]);
        let to = url("https://app.example/");
        let sent = |is_cross_site, is_safe| {
            let navigation = Navigation {
                is_cross_site,
                is_safe,
            };
            jar.header(&to, navigation)
        };
        assert_eq!(sent(false, false), "lax=1; none=1; strict=1; unset=1");
        assert_eq!(sent(true, true), "lax=1; none=1; unset=1");
        assert_eq!(sent(true, false), "none=1");
    }

    #[test]
    fn removed_cookie_is_gone() {
        for removal in ["a=; Max-Age=0", "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"] {
            let jar = jar(&["a=1", removal]);
            assert_eq!(jar.header(&url("https://app.example/"), TYPED), "");
        }
    }
}
