//! Time as a value that can be passed in.
//!
//! A [`Clock`] gives the wall clock for tokens, an uptime that never jumps for the age of keys, and
//! a way to wait. Production uses [`SystemClock`]. Tests use a clock that they move by hand
//! (`okta-tower-test` has one), so that no test waits for real time to pass.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, LazyLock},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// A wait that ends when its clock has moved far enough. Returned by [`Clock::sleep`].
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A source of time.
///
/// The methods must agree with each other: a clock that is moved by hand moves all of them.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// Returns the time of the wall clock: `exp`, `nbf` and `iat` of tokens are compared with it.
    fn now(&self) -> SystemTime;

    /// Returns [`now`](Self::now) in whole seconds since 1970, and 0 before.
    ///
    /// Override it if the clock knows the seconds in less time. Both must agree.
    fn unix_seconds(&self) -> i64 {
        unix_seconds(self.now())
    }

    /// Returns the time since any fixed point. Never goes backwards, even if the wall clock does.
    ///
    /// The age of the signing keys is measured by it. If the wall clock runs ahead of it by more
    /// than a minute, the machine counts as suspended meanwhile, and the keys age by the wall
    /// clock.
    fn uptime(&self) -> Duration;

    /// Waits until [`uptime`](Self::uptime) has grown by `duration`.
    fn sleep(&self, duration: Duration) -> Sleep;
}

/// The machine's own clocks. Its [`sleep`](Clock::sleep) needs a tokio runtime with its timer
/// enabled.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SystemClock;

impl SystemClock {
    /// Returns the machine's clocks.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn uptime(&self) -> Duration {
        static ORIGIN: LazyLock<Instant> = LazyLock::new(Instant::now);
        ORIGIN.elapsed()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// A shared clock is a clock.
impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> SystemTime {
        (**self).now()
    }

    fn unix_seconds(&self) -> i64 {
        (**self).unix_seconds()
    }

    fn uptime(&self) -> Duration {
        (**self).uptime()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        (**self).sleep(duration)
    }
}

/// Returns whole seconds since 1970, as tokens count them, and 0 before 1970.
pub(crate) fn unix_seconds(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}

/// Returns the moment of a token's time. Times beyond `SystemTime` are rejected before; the
/// fallback only keeps this function total.
pub(crate) fn from_unix_seconds(seconds: i64) -> SystemTime {
    let since = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    UNIX_EPOCH.checked_add(since).unwrap_or(UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unix_seconds_round_trip_and_are_zero_before_1970() {
        assert_eq!(
            unix_seconds(from_unix_seconds(1_700_000_000)),
            1_700_000_000
        );
        assert_eq!(unix_seconds(UNIX_EPOCH - Duration::from_secs(5)), 0);
        assert_eq!(from_unix_seconds(-1), UNIX_EPOCH);
    }

    #[test]
    fn system_clock_reads_the_wall_clock() {
        let earliest = SystemTime::now();
        let now = SystemClock::new().now();
        assert!((earliest..=SystemTime::now()).contains(&now), "{now:?}");

        let seconds = SystemClock::new().unix_seconds();
        let latest = unix_seconds(SystemTime::now());
        assert!((unix_seconds(now)..=latest).contains(&seconds));
    }

    #[test]
    fn uptime_never_goes_backwards() {
        let clock = SystemClock::new();
        let first = clock.uptime();
        assert!(clock.uptime() >= first);
    }
}
