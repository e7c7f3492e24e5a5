//! When to fetch. Pure: takes durations and a random number, returns durations.

use std::time::Duration;

/// How the keys are refreshed.
#[derive(Clone, Debug)]
pub(crate) struct RefreshSettings {
    pub(crate) min_interval: Duration,
    pub(crate) max_interval: Duration,
    /// The time in which clients may demand one further attempt for unknown keys.
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
            max_waiters: 64,
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
/// respected within reason. `random` takes off up to a half. While there are usable keys, the wait
/// is at least the cool-down: the failed attempt may have been demanded by a client, and its retry
/// must not add to what clients may cause.
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

/// How many attempts clients may demand one after another, after a quiet time.
const BURST: u32 = 3;

/// The attempts that clients may still demand: a burst, then one per cool-down.
///
/// Attempts count, not successes: otherwise a failing issuer could be asked once for every bad
/// token. Scheduled attempts do not count: otherwise a rotation right after one went unnoticed.
#[derive(Debug, Default)]
pub(super) struct DemandBudget {
    /// When the whole burst is available again.
    full_at: Duration,
}

impl DemandBudget {
    /// Returns from when on an attempt may be demanded.
    pub(super) fn allowed_from(&self, cooldown: Duration) -> Duration {
        self.full_at.saturating_sub(cooldown * (BURST - 1))
    }

    /// A demanded attempt begins.
    pub(super) fn spend(&mut self, cooldown: Duration, now: Duration) {
        self.full_at = self.full_at.max(now) + cooldown;
    }
}

/// The least time after which an attempt counts as late.
const LEAST_PATIENCE: Duration = Duration::from_secs(1);

/// Returns how long an attempt may take before new requests no longer wait for it.
pub(super) fn patience(usual: Duration) -> Duration {
    LEAST_PATIENCE.max(usual.saturating_mul(2))
}

/// Returns how long attempts usually take, after one more that took `last`.
pub(super) fn usual_time(before: Option<Duration>, last: Duration) -> Duration {
    before.map_or(last, |before| (before * 3 + last) / 4)
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
    fn demand_has_a_burst_of_three_and_then_one_per_cooldown() {
        let cooldown = seconds(10);
        let mut budget = DemandBudget::default();
        let mut attempts = Vec::new();
        // A client demands an attempt at each second, after a minute of quiet.
        for now in (60..120).map(seconds) {
            if budget.allowed_from(cooldown) <= now {
                budget.spend(cooldown, now);
                attempts.push(now.as_secs());
            }
        }
        assert_eq!(attempts, [60, 61, 62, 70, 80, 90, 100, 110]);
        // All three at one moment: the next one a cool-down later.
        let mut budget = DemandBudget::default();
        (0..3).for_each(|_| budget.spend(cooldown, seconds(60)));
        assert_eq!(budget.allowed_from(cooldown), seconds(70));
        // The burst comes back one by one.
        assert!(budget.allowed_from(cooldown) <= seconds(80));
        budget.spend(cooldown, seconds(80));
        assert!(budget.allowed_from(cooldown) <= seconds(80));
        budget.spend(cooldown, seconds(80));
        assert_eq!(budget.allowed_from(cooldown), seconds(90));
    }

    #[test]
    fn attempt_is_late_after_twice_the_usual_time_and_a_second() {
        let milliseconds = Duration::from_millis;
        assert_eq!(patience(Duration::ZERO), seconds(1));
        assert_eq!(patience(milliseconds(500)), seconds(1));
        assert_eq!(patience(milliseconds(501)), milliseconds(1002));
        assert_eq!(usual_time(None, seconds(4)), seconds(4));
        assert_eq!(usual_time(Some(seconds(4)), seconds(8)), seconds(5));
    }

    #[test]
    fn retry_after_is_respected_within_reason() {
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
