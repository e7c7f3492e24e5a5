//! A clock that only moves when a test moves it.

use std::{
    collections::BTreeMap,
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use okta_tower::clock::{Clock, Sleep};
use tokio::sync::watch;

/// Where a new [`ManualClock`] stands: 1 January 2026, 12:00 UTC.
const NOON: Duration = Duration::from_secs(1_767_268_800);

/// A clock for tests. It stands still until it is told to move, and whoever sleeps on it sleeps until then.
///
/// A clone is another handle on the same clock: give one to the code under test, one to the
/// [`Issuer`](crate::Issuer), and keep one to move.
///
/// ```
/// use std::time::Duration;
/// use okta_tower::clock::Clock;
/// use okta_tower_test::ManualClock;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let clock = ManualClock::new();
/// let nap = tokio::spawn(clock.sleep(Duration::from_secs(3600)));
/// clock.wait_for_sleepers(1).await; // the task has gone to sleep
///
/// clock.advance(Duration::from_secs(3599));
/// assert_eq!(clock.sleepers(), 1); // not yet
/// clock.advance(Duration::from_secs(1));
/// assert_eq!(clock.sleepers(), 0);
/// nap.await.unwrap(); // an hour has passed, and no time at all
/// # }
/// ```
///
/// In an application with this clock, a request that waits for an unknown key waits on it: for a fetch that the cool-down
/// may put off, two seconds at the longest. Nothing moves it while a test awaits that request. So spawn the request, wait
/// until it sleeps, and then advance:
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use okta_tower::Okta;
/// use okta_tower_test::{Issuer, ManualClock};
///
/// let clock = ManualClock::new();
/// let issuer = Issuer::builder().clock(clock.clone()).start().await?;
/// let okta = Okta::builder(issuer.url()).clock(clock.clone()).danger().allow_http_on_loopback().start().await?;
/// clock.wait_for_sleepers(1).await; // the keys are there, and what refreshes them sleeps
///
/// issuer.rotate_in_emergency();
/// clock.advance(Duration::from_secs(9)); // a second is left of the cool-down
/// let token = issuer.token().sign();
/// let request = tokio::spawn(async move { okta.verify(&token).await });
/// clock.wait_for_sleepers(2).await; // the request sleeps too
///
/// clock.advance(Duration::from_secs(1));
/// assert!(request.await?.is_ok());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct ManualClock {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    /// How many are asleep, for whoever waits for that number.
    asleep: watch::Sender<usize>,
}

struct State {
    wall: SystemTime,
    uptime: Duration,
    /// Ordered by the uptime at which each is due; the number tells apart those due together.
    sleepers: BTreeMap<(Duration, u64), Waker>,
    next_id: u64,
}

impl ManualClock {
    /// A clock that stands at noon on 1 January 2026 (UTC), with an uptime of zero.
    #[must_use]
    pub fn new() -> Self {
        Self::at(UNIX_EPOCH + NOON)
    }

    /// A clock that stands at `wall`, with an uptime of zero.
    #[must_use]
    pub fn at(wall: SystemTime) -> Self {
        Self {
            shared: Arc::new(Shared {
                state: Mutex::new(State {
                    wall,
                    uptime: Duration::ZERO,
                    sleepers: BTreeMap::new(),
                    next_id: 0,
                }),
                asleep: watch::Sender::new(0),
            }),
        }
    }

    /// Moves the wall clock and the uptime forward, in one jump, and wakes everyone whose time has come.
    /// They are out of [`sleepers`](Self::sleepers) when this returns, but have not run yet.
    ///
    /// # Panics
    ///
    /// When the time would leave what a `SystemTime` can hold.
    pub fn advance(&self, by: Duration) {
        let mut state = self.shared.lock();
        state.wall += by;
        state.uptime += by;
        let later = (state.uptime + Duration::from_nanos(1), 0);
        let asleep = state.sleepers.split_off(&later);
        let due = std::mem::replace(&mut state.sleepers, asleep);
        self.shared.asleep.send_replace(state.sleepers.len());
        // A waker may run code of its own that asks this clock for the time.
        drop(state);
        due.into_values().for_each(Waker::wake);
    }

    /// Sets the wall clock alone, forwards or backwards, as an administrator or a time server does. The uptime
    /// does not move and nobody wakes.
    ///
    /// To an application, a wall clock that runs ahead of the uptime by more than a minute means that the machine has
    /// slept: it fetches the keys anew, and after twelve hours of sleep trusts the old ones no longer. To let time pass,
    /// [`advance`](Self::advance) both.
    pub fn set_wall(&self, wall: SystemTime) {
        self.shared.lock().wall = wall;
    }

