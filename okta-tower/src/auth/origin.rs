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

/// Checks that a cookie may authenticate the request: one of the application's own origin, which
/// `is_own` knows if it is configured, or of an allowed one.
#[inline]
pub(crate) fn check(
    method: &Method,
    headers: &HeaderMap,
    is_own: impl FnOnce(&HeaderValue) -> bool,
    is_allowed: impl FnOnce(&HeaderValue) -> bool,
) -> Result<(), CrossOrigin> {
    if method.is_safe() && !opens_websocket(headers) {
        return Ok(());
    }
    let origin = only(headers, &ORIGIN)?;
    let is_allowed = origin.is_some_and(is_allowed);
    let passes = match only(headers, &SEC_FETCH_SITE)? {
        Some(site) => site == "same-origin" || site == "none" || is_allowed,
        None => is_allowed || origin.is_some_and(is_own),
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
}
