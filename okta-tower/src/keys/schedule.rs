//! When to fetch. Pure: takes durations and a random number, returns durations.

use std::time::Duration;

/// How the keys are refreshed.
#[derive(Clone, Debug)]
pub(crate) struct RefreshSettings {
    pub(crate) min_interval: Duration,
    pub(crate) max_interval: Duration,
    /// The least time between two attempts that unknown keys request.
    pub(crate) cooldown: Duration,
    /// How long a request waits for its key.
    pub(crate) unknown_key_wait: Duration,
    /// How long keys are trusted without being confirmed.
    pub(crate) stale_limit: Duration,
    /// How many requests may wait for a key at once.
    pub(crate) max_waiters: usize,
}

impl Default for RefreshSettings {
    fn default() -> Self {
        Self {
            min_interval: Duration::from_secs(5 * 60),
            max_interval: Duration::from_secs(60 * 60),
            cooldown: Duration::from_secs(10),
            unknown_key_wait: Duration::from_secs(2),
            stale_limit: Duration::from_secs(12 * 60 * 60),
            max_waiters: 1024,
        }
    }
}

/// The first wait after a failure. It doubles with each further failure.
const FIRST_BACK_OFF: Duration = Duration::from_secs(1);

/// The longest wait after a failure: the end of an outage is noticed within a minute.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(60);

/// How long the issuer's `Retry-After` is respected while there are usable keys.
const LONGEST_QUIET: Duration = Duration::from_secs(120);

/// How long discovery is believed. Endpoints move once in years.
pub(super) const DISCOVERY_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// Returns how long after a successful fetch to fetch again.
///
/// The response's own age is clamped: Okta sends up to 44 days, and near a rotation almost nothing.
/// `random`, from 0 to 1, takes off up to a tenth, so that instances that started together do not
/// stay together.
pub(super) fn next_refresh(
    settings: &RefreshSettings,
    max_age: Option<Duration>,
    random: f64,
) -> Duration {
    let wanted = max_age.unwrap_or(settings.max_interval);
    let clamped = wanted.clamp(settings.min_interval, settings.max_interval);
    clamped.mul_f64(1.0 - 0.1 * random)
}

/// Returns how long after a failed fetch to try again.
///
/// `failures` counts the failures in a row, this one included. The issuer's `Retry-After` is
/// respected within reason. `random` takes off up to a half. While there are usable keys, the wait is
/// at least the cool-down: the failed attempt may have been demanded by a client, and clients get one
/// attempt per cool-down.
pub(super) fn back_off(
    settings: &RefreshSettings,
    failures: u32,
    retry_after: Option<Duration>,
    has_keys: bool,
    random: f64,
) -> Duration {
    let doubled = 2_u32.saturating_pow(failures.saturating_sub(1).min(16));
    let own = FIRST_BACK_OFF
        .saturating_mul(doubled)
        .min(LONGEST_BACK_OFF)
        .mul_f64(1.0 - 0.5 * random);
    let least = if has_keys {
        settings.cooldown
    } else {
        Duration::ZERO
    };
    own.max(least).max(quiet_time(retry_after, has_keys))
}

/// Returns how long the issuer's `Retry-After` is respected.
///
/// Within reason: meanwhile a rotation goes unnoticed, and without keys no token can be verified.
pub(super) fn quiet_time(retry_after: Option<Duration>, has_keys: bool) -> Duration {
    let longest = if has_keys {
        LONGEST_QUIET
    } else {
        LONGEST_BACK_OFF
    };
    retry_after.unwrap_or_default().min(longest)
}

/// Returns the earliest moment at which an unknown `kid` may start a fetch.
///
/// Attempts count, not successes, and regardless of who caused the last one: otherwise a failing
/// issuer could be asked once for every bad token. The issuer's `Retry-After` delays them too.
pub(super) fn demand_allowed_at(
    settings: &RefreshSettings,
    last_attempt: Option<Duration>,
    quiet_until: Duration,
    now: Duration,
) -> Duration {
    let cooled_down = last_attempt.map_or(now, |last| last + settings.cooldown);
    now.max(cooled_down).max(quiet_until)
}

