//! The keys as a request sees them: one immutable value.

use std::time::Duration;

use crate::{error::KeysUnavailable, keys::jwk::KeySet};

/// How far the wall clock may run ahead of [`uptime`](crate::clock::Clock::uptime) before the machine
/// counts as suspended meanwhile.
const MAX_CLOCK_GAP: Duration = Duration::from_secs(60);

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
    /// As [`uptime`](crate::clock::Clock::uptime).
    pub(super) fetched_at: Duration,
    /// The same moment by the wall clock, in Unix seconds.
    pub(super) fetched_at_wall: i64,
    /// As [`uptime`](crate::clock::Clock::uptime).
    pub(super) until: Duration,
}

impl Trust {
    /// Returns for how long the machine was suspended since the keys were fetched.
    ///
    /// The uptime of a suspended machine may stand still; its wall clock does not. A wall clock
    /// that was set back counts as no suspension.
    fn suspended_for(&self, uptime: Duration, now: i64) -> Duration {
        let by_wall = u64::try_from(now.saturating_sub(self.fetched_at_wall)).unwrap_or(0);
        Duration::from_secs(by_wall).saturating_sub(uptime.saturating_sub(self.fetched_at))
    }
}

impl Snapshot {
    /// Returns whether tokens may be verified with these keys at `uptime`, which is `now` by the
    /// wall clock.
    ///
    /// Calls `wake_up` first if the machine was suspended, as the next refresh is then overdue.
    pub(crate) fn check(
        &self,
        uptime: Duration,
        now: i64,
        wake_up: impl FnOnce(),
    ) -> Result<(), KeysUnavailable> {
        let Some(trust) = self.trust else {
            return Err(KeysUnavailable::NotLoaded);
        };
        let suspended = trust.suspended_for(uptime, now);
        if suspended > MAX_CLOCK_GAP {
            wake_up();
        }
        if uptime.saturating_add(suspended) >= trust.until {
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
    fn keys_are_trusted_by_whichever_clock_is_further() {
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
    fn only_a_wall_clock_that_ran_ahead_means_suspension() {
        let was_suspended = |snapshot: &Snapshot, uptime, now| {
            let mut was_suspended = false;
            let _ = snapshot.check(seconds(uptime), now, || was_suspended = true);
            was_suspended
        };
        let none = Snapshot::default();
        let snapshot = snapshot();
        assert!(!was_suspended(&snapshot, 100, 1_000_060));
        assert!(was_suspended(&snapshot, 100, 1_000_061));
        assert!(!was_suspended(&snapshot, 101, 1_000_061));
        assert!(!was_suspended(&snapshot, 500, 999_000));
        assert!(!was_suspended(&none, 1, i64::MAX));
    }
}
