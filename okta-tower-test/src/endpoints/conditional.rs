//! Conditional requests (RFC 9110 section 13).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, header};

/// Returns whether the response is 304. `If-None-Match` takes precedence (section 13.2.2).
pub(crate) fn is_current(headers: &HeaderMap, etag: &str, changed: SystemTime) -> bool {
    let mut tags = headers.get_all(header::IF_NONE_MATCH).iter().peekable();
    if tags.peek().is_some() {
        return tags
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag);
    }
    headers
        .get(header::IF_MODIFIED_SINCE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| httpdate::parse_http_date(value).ok())
        .is_some_and(|since| whole_seconds(changed) <= since)
}

/// Returns an HTTP date (RFC 9110 section 5.6.7).
///
/// HTTP dates range from 1970 to 9999. Times beyond, which a test clock can have, become the
/// nearest date.
pub(crate) fn http_date(time: SystemTime) -> String {
    /// 31 December 9999, 23:59:59.
    const LAST: Duration = Duration::from_secs(253_402_300_799);
    httpdate::fmt_http_date(time.clamp(UNIX_EPOCH, UNIX_EPOCH + LAST))
}

/// Truncates a time to seconds, as an HTTP date does.
fn whole_seconds(time: SystemTime) -> SystemTime {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    UNIX_EPOCH + Duration::from_secs(since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn current(name: header::HeaderName, value: &str) -> bool {
        let changed = UNIX_EPOCH + Duration::from_millis(1_000_000_500);
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        is_current(&headers, "\"two\"", changed)
    }

    #[test]
    fn known_etag_is_current_and_unknown_etag_is_not() {
        assert!(current(header::IF_NONE_MATCH, "\"two\""));
        assert!(current(header::IF_NONE_MATCH, "\"one\", W/\"two\""));
        assert!(current(header::IF_NONE_MATCH, "*"));
        assert!(!current(header::IF_NONE_MATCH, "\"one\""));
    }

    #[test]
    fn date_is_current_from_the_second_of_the_change() {
        let at = |seconds| httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds));
        assert!(current(header::IF_MODIFIED_SINCE, &at(1_000_000)));
        assert!(!current(header::IF_MODIFIED_SINCE, &at(999_999)));
        assert!(!current(header::IF_MODIFIED_SINCE, "yesterday"));
    }

    #[test]
    fn out_of_range_time_is_clamped_to_a_date() {
        let early = UNIX_EPOCH - Duration::from_secs(1);
        assert_eq!(http_date(early), "Thu, 01 Jan 1970 00:00:00 GMT");
        let late = UNIX_EPOCH + Duration::from_secs(1 << 40);
        assert_eq!(http_date(late), "Fri, 31 Dec 9999 23:59:59 GMT");
    }

    #[test]
    fn etag_takes_precedence_over_date() {
        let changed = UNIX_EPOCH + Duration::from_secs(1_000_000);
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_NONE_MATCH, "\"one\"".parse().unwrap());
        let date = httpdate::fmt_http_date(changed);
        headers.insert(header::IF_MODIFIED_SINCE, date.parse().unwrap());
        assert!(!is_current(&headers, "\"two\"", changed));
    }
}
