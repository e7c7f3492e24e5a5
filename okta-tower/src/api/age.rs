//! How old something is, by both clocks: the uptime, which nobody sets, and the wall, which goes on while a machine sleeps. Pure.

use std::time::{Duration, SystemTime};

use crate::base::clock::Clock;

/// A moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    uptime: Duration,
    wall: SystemTime,
}

impl Moment {
    pub(super) fn now(clock: &dyn Clock) -> Self {
        Self {
            uptime: clock.uptime(),
            wall: clock.now(),
        }
    }

    /// Whether something that began then is over `now`, after this long: by either clock.
    pub(super) fn is_past(self, lasts: Duration, now: Self) -> bool {
        let by_wall = now.wall.duration_since(self.wall).unwrap_or_default();
        now.uptime.saturating_sub(self.uptime) >= lasts || by_wall >= lasts
    }
}

#[cfg(test)]
impl Moment {
    /// So long after the beginning of both clocks.
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
    fn time_passes_by_the_clock_that_has_gone_further() {
        let seconds = Duration::from_secs;
        let start = Moment {
            uptime: seconds(100),
            wall: SystemTime::UNIX_EPOCH + seconds(1_000_000),
        };
        let later = |uptime, wall: i64| Moment {
            uptime: start.uptime + seconds(uptime),
            wall: match u64::try_from(wall) {
                Ok(wall) => start.wall + seconds(wall),
                Err(_) => start.wall - seconds(wall.unsigned_abs()),
            },
        };
        let is_past = |uptime, wall| start.is_past(seconds(60), later(uptime, wall));
        assert!(!is_past(59, 59));
        assert!(is_past(60, 0));
        // A night asleep.
        assert!(is_past(1, 8 * 3600));
        // A wall clock that was set back.
        assert!(!is_past(59, -8 * 3600));
        assert!(is_past(60, -8 * 3600));
    }
}
