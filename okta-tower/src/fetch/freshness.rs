//! What an answer's headers say about time.

use std::time::{Duration, UNIX_EPOCH};

use http::{
    HeaderMap, HeaderName, StatusCode,
    header::{AGE, CACHE_CONTROL, DATE, RETRY_AFTER},
};

const RATE_LIMIT_RESET: HeaderName = HeaderName::from_static("x-rate-limit-reset");

/// How long the answer says it stays fresh (RFC 9111 section 4.2): `max-age` less `Age`; zero for `no-cache`
/// and `no-store`; `None` where it does not say. Directives that cannot be read say nothing.
pub(super) fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let mut age = None;
    for value in headers.get_all(CACHE_CONTROL) {
        for directive in value.to_str().unwrap_or_default().split(',') {
            let (name, argument) = directive.split_once('=').unwrap_or((directive, ""));
            match name.trim().to_ascii_lowercase().as_str() {
                "no-cache" | "no-store" => return Some(Duration::ZERO),
                "max-age" => age = argument.trim().trim_matches('"').parse().ok().or(age),
                _ => {}
            }
        }
    }
    let already = seconds(headers, &AGE).unwrap_or(0);
    age.map(|age: u64| Duration::from_secs(age.saturating_sub(already)))
}

/// How long the issuer asks to be left alone: `Retry-After` in seconds, or else what Okta sends with 429 instead,
/// the second at which its rate limit starts anew, to be read against the answer's own `Date`. `Retry-After` with a
/// date is not read: Okta sends none.
pub(super) fn retry_after(status: StatusCode, headers: &HeaderMap) -> Option<Duration> {
    let limit_starts_anew = || {
        // Okta sends it with every answer; only with this one does it say when to come back.
        let reset = (status == StatusCode::TOO_MANY_REQUESTS)
            .then(|| seconds(headers, &RATE_LIMIT_RESET))??;
        let date = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()?;
        let date = date.duration_since(UNIX_EPOCH).ok()?.as_secs();
        Some(reset.checked_sub(date)?.saturating_add(1))
    };
    seconds(headers, &RETRY_AFTER)
        .or_else(limit_starts_anew)
        .map(Duration::from_secs)
}

fn seconds(headers: &HeaderMap, name: &HeaderName) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(fields: &[(HeaderName, &str)]) -> HeaderMap {
        let field = |(name, value): &(HeaderName, &str)| {
            (name.clone(), HeaderValue::from_str(value).unwrap())
        };
        fields.iter().map(field).collect()
    }

    #[test]
    fn max_age_is_read_whatever_stands_around_it() {
        let age = |value| max_age(&headers(&[(CACHE_CONTROL, value)])).map(|age| age.as_secs());
        assert_eq!(age("max-age=3832304, must-revalidate"), Some(3_832_304));
        assert_eq!(age("public,  Max-Age = \"60\""), Some(60));
        assert_eq!(age("no-cache"), Some(0));
        assert_eq!(age("max-age=60, no-store"), Some(0));
        for silent in [
            "must-revalidate",
            "max-age",
            "max-age=-1",
            "max-age=soon",
            "max-age=99999999999999999999",
        ] {
            assert_eq!(age(silent), None, "{silent}");
        }
        assert_eq!(max_age(&HeaderMap::new()), None);
    }

    #[test]
    fn time_spent_in_a_cache_on_the_way_is_taken_off() {
        let age = |age| {
            max_age(&headers(&[(CACHE_CONTROL, "max-age=600"), (AGE, age)]))
                .map(|age| age.as_secs())
        };
        assert_eq!(age("100"), Some(500));
        assert_eq!(age("700"), Some(0));
        assert_eq!(age("x"), Some(600));
    }

    #[test]
    fn retry_after_is_read_in_seconds_only() {
        let after = |value| {
            let headers = headers(&[(RETRY_AFTER, value)]);
            retry_after(StatusCode::SERVICE_UNAVAILABLE, &headers).map(|after| after.as_secs())
        };
        assert_eq!(after("30"), Some(30));
        assert_eq!(after("Wed, 21 Oct 2026 07:28:00 GMT"), None);
        assert_eq!(after("-1"), None);
    }

    #[test]
    fn oktas_rate_limit_is_waited_out_by_the_issuers_own_clock() {
        const DATE_VALUE: &str = "Thu, 01 Jan 1970 00:01:40 GMT"; // second 100
        let after = |status, reset, date| {
            let headers = headers(&[(RATE_LIMIT_RESET, reset), (DATE, date)]);
            retry_after(status, &headers).map(|after| after.as_secs())
        };
        let limited = StatusCode::TOO_MANY_REQUESTS;
        assert_eq!(after(limited, "160", DATE_VALUE), Some(61));
        assert_eq!(after(limited, "100", DATE_VALUE), Some(1));
        assert!(after(limited, "18446744073709551615", DATE_VALUE).is_some());
        // In the past, unreadable, or sent along with an answer that is about something else.
        assert_eq!(after(limited, "99", DATE_VALUE), None);
        assert_eq!(after(limited, "soon", DATE_VALUE), None);
        assert_eq!(after(limited, "160", "yesterday"), None);
        assert_eq!(after(StatusCode::NOT_FOUND, "160", DATE_VALUE), None);
        let both = headers(&[
            (RETRY_AFTER, "5"),
            (RATE_LIMIT_RESET, "160"),
            (DATE, DATE_VALUE),
        ]);
        assert_eq!(retry_after(limited, &both), Some(Duration::from_secs(5)));
    }
}