/// Returns until when keys that are fetched now are trusted if no later fetch succeeds.
pub(super) fn trusted_until(
    settings: &RefreshSettings,
    fetched_at: Duration,
    interval: Duration,
) -> Duration {
    fetched_at.saturating_add(settings.stale_limit.max(interval.saturating_mul(3)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn issuers_age_is_clamped_and_jitter_only_shortens() {
        let settings = RefreshSettings::default();
        let next = |age: Option<u64>, random| next_refresh(&settings, age.map(seconds), random);
        assert_eq!(next(Some(3_832_304), 0.0), seconds(3600));
        assert_eq!(next(Some(0), 0.0), seconds(300));
        assert_eq!(next(Some(1000), 0.0), seconds(1000));
        assert_eq!(next(Some(1000), 1.0), seconds(900));
        assert_eq!(next(None, 0.0), seconds(3600));
    }

    #[test]
    fn back_off_doubles_up_to_a_minute_and_respects_the_issuer() {
        let settings = RefreshSettings::default();
        let wait = |failures, asked: Option<u64>, random| {
            back_off(&settings, failures, asked.map(seconds), false, random)
        };
        assert_eq!(wait(1, None, 0.0), seconds(1));
        assert_eq!(wait(2, None, 0.0), seconds(2));
        assert_eq!(wait(6, None, 0.0), seconds(32));
        assert_eq!(wait(7, None, 0.0), seconds(60));
        assert_eq!(wait(u32::MAX, None, 0.0), seconds(60));
        assert_eq!(wait(7, None, 1.0), seconds(30));
        assert_eq!(wait(1, Some(45), 0.0), seconds(45));
        assert_eq!(wait(1, Some(1_000_000), 0.0), seconds(60));
        assert_eq!(wait(7, Some(1), 0.0), seconds(60));
    }

    #[test]
    fn failure_is_not_retried_within_cooldown_with_usable_keys() {
        let settings = RefreshSettings::default();
        let wait = |failures, has_keys| back_off(&settings, failures, None, has_keys, 1.0);
        assert_eq!(wait(1, false), Duration::from_millis(500));
        assert_eq!(wait(1, true), seconds(10));
        assert_eq!(wait(7, true), seconds(30));
    }

    #[test]
    fn demand_waits_for_the_cooldown() {
        let settings = RefreshSettings::default();
        let allowed_at = |last: Option<u64>, now| {
            demand_allowed_at(&settings, last.map(seconds), Duration::ZERO, seconds(now))
        };
        assert_eq!(allowed_at(None, 5), seconds(5));
        assert_eq!(allowed_at(Some(3), 5), seconds(13));
        assert_eq!(allowed_at(Some(3), 13), seconds(13));
        assert_eq!(allowed_at(Some(3), 50), seconds(50));
    }

    #[test]
    fn demand_waits_for_retry_after_within_reason() {
        let settings = RefreshSettings::default();
        let allowed_at = |quiet_until, now| {
            demand_allowed_at(
                &settings,
                Some(seconds(3)),
                seconds(quiet_until),
                seconds(now),
            )
        };
        assert_eq!(allowed_at(60, 20), seconds(60));
        assert_eq!(allowed_at(5, 5), seconds(13));
        assert_eq!(allowed_at(60, 61), seconds(61));
        let quiet = |asked: Option<u64>, has_keys| quiet_time(asked.map(seconds), has_keys);
        assert_eq!(quiet(None, true), Duration::ZERO);
        assert_eq!(quiet(Some(50), false), seconds(50));
        assert_eq!(quiet(Some(u64::MAX), false), seconds(60));
        assert_eq!(quiet(Some(u64::MAX), true), seconds(120));
    }

    #[test]
    fn keys_are_trusted_for_at_least_three_intervals() {
        let settings = RefreshSettings::default();
        let hours = |hours: u64| seconds(hours * 3600);
        assert_eq!(trusted_until(&settings, hours(1), hours(1)), hours(13));
        assert_eq!(trusted_until(&settings, hours(1), hours(5)), hours(16));
    }
}
