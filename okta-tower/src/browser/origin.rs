//! The same-origin check of requests with a session cookie, by the configured origins.

use http::{HeaderMap, Method};

use crate::auth::origin::{self, CrossOrigin};

/// Checks that a cookie may authenticate the request. `public` is the application's configured
/// origin.
#[inline]
pub(crate) fn check(
    method: &Method,
    headers: &HeaderMap,
    public: &str,
    allowed: &[Box<str>],
) -> Result<(), CrossOrigin> {
    let is_allowed = |origin: &_| allowed.iter().any(|other| **other == *origin);
    origin::check(method, headers, |origin| origin == public, is_allowed)
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    const PUBLIC: &str = "https://app.example.com";

    fn accepts(method: &Method, fields: &[(&'static str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            let name = HeaderName::from_static(name);
            headers.append(name, HeaderValue::from_str(value).unwrap());
        }
        check(
            method,
            &headers,
            PUBLIC,
            &["https://spa.example.com".into()],
        )
        .is_ok()
    }

    #[test]
    fn safe_method_passes_from_any_origin() {
        for method in [Method::GET, Method::HEAD, Method::OPTIONS, Method::TRACE] {
            assert!(accepts(&method, &[]));
            assert!(accepts(
                &method,
                &[("sec-fetch-site", "cross-site"), ("origin", "null")]
            ));
        }
    }

    #[test]
    fn unsafe_method_passes_by_sec_fetch_site_or_allowed_origin() {
        let unsafe_methods = ["POST", "PUT", "PATCH", "DELETE", "CONNECT", "BREW", "get"];
        for method in unsafe_methods.map(|name| Method::from_bytes(name.as_bytes()).unwrap()) {
            for site in ["same-origin", "none"] {
                assert!(accepts(&method, &[("sec-fetch-site", site)]));
            }
            for site in ["same-site", "cross-site", "", "Same-Origin", "anything"] {
                let fields = [("sec-fetch-site", site)];
                assert!(!accepts(&method, &fields), "{site}");
                // The public origin does not override `Sec-Fetch-Site`.
                let fields = [("sec-fetch-site", site), ("origin", PUBLIC)];
                assert!(!accepts(&method, &fields), "{site}");
                // An allowed origin does.
                let fields = [
                    ("sec-fetch-site", site),
                    ("origin", "https://spa.example.com"),
                ];
                assert!(accepts(&method, &fields), "{site}");
            }
        }
    }

    #[test]
    fn without_fetch_metadata_origin_is_compared_exactly() {
        for (origin, passes) in [
            (PUBLIC, true),
            ("https://spa.example.com", true),
            ("http://app.example.com", false),
            ("https://app.example.com:8443", false),
            ("https://app.example.com:443", false),
            ("https://app.example.com/", false),
            ("https://APP.example.com", false),
            ("https://app.example.com.evil.example", false),
            ("https://evil.example", false),
            ("null", false),
            ("", false),
        ] {
            assert_eq!(
                accepts(&Method::POST, &[("origin", origin)]),
                passes,
                "{origin}"
            );
        }
        assert!(!accepts(&Method::POST, &[]));
        assert!(!accepts(
            &Method::POST,
            &[("referer", "https://app.example.com/page")]
        ));
    }

    #[test]
    fn repeated_header_is_rejected() {
        assert!(accepts(&Method::POST, &[("origin", PUBLIC)]));
        assert!(!accepts(
            &Method::POST,
            &[("origin", PUBLIC), ("origin", PUBLIC)]
        ));
        let site = ("sec-fetch-site", "same-origin");
        assert!(accepts(&Method::POST, &[site]));
        assert!(!accepts(&Method::POST, &[site, site]));
    }

    #[test]
    fn websocket_from_another_origin_is_rejected() {
        let upgrade = ("upgrade", "websocket");
        let connection = ("connection", "keep-alive, Upgrade");
        for (fields, passes) in [
            (vec![upgrade, connection, ("origin", PUBLIC)], true),
            (
                vec![upgrade, connection, ("origin", "https://evil.example")],
                false,
            ),
            (vec![upgrade, connection], false),
            (vec![("upgrade", "foo, WebSocket"), connection], false),
            // Another upgrade is an ordinary GET, and so is one without `Connection`.
            (vec![("upgrade", "h2c"), connection], true),
            (vec![upgrade], true),
        ] {
            assert_eq!(accepts(&Method::GET, &fields), passes, "{fields:?}");
        }
    }
}
