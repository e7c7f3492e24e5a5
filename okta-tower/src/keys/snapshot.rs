//! What a request sees of the keys: one immutable value.

use std::time::Duration;

use crate::{error::KeysUnavailable, keys::jwk::KeySet};

/// How far the wall clock may run ahead of [`uptime`](crate::Clock::uptime) before that means something.
const NAP: Duration = Duration::from_secs(60);

/// The keys at one moment, and until when they may be used.
#[derive(Debug, Default)]
pub(crate) struct Snapshot {
    pub(crate) keys: KeySet,
    /// `None` before the first success.
    pub(super) trust: Option<Trust>,
}

/// When the keys were fetched and until when they are trusted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trust {
    /// As [`uptime`](crate::Clock::uptime).
    pub(super) fetched_at: Duration,
    /// The same moment by the wall clock, in Unix seconds.
    pub(super) fetched_at_wall: i64,
    /// As [`uptime`](crate::Clock::uptime).
    pub(super) until: Duration,
}

impl Trust {
    /// For how long the machine has been asleep since the keys were fetched: a suspended machine's uptime may stand still,
    /// its wall clock does not. A wall clock that was put back says nothing.
    fn asleep(&self, uptime: Duration, now: i64) -> Duration {
        let by_wall = u64::try_from(now.saturating_sub(self.fetched_at_wall)).unwrap_or(0);
        Duration::from_secs(by_wall).saturating_sub(uptime.saturating_sub(self.fetched_at))
    }
}

impl Snapshot {
    /// Whether tokens may be judged by these keys at `uptime`, which by the wall clock is `now`. Where the machine has been
    /// asleep, so that the next refresh is later than it looks, `wake_up` is called first.
    pub(crate) fn check(
        &self,
        uptime: Duration,
        now: i64,
        wake_up: impl FnOnce(),
    ) -> Result<(), KeysUnavailable> {
        let Some(trust) = self.trust else {
            return Err(KeysUnavailable::NotLoaded);
        };
        let asleep = trust.asleep(uptime, now);
        if asleep > NAP {
            wake_up();
        }
        if uptime.saturating_add(asleep) >= trust.until {
            return Err(KeysUnavailable::TooStale);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn snapshot() -> Snapshot {
        let trust = Trust {
            fetched_at: seconds(100),
            fetched_at_wall: 1_000_000,
            until: seconds(700),
        };
        Snapshot {
            trust: Some(trust),
            ..Snapshot::default()
        }
    }

    #[test]
    fn keys_are_trusted_to_the_second_by_whichever_clock_is_further() {
        let check = |uptime, now| snapshot().check(seconds(uptime), now, || ());
        assert_eq!(check(699, 1_000_599), Ok(()));
        assert_eq!(check(700, 1_000_600), Err(KeysUnavailable::TooStale));
        assert_eq!(check(700, 1_000_000), Err(KeysUnavailable::TooStale));
        assert_eq!(check(100, 1_000_599), Ok(()));
        assert_eq!(check(100, 1_000_600), Err(KeysUnavailable::TooStale));
        assert_eq!(check(100, i64::MIN), Ok(()));
        assert_eq!(
            Snapshot::default().check(seconds(1), 1, || ()),
            Err(KeysUnavailable::NotLoaded)
        );
    }

    #[test]
    fn only_a_wall_clock_that_has_run_ahead_means_sleep() {
        let has_slept = |snapshot: &Snapshot, uptime, now| {
            let mut has_slept = false;
            let _ = snapshot.check(seconds(uptime), now, || has_slept = true);
            has_slept
        };
        let none = Snapshot::default();
        let snapshot = snapshot();
        assert!(!has_slept(&snapshot, 100, 1_000_060));
        assert!(has_slept(&snapshot, 100, 1_000_061));
        assert!(!has_slept(&snapshot, 101, 1_000_061));
        assert!(!has_slept(&snapshot, 500, 999_000));
        assert!(!has_slept(&none, 1, i64::MAX));
    }
}