    /// Moves the wall clock alone by a number of seconds, backwards if negative.
    ///
    /// # Panics
    ///
    /// When the time would leave what a `SystemTime` can hold.
    pub fn skew(&self, seconds: i64) {
        let by = Duration::from_secs(seconds.unsigned_abs());
        let mut state = self.shared.lock();
        if seconds < 0 {
            state.wall -= by;
        } else {
            state.wall += by;
        }
    }

    /// How many sleeps have been polled, are not yet due, and have not been dropped.
    #[must_use]
    pub fn sleepers(&self) -> usize {
        self.shared.lock().sleepers.len()
    }

    /// How long until the next sleeper is due, or `None` if nobody sleeps.
    #[must_use]
    pub fn next_due(&self) -> Option<Duration> {
        let state = self.shared.lock();
        let (due, _) = state.sleepers.keys().next()?;
        Some(due.saturating_sub(state.uptime))
    }

    /// Waits, without any time passing, until at least `count` are asleep: the moment at which it makes sense
    /// to move the clock.
    pub async fn wait_for_sleepers(&self, count: usize) {
        let mut asleep = self.shared.asleep.subscribe();
        // The sender lives in `self`, so the channel cannot be closed while we wait.
        let _ = asleep.wait_for(|now| *now >= count).await;
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.shared.lock();
        f.debug_struct("ManualClock")
            .field("wall", &state.wall)
            .field("uptime", &state.uptime)
            .field("sleepers", &state.sleepers.len())
            .finish()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> SystemTime {
        self.shared.lock().wall
    }

    fn uptime(&self) -> Duration {
        self.shared.lock().uptime
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        let mut state = self.shared.lock();
        let due = state.uptime.saturating_add(duration);
        let id = state.next_id;
        state.next_id += 1;
        drop(state);
        Box::pin(ManualSleep {
            shared: Arc::clone(&self.shared),
            place: (due, id),
        })
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct ManualSleep {
    shared: Arc<Shared>,
    place: (Duration, u64),
}

impl Future for ManualSleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.shared.lock();
        if self.place.0 <= state.uptime {
            return Poll::Ready(());
        }
        state.sleepers.insert(self.place, cx.waker().clone());
        self.shared.asleep.send_replace(state.sleepers.len());
        Poll::Pending
    }
}

impl Drop for ManualSleep {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        if state.sleepers.remove(&self.place).is_some() {
            self.shared.asleep.send_replace(state.sleepers.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sleeper_wakes_exactly_when_due() {
        let clock = ManualClock::new();
        let sleep = tokio::spawn(clock.sleep(Duration::from_secs(10)));
        clock.wait_for_sleepers(1).await;
        assert_eq!(clock.next_due(), Some(Duration::from_secs(10)));
        clock.advance(Duration::from_nanos(9_999_999_999));
        assert_eq!(clock.sleepers(), 1);
        clock.advance(Duration::from_nanos(1));
        assert_eq!(clock.sleepers(), 0);
        sleep.await.unwrap();
    }

    #[tokio::test]
    async fn zero_sleep_is_ready_at_once() {
        ManualClock::new().sleep(Duration::ZERO).await;
    }

    #[tokio::test]
    async fn dropped_sleep_is_not_counted() {
        let clock = ManualClock::new();
        let sleep = tokio::spawn(clock.sleep(Duration::from_secs(10)));
        clock.wait_for_sleepers(1).await;
        sleep.abort();
        assert!(sleep.await.unwrap_err().is_cancelled());
        assert_eq!(clock.sleepers(), 0);
    }

    #[tokio::test]
    async fn wall_clock_moves_without_the_uptime() {
        let clock = ManualClock::new();
        let noon = clock.now();
        let sleep = tokio::spawn(clock.sleep(Duration::from_secs(10)));
        clock.wait_for_sleepers(1).await;
        clock.skew(-3600);
        assert_eq!(clock.now(), noon - Duration::from_secs(3600));
        clock.set_wall(noon + Duration::from_secs(86_400));
        assert_eq!(clock.uptime(), Duration::ZERO);
        assert_eq!(clock.sleepers(), 1);
        sleep.abort();
    }

    #[test]
    fn clones_share_one_clock() {
        let clock = ManualClock::new();
        let other = clock.clone();
        other.advance(Duration::from_secs(5));
        assert_eq!(clock.uptime(), Duration::from_secs(5));
    }
}
