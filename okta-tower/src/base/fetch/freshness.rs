//! Time in a response's headers.

use std::time::Duration;

use http::{
    HeaderMap,
    header::{AGE, CACHE_CONTROL, RETRY_AFTER},
};

/// Returns how long the response stays fresh (RFC 9111 section 4.2): `max-age` less `Age`.
///
/// Zero for `no-cache` and `no-store`; `None` if it does not say. Unreadable directives are
/// ignored.
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

/// Returns `Retry-After` in seconds. The form with a date is not read: Okta sends neither.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    seconds(headers, &RETRY_AFTER).map(Duration::from_secs)
}

/// Okta's rate limit in a response, in Unix seconds by Okta's clock.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Limit {
    /// `X-Rate-Limit-Reset`: when the limit is reset.
    pub(crate) reset: Option<i64>,
    /// `Date`: when the response was made.
    pub(crate) date: Option<i64>,
}

impl Limit {
    /// Returns the time until the limit is reset, plus one second, as Okta's own libraries wait.
    ///
    /// Okta's two times are compared with each other, so that the local clock may differ; `now` is
    /// used if there is no date. Okta's limits are per minute, so a distant time is a wrong clock.
    pub(crate) fn until_reset(self, now: i64) -> Option<Duration> {
        const FURTHEST: i64 = 120;
        let reset = self.reset?;
        let seconds = (reset.saturating_sub(self.date.unwrap_or(now))).saturating_add(1);
        Some(Duration::from_secs(
            seconds.clamp(1, FURTHEST).unsigned_abs(),
        ))
    }
}

/// Reads an HTTP date (RFC 9110 section 5.6.7), in Unix seconds.
pub(super) fn date(field: &http::HeaderValue) -> Option<i64> {
    let date = httpdate::parse_http_date(field.to_str().ok()?).ok()?;
    Some(crate::base::clock::unix_seconds(date))
}

/// Reads `X-Rate-Limit-Reset`.
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
    fn max_age_is_read_among_other_directives() {
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
    fn age_in_an_intermediate_cache_is_subtracted() {
        let age = |age| {
            max_age(&headers(&[(CACHE_CONTROL, "max-age=600"), (AGE, age)]))
                .map(|age| age.as_secs())
        };
        assert_eq!(age("100"), Some(500));
        assert_eq!(age("700"), Some(0));
        assert_eq!(age("x"), Some(600));
    }

    #[test]
    fn time_until_reset_is_by_oktas_clock_and_bounded() {
        let until = |reset, date, now| {
            let limit = Limit { reset, date };
            limit.until_reset(now).map(|until| until.as_secs())
        };
        assert_eq!(until(Some(1030), Some(1000), 1000), Some(31));
        // The local clock is an hour off, either way.
        assert_eq!(until(Some(1030), Some(1000), 4600), Some(31));
        assert_eq!(until(Some(4630), Some(4600), 1000), Some(31));
        // Without a date, the local clock counts.
        assert_eq!(until(Some(1030), None, 1020), Some(11));
        assert_eq!(until(Some(1030), None, 4600), Some(1));
        assert_eq!(until(Some(i64::MAX), None, i64::MIN), Some(120));
        assert_eq!(until(None, Some(1000), 1000), None);
    }

    #[test]
    fn http_date_is_read() {
        let date = |text| date(&HeaderValue::from_static(text));
        assert_eq!(date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(date("yesterday"), None);
    }

    #[test]
    fn retry_after_is_read_in_seconds_only() {
        let after =
            |value| retry_after(&headers(&[(RETRY_AFTER, value)])).map(|after| after.as_secs());
        assert_eq!(after("30"), Some(30));
        assert_eq!(after("Wed, 21 Oct 2026 07:28:00 GMT"), None);
    }
}
