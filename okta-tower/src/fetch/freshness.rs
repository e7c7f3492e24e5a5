//! What an answer's headers say about time.

use std::time::Duration;

use http::{
    HeaderMap,
    header::{AGE, CACHE_CONTROL, RETRY_AFTER},
};

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

/// `Retry-After` in seconds. The form with a date is not read: Okta sends neither.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    seconds(headers, &RETRY_AFTER).map(Duration::from_secs)
}

/// `X-Rate-Limit-Reset`: when Okta's rate limit starts anew, in Unix seconds.
#[cfg(feature = "sign-in")]
pub(super) fn limit_reset(headers: &HeaderMap) -> Option<i64> {
    let at = seconds(
        headers,
        &http::HeaderName::from_static("x-rate-limit-reset"),
    )?;
    i64::try_from(at).ok()
}

fn seconds(headers: &HeaderMap, name: &http::HeaderName) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

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
        let after =
            |value| retry_after(&headers(&[(RETRY_AFTER, value)])).map(|after| after.as_secs());
        assert_eq!(after("30"), Some(30));
        assert_eq!(after("Wed, 21 Oct 2026 07:28:00 GMT"), None);
    }
}
