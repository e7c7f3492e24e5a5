//! The host name that a request uses: it selects one of the configured public origins. Pure.
//!
//! Cookies belong to a host name: `localhost` does not get those of `127.0.0.1`. An attempt that
//! starts under one name and ends under another would find no cookie. The request's host decides
//! only which of the configured origins counts, and whether to redirect the browser there.

use http::{HeaderMap, Uri, header::HOST, uri::Authority};
use url::{Position, Url};

/// Returns the host and port of a request: from its URL (HTTP/2, proxies), or from `Host`.
fn authority(uri: &Uri, headers: &HeaderMap) -> Option<Authority> {
    let named = match uri.authority() {
        Some(authority) => authority.clone(),
        None => {
            let mut fields = headers.get_all(HOST).iter();
            let field = fields.next().filter(|_| fields.next().is_none())?;
            field.to_str().ok()?.parse().ok()?
        }
    };
    // A user name has no place here (RFC 9110 section 4.2.4).
    Some(named).filter(|named| !named.as_str().contains('@'))
}

fn host(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    Some(authority(uri, headers)?.host().to_ascii_lowercase())
}

/// A value for each public origin. A request's host selects one of them, and decides nothing else.
#[derive(Clone, Debug)]
pub(crate) struct ByHost<T>(Vec<Origin<T>>);

#[derive(Clone, Debug)]
struct Origin<T> {
    host: Box<str>,
    /// The host and the port, which is absent if it is the scheme's default.
    authority: Box<str>,
    value: T,
}

impl<T> ByHost<T> {
    /// Starts with the origin that counts for all other hosts.
    pub(crate) fn new(origin: &Url, value: T) -> Self {
        let mut all = Self(Vec::new());
        all.add(origin, value);
        all
    }

    /// Adds the value of another origin.
    pub(crate) fn add(&mut self, origin: &Url, value: T) {
        self.0.push(Origin {
            host: origin[Position::BeforeHost..Position::AfterHost].into(),
            authority: origin[Position::BeforeHost..Position::AfterPort].into(),
            value,
        });
    }

    /// Returns the value of each origin.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|origin| &origin.value)
    }

    /// Returns another value for each origin.
    pub(crate) fn map<U>(&self, change: impl Fn(&T) -> U) -> ByHost<U> {
        let origins = self.0.iter().map(|origin| Origin {
            host: origin.host.clone(),
            authority: origin.authority.clone(),
            value: change(&origin.value),
        });
        ByHost(origins.collect())
    }

    /// Returns the value of the origin that a request names, else the first. The port decides only
    /// between origins of one host: a proxy may change it.
    pub(crate) fn select(&self, uri: &Uri, headers: &HeaderMap) -> &T {
        // There is always a first one.
        let first = &self.0[0].value;
        if self.0.len() == 1 {
            return first;
        }
        let Some(named) = authority(uri, headers) else {
            return first;
        };
        let host = named.host().to_ascii_lowercase();
        let named = match named.port_u16() {
            Some(port @ (80 | 443)) => named.as_str().trim_end_matches(&format!(":{port}")),
            _ => named.as_str(),
        };
        let exact = |origin: &&Origin<T>| origin.authority.eq_ignore_ascii_case(named);
        let mut of_host = self.0.iter().filter(|origin| *origin.host == *host);
        let found = self.0.iter().find(exact).or_else(|| {
            let only = of_host.next();
            only.filter(|_| of_host.next().is_none())
        });
        found.map_or(first, |origin| &origin.value)
    }
}

/// Returns whether a request names another host than `public`. A request that names none does not.
pub(crate) fn is_other(public: &str, uri: &Uri, headers: &HeaderMap) -> bool {
    host(uri, headers).is_some_and(|host| host != public)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_other_than(public: &str, uri: &str, fields: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append(HOST, field.parse().unwrap());
        }
        is_other(public, &uri.parse().unwrap(), &headers)
    }

    #[test]
    fn other_host_name_is_detected() {
        for (field, is_other) in [
            ("localhost:3000", false),
            ("localhost", false),
            ("LocalHost:1", false),
            ("127.0.0.1:3000", true),
            ("[::1]:3000", true),
            ("localhost.", true),
            ("localhost.evil.example", true),
        ] {
            assert_eq!(
                is_other_than("localhost", "/login", &[field]),
                is_other,
                "{field}"
            );
        }
        assert!(!is_other_than("[::1]", "/login", &["[::1]:3000"]));
    }

    #[test]
    fn host_selects_only_a_configured_origin() {
        let url = |text: &str| Url::parse(text).unwrap();
        let mut origins = ByHost::new(&url("http://localhost:3000/callback"), "first");
        for (origin, name) in [
            ("https://b.example/callback", "b"),
            ("http://localhost:3001/callback", "local"),
            ("http://[::1]:3000/callback", "six"),
        ] {
            origins.add(&url(origin), name);
        }
        let selects = |uri: &str, fields: &[&str]| {
            let mut headers = HeaderMap::new();
            for field in fields {
                headers.append(HOST, field.parse().unwrap());
            }
            *origins.select(&uri.parse().unwrap(), &headers)
        };
        for (field, selected) in [
            ("b.example", "b"),
            ("B.Example:443", "b"),
            ("localhost:3001", "local"),
            ("[::1]:3000", "six"),
            ("a.example", "first"),
            ("localhost:3000", "first"),
            ("localhost", "first"),
            // A proxy may change the port.
            ("b.example:8443", "b"),
            ("localhost:3002", "first"),
            ("b.example.evil.example", "first"),
            ("evil.example", "first"),
            ("user@b.example", "first"),
            ("", "first"),
        ] {
            assert_eq!(selects("/", &[field]), selected, "{field}");
        }
        assert_eq!(selects("https://b.example/", &["localhost:3001"]), "b");
        assert_eq!(selects("/", &["b.example", "b.example"]), "first");
        assert_eq!(selects("/", &[]), "first");
    }

    #[test]
    fn request_url_takes_precedence_over_host() {
        assert!(is_other_than(
            "localhost",
            "http://127.0.0.1/login",
            &["localhost"]
        ));
        assert!(!is_other_than(
            "localhost",
            "http://localhost/login",
            &["127.0.0.1"]
        ));
    }

    #[test]
    fn request_without_one_host_is_not_moved() {
        for fields in [&[][..], &["127.0.0.1", "localhost"], &["bad host"]] {
            assert!(!is_other_than("localhost", "/login", fields), "{fields:?}");
        }
    }
}
