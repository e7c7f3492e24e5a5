//! The same-origin check of requests that a cookie authenticates.
//!
//! Browsers send cookies with requests that other sites start (cross-site request forgery). A
//! cookie therefore counts only if the request shows its origin. Bearer tokens need no such check:
//! no site can make a browser send one.
//!
//! 1. Safe methods pass (RFC 9110 section 9.2.1), unless the request opens a WebSocket. That is a
//!    GET which other origins may start, and CORS does not protect it.
//! 2. `Sec-Fetch-Site` (Fetch Metadata) of `same-origin` or `none` passes. The browser sets the
//!    header, and no page can.
//! 3. With any other value of it, `Origin` must exactly equal an allowed origin.
//! 4. Without it, `Origin` must be the configured public origin or an allowed one.
//! 5. With neither header, the request is rejected. API clients send bearer tokens instead.
//!
//! A repeated header is rejected, even with equal values.

use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{CONNECTION, ORIGIN, UPGRADE},
};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The error for a request that another site may have started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CrossOrigin;

/// Checks that a cookie may authenticate the request. `public` is the application's configured
/// origin.
#[inline]
pub(crate) fn check(
    method: &Method,
    headers: &HeaderMap,
    public: &str,
    allowed: &[Box<str>],
) -> Result<(), CrossOrigin> {
    if method.is_safe() && !opens_websocket(headers) {
        return Ok(());
    }
    check_origin(headers, public, allowed)
}

/// Checks that the headers show the application's own origin or an allowed one.
fn check_origin(
    headers: &HeaderMap,
    public: &str,
    allowed: &[Box<str>],
) -> Result<(), CrossOrigin> {
    let origin = only(headers, &ORIGIN)?;
    let is_allowed = origin.is_some_and(|origin| allowed.iter().any(|other| **other == *origin));
    let passes = match only(headers, &SEC_FETCH_SITE)? {
        Some(site) => site == "same-origin" || site == "none" || is_allowed,
        None => is_allowed || origin.is_some_and(|origin| origin == public),
    };
    if passes { Ok(()) } else { Err(CrossOrigin) }
}

/// Returns the value of a header. Rejects a repeated one: a proxy or an attacker may have added it.
fn only<'h>(
    headers: &'h HeaderMap,
    name: &HeaderName,
) -> Result<Option<&'h HeaderValue>, CrossOrigin> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        (_, Some(_)) => Err(CrossOrigin),
    }
}

/// Returns whether this is the handshake of RFC 6455 section 4.1. HTTP/2 and later use an extended
/// CONNECT instead, which is not a safe method.
fn opens_websocket(headers: &HeaderMap) -> bool {
    let is_requested = headers.get_all(UPGRADE).iter().any(|value| {
        let protocols = value.as_bytes().split(|byte| *byte == b',');
        protocols
            .map(<[u8]>::trim_ascii)
            .any(|protocol| protocol.eq_ignore_ascii_case(b"websocket"))
    });
    // Check `Connection` last: browsers send it with every request.
    is_requested && headers.contains_key(CONNECTION)
}

#[cfg(test)]
mod tests {
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
    fn header_is_absent_single_or_repeated() {
        let mut headers = HeaderMap::new();
        headers.append(UPGRADE, HeaderValue::from_static("other"));
        assert_eq!(only(&headers, &ORIGIN), Ok(None));
        let value = HeaderValue::from_static(PUBLIC);
        headers.append(ORIGIN, value.clone());
        // A repeated header of another name makes no difference.
        headers.append(UPGRADE, HeaderValue::from_static("other"));
        assert_eq!(only(&headers, &ORIGIN), Ok(Some(&value)));
        for _ in 0..2 {
            headers.append(ORIGIN, value.clone());
            assert_eq!(only(&headers, &ORIGIN), Err(CrossOrigin));
        }
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
