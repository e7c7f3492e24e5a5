//! The machine's clock, pushed forward by hand.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use okta_tower::clock::{Clock, Sleep, SystemClock};
use tokio::sync::watch;

/// For tests against a server that lives in real time: refreshes and cool-downs are brought forward, and nobody waits for
/// them. The wall clock, which tokens are judged by, is the machine's own and stays so: it is the server's too.
///
/// A clone is another handle on the same clock.
#[derive(Clone)]
pub struct ForwardClock {
    ahead: watch::Sender<Duration>,
}

impl ForwardClock {
    /// Not yet ahead.
    #[must_use]
    pub fn new() -> Self {
        Self {
            ahead: watch::Sender::new(Duration::ZERO),
        }
    }

    /// Lets this much uptime pass at once. Who sleeps, and need not sleep any longer, wakes.
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
                    // Its sender lives in `clock`, so there is no error to come.
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
    async fn whoever_sleeps_wakes_when_the_clock_is_pushed_past_their_time_and_not_before() {
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
