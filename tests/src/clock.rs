//! A clock that tests can advance while real time passes.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use okta_tower::clock::{Clock, Sleep, SystemClock};
use tokio::sync::watch;

/// A clock for tests against a server that lives in real time.
///
/// [`advance`](Self::advance) brings refreshes and cool-downs forward without waiting. The wall
/// clock, which decides the validity of tokens, stays that of the machine, as the server's does.
/// Clones share one clock.
#[derive(Clone)]
pub struct ForwardClock {
    ahead: watch::Sender<Duration>,
}

impl ForwardClock {
    /// Creates a clock that is not ahead yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            ahead: watch::Sender::new(Duration::ZERO),
        }
    }

    /// Adds this much uptime at once, and wakes the sleepers that are due.
    pub fn advance(&self, by: Duration) {
        self.ahead.send_modify(|ahead| *ahead += by);
    }
}

impl Default for ForwardClock {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ForwardClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ForwardClock")
            .field("ahead", &*self.ahead.borrow())
            .finish()
    }
}

impl Clock for ForwardClock {
    fn now(&self) -> SystemTime {
        SystemClock::new().now()
    }

    fn uptime(&self) -> Duration {
        SystemClock::new().uptime() + *self.ahead.borrow()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        let clock = self.clone();
        let mut ahead = self.ahead.subscribe();
        let due = self.uptime() + duration;
        Box::pin(async move {
            loop {
                let left = due.saturating_sub(clock.uptime());
                if left.is_zero() {
                    return;
                }
                tokio::select! {
                    () = tokio::time::sleep(left) => {}
                    // `clock` holds the sender, so this never fails.
                    _ = ahead.changed() => {}
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sleeper_wakes_when_the_clock_reaches_its_time() {
        let clock = ForwardClock::new();
        let hour = Duration::from_secs(3600);
        let mut sleep = clock.sleep(hour);
        clock.advance(hour / 2);
        tokio::select! {
            biased;
            () = &mut sleep => panic!("half an hour too early"),
            () = tokio::task::yield_now() => {}
        }
        clock.advance(hour / 2);
        sleep.await;
        assert!(clock.uptime() >= hour);
    }
}
