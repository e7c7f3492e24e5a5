//! The same-origin check of requests that a cookie authenticates: browsers send cookies along with requests that other
//! sites start, so such a request must show where it comes from. Bearer tokens need no such check: no site can make a
//! browser send one.
//!
//! 1. Safe methods pass (RFC 9110 section 9.2.1), unless the request opens a WebSocket: that is a GET which other origins may
//!    start, and which CORS does not guard.
//! 2. `Sec-Fetch-Site` (Fetch Metadata) of `same-origin` or `none` passes. It is the browser's own word: no page can set it.
//! 3. Any other value of it needs an `Origin` that is listed exactly.
//! 4. Without it, `Origin` must be the application's public origin, as configured, or a listed one.
//! 5. With neither, the request is refused. Programs that are no browsers send bearer tokens.

use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{CONNECTION, ORIGIN, UPGRADE},
};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The request may have been started by another site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CrossOrigin;

/// Whether the request may be authenticated by cookie. `public` is the application's own origin as configured.
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
    comes_from(headers, public, allowed)
}

/// Whether the request shows that it comes from the application's own origin, or from one that is listed.
fn comes_from(headers: &HeaderMap, public: &str, allowed: &[Box<str>]) -> Result<(), CrossOrigin> {
    let origin = only(headers, &ORIGIN)?;
    let is_listed = origin.is_some_and(|origin| allowed.iter().any(|other| **other == *origin));
    let passes = match only(headers, &SEC_FETCH_SITE)? {
        Some(site) => site == "same-origin" || site == "none" || is_listed,
        None => is_listed || origin.is_some_and(|origin| origin == public),
    };
    if passes { Ok(()) } else { Err(CrossOrigin) }
}

/// The one value of a header. Two are nobody's, and may be the work of somebody on the way.
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

/// RFC 6455 section 4.1. (Over HTTP/2 and later, an extended CONNECT, which is no safe method.)
fn opens_websocket(headers: &HeaderMap) -> bool {
    let is_asked_for = headers.get_all(UPGRADE).iter().any(|value| {
        let protocols = value.as_bytes().split(|byte| *byte == b',');
        protocols
            .map(<[u8]>::trim_ascii)
            .any(|protocol| protocol.eq_ignore_ascii_case(b"websocket"))
    });
    // Asked last: browsers send this one with everything.
    is_asked_for && headers.contains_key(CONNECTION)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC: &str = "https://app.example.com";

    fn verdict(method: &Method, fields: &[(&'static str, &str)]) -> bool {
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
    fn safe_methods_pass_from_anywhere() {
        for method in [Method::GET, Method::HEAD, Method::OPTIONS, Method::TRACE] {
            assert!(verdict(&method, &[]));
            assert!(verdict(
                &method,
                &[("sec-fetch-site", "cross-site"), ("origin", "null")]
            ));
        }
    }

    #[test]
    fn unsafe_methods_pass_by_what_the_browser_says_of_the_site() {
        let unsafe_methods = ["POST", "PUT", "PATCH", "DELETE", "CONNECT", "BREW", "get"];
        for method in unsafe_methods.map(|name| Method::from_bytes(name.as_bytes()).unwrap()) {
            for site in ["same-origin", "none"] {
                assert!(verdict(&method, &[("sec-fetch-site", site)]));
            }
            for site in ["same-site", "cross-site", "", "Same-Origin", "anything"] {
                let fields = [("sec-fetch-site", site)];
                assert!(!verdict(&method, &fields), "{site}");
                // The public origin does not outweigh the browser's word.
                let fields = [("sec-fetch-site", site), ("origin", PUBLIC)];
                assert!(!verdict(&method, &fields), "{site}");
                // A listed one does: that is what the list is for.
                let fields = [
                    ("sec-fetch-site", site),
                    ("origin", "https://spa.example.com"),
                ];
                assert!(verdict(&method, &fields), "{site}");
            }
        }
    }

    #[test]
    fn without_fetch_metadata_the_origin_decides_to_the_letter() {
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
                verdict(&Method::POST, &[("origin", origin)]),
                passes,
                "{origin}"
            );
        }
        assert!(!verdict(&Method::POST, &[]));
        assert!(!verdict(
            &Method::POST,
            &[("referer", "https://app.example.com/page")]
        ));
    }

    #[test]
    fn header_is_found_once_several_times_or_not_at_all() {
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
    fn a_header_that_is_there_twice_is_refused() {
        assert!(verdict(&Method::POST, &[("origin", PUBLIC)]));
        assert!(!verdict(
            &Method::POST,
            &[("origin", PUBLIC), ("origin", PUBLIC)]
        ));
        let site = ("sec-fetch-site", "same-origin");
        assert!(verdict(&Method::POST, &[site]));
        assert!(!verdict(&Method::POST, &[site, site]));
    }

    #[test]
    fn a_websocket_is_opened_from_the_own_origin_only() {
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
            // Another upgrade is an ordinary GET.
            (vec![("upgrade", "h2c"), connection], true),
        ] {
            assert_eq!(verdict(&Method::GET, &fields), passes, "{fields:?}");
        }
    }
}
