//! Ages by two clocks: the uptime, which is never set, and the wall clock, which continues while a
//! machine is suspended. Pure.

use std::time::{Duration, SystemTime};

use crate::base::clock::Clock;

/// A point in time on both clocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timestamp {
    uptime: Duration,
    wall: SystemTime,
}

impl Timestamp {
    pub(super) fn now(clock: &dyn Clock) -> Self {
        Self {
            uptime: clock.uptime(),
            wall: clock.now(),
        }
    }

    /// Returns whether `lifetime` has passed from this time to `now` on either clock.
    pub(super) fn is_past(self, lifetime: Duration, now: Self) -> bool {
        let by_wall = now.wall.duration_since(self.wall).unwrap_or_default();
        now.uptime.saturating_sub(self.uptime) >= lifetime || by_wall >= lifetime
    }
}

#[cfg(test)]
impl Timestamp {
    /// Returns the timestamp this long after the start of both clocks.
    pub(super) fn at(time: Duration) -> Self {
        Self {
            uptime: time,
            wall: SystemTime::UNIX_EPOCH + time,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetime_ends_by_the_faster_clock() {
        let seconds = Duration::from_secs;
        let start = Timestamp {
            uptime: seconds(100),
            wall: SystemTime::UNIX_EPOCH + seconds(1_000_000),
        };
        let later = |uptime, wall: i64| Timestamp {
            uptime: start.uptime + seconds(uptime),
            wall: match u64::try_from(wall) {
                Ok(wall) => start.wall + seconds(wall),
                Err(_) => start.wall - seconds(wall.unsigned_abs()),
            },
        };
        let is_past = |uptime, wall| start.is_past(seconds(60), later(uptime, wall));
        assert!(!is_past(59, 59));
        assert!(is_past(60, 0));
        // A machine that was suspended for a night.
        assert!(is_past(1, 8 * 3600));
        // A wall clock that was set back.
        assert!(!is_past(59, -8 * 3600));
        assert!(is_past(60, -8 * 3600));
    }
}
