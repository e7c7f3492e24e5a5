//! When to fetch. Pure: durations and a random number in, durations out.

use std::time::Duration;

use crate::keys::RefreshSettings;

/// The first wait after a failure; it doubles with each further one.
const FIRST_BACK_OFF: Duration = Duration::from_secs(1);

/// The longest wait after a failure: an outage that ends is noticed within a minute.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(60);

/// The longest time for which the issuer is left alone because it asks for that, while there are keys to go on with.
const LONGEST_QUIET: Duration = Duration::from_secs(120);

/// How long discovery is believed. Endpoints move once in years.
pub(super) const DISCOVERY_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// How long after a good fetch to fetch again. The answer's own age is clamped: Okta sends up to 44 days, and
/// near a rotation almost nothing. `random` is from 0 to 1 and takes off up to a tenth, so that instances that
/// were started together do not stay together.
pub(super) fn next_refresh(
    settings: &RefreshSettings,
    max_age: Option<Duration>,
    random: f64,
) -> Duration {
    let wanted = max_age.unwrap_or(settings.max_interval);
    let clamped = wanted.clamp(settings.min_interval, settings.max_interval);
    clamped.mul_f64(1.0 - 0.1 * random)
}

/// How long after a failed fetch to try again. `failures` counts them in a row, this one included. What the
/// issuer asked for is respected within reason. `random` takes off up to a half. While there
/// are keys to go on with, the wait is never under the cool-down: the failed attempt may have been a caller's, and
/// callers get one for each cool-down.
pub(super) fn back_off(
    settings: &RefreshSettings,
    failures: u32,
    asked_for: Option<Duration>,
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
    own.max(least).max(quiet_time(asked_for, has_keys))
}

/// How long the issuer is left alone where it asks for that: within reason, because meanwhile a rotation goes unseen, and
/// without keys nobody is served.
pub(super) fn quiet_time(asked_for: Option<Duration>, has_keys: bool) -> Duration {
    let longest = if has_keys {
        LONGEST_QUIET
    } else {
        LONGEST_BACK_OFF
    };
    asked_for.unwrap_or_default().min(longest)
}

/// The earliest moment at which a caller's unknown `kid` may start a fetch. Attempts count, not successes, and
/// whoever caused the last one: else a failing issuer could be asked once for every bad token. Nor do callers get
/// an attempt while the issuer has asked to be left alone.
pub(super) fn demand_allowed_at(
    settings: &RefreshSettings,
    last_attempt: Option<Duration>,
    quiet_until: Duration,
    now: Duration,
) -> Duration {
    let cooled_down = last_attempt.map_or(now, |last| last + settings.cooldown);
    now.max(cooled_down).max(quiet_until)
}

/// Until when keys fetched now are trusted if nothing further arrives.
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
    fn the_issuers_age_is_clamped_and_jitter_only_shortens() {
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
    fn with_keys_to_go_on_with_a_failure_is_not_retried_within_the_cooldown() {
        let settings = RefreshSettings::default();
        let wait = |failures, has_keys| back_off(&settings, failures, None, has_keys, 1.0);
        assert_eq!(wait(1, false), Duration::from_millis(500));
        assert_eq!(wait(1, true), seconds(10));
        assert_eq!(wait(7, true), seconds(30));
    }

    #[test]
    fn a_demand_waits_for_the_cooldown_of_the_last_attempt() {
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
    fn a_demand_waits_for_as_long_as_the_issuer_asks_to_be_left_alone_and_within_reason() {
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
    fn keys_are_trusted_for_the_limit_and_never_under_three_intervals() {
        let settings = RefreshSettings::default();
        let hours = |hours: u64| seconds(hours * 3600);
        assert_eq!(trusted_until(&settings, hours(1), hours(1)), hours(13));
        assert_eq!(trusted_until(&settings, hours(1), hours(5)), hours(16));
    }
}
