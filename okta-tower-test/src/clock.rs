//! A clock that moves only when a test moves it.

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

/// The initial time of a [`ManualClock`]: 1 January 2026, 12:00 UTC.
const NOON: Duration = Duration::from_secs(1_767_268_800);

/// A clock for tests. It moves only when you move it, and wakes sleepers when they are due.
///
/// A clone is another handle to the same clock. Give one to the code under test and one to the
/// [`Issuer`](crate::Issuer), and keep one.
///
/// ```
/// use std::time::Duration;
/// use okta_tower::clock::Clock;
/// use okta_tower_test::ManualClock;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let clock = ManualClock::new();
/// let sleep = tokio::spawn(clock.sleep(Duration::from_secs(3600)));
/// clock.wait_for_sleepers(1).await; // the task sleeps
///
/// clock.advance(Duration::from_secs(3599));
/// assert_eq!(clock.sleepers(), 1); // not yet due
/// clock.advance(Duration::from_secs(1));
/// assert_eq!(clock.sleepers(), 0);
/// sleep.await.unwrap(); // no real time has passed
/// # }
/// ```
///
/// A request that waits for an unknown key also waits on this clock: for a fetch that the cool-down
/// may delay, at most two seconds. The clock stands still while a test awaits the request. Spawn
/// the request, wait until it sleeps, and then advance the clock:
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use okta_tower_test::{Issuer, ManualClock};
///
/// let clock = ManualClock::new();
/// let issuer = Issuer::builder().clock(clock.clone()).start().await?;
/// let okta = issuer.okta().await;
/// for _ in 0..3 {
///     issuer.rotate_in_emergency(); // at once, while the clock stands still
///     assert!(okta.verify(&issuer.token().sign()).await.is_ok());
/// }
/// clock.wait_for_sleepers(1).await; // the keys are loaded, and the refresh task sleeps
///
/// issuer.rotate_in_emergency();
/// clock.advance(Duration::from_secs(9)); // the cool-down ends in a second
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
    /// The number of sleepers, for tasks that wait for it.
    asleep: watch::Sender<usize>,
}

struct State {
    wall: SystemTime,
    uptime: Duration,
    /// Ordered by the uptime at which each is due. The number distinguishes sleepers that are due
    /// together.
    sleepers: BTreeMap<(Duration, u64), Waker>,
    next_id: u64,
}

impl ManualClock {
    /// Returns a clock at noon on 1 January 2026 (UTC), with an uptime of zero.
    #[must_use]
    pub fn new() -> Self {
        Self::at(UNIX_EPOCH + NOON)
    }

    /// Returns a clock at `wall`, with an uptime of zero.
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

    /// Moves the wall clock and the uptime forward in one step, and wakes the sleepers that are
    /// due.
    ///
    /// Woken sleepers no longer count as [`sleepers`](Self::sleepers), but have not run yet.
    ///
    /// # Panics
    ///
    /// Panics if the time exceeds the range of `SystemTime`.
    pub fn advance(&self, by: Duration) {
        let mut state = self.shared.lock();
        state.wall += by;
        state.uptime += by;
        let later = (state.uptime + Duration::from_nanos(1), 0);
        let asleep = state.sleepers.split_off(&later);
        let due = std::mem::replace(&mut state.sleepers, asleep);
        self.shared.asleep.send_replace(state.sleepers.len());
        // Wakers run without the lock, because they may use this clock.
        drop(state);
        due.into_values().for_each(Waker::wake);
    }

    /// Sets the wall clock alone, forward or backward, as an administrator or a time server does.
    ///
    /// The uptime stays the same and no sleeper wakes. If the wall clock runs ahead of the uptime
    /// by more than a minute, an application assumes that the machine was suspended: it fetches the
    /// keys again. After twelve hours of suspension, it stops trusting the old keys. To let time
    /// pass, use [`advance`](Self::advance).
    pub fn set_wall(&self, wall: SystemTime) {
        self.shared.lock().wall = wall;
    }

    /// Moves the wall clock alone by a number of seconds, backward if negative.
    ///
    /// # Panics
    ///
    /// Panics if the time exceeds the range of `SystemTime`.
    pub fn skew(&self, seconds: i64) {
        let by = Duration::from_secs(seconds.unsigned_abs());
        let mut state = self.shared.lock();
        if seconds < 0 {
            state.wall -= by;
        } else {
            state.wall += by;
        }
    }

    /// Returns the number of sleeps that have been polled, are not due, and have not been dropped.
    #[must_use]
    pub fn sleepers(&self) -> usize {
        self.shared.lock().sleepers.len()
    }

    /// Returns the time until the next sleeper is due, or `None` without sleepers.
    #[must_use]
    pub fn next_due(&self) -> Option<Duration> {
        let state = self.shared.lock();
        let (due, _) = state.sleepers.keys().next()?;
        Some(due.saturating_sub(state.uptime))
    }

    /// Waits until at least `count` tasks sleep on this clock. Does not move the clock.
    pub async fn wait_for_sleepers(&self, count: usize) {
        let mut asleep = self.shared.asleep.subscribe();
        // The sender lives in `self`, so the channel cannot close during the wait.
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
            is_finished: false,
        })
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A sleep on a [`ManualClock`]. Polling it after it has finished panics.
struct ManualSleep {
    shared: Arc<Shared>,
    place: (Duration, u64),
    is_finished: bool,
}

impl Future for ManualSleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        assert!(
            !this.is_finished,
            "a sleep of `ManualClock` was polled after it had finished"
        );
        let mut state = this.shared.lock();
        if this.place.0 <= state.uptime {
            this.is_finished = true;
            return Poll::Ready(());
        }
        state.sleepers.insert(this.place, cx.waker().clone());
        this.shared.asleep.send_replace(state.sleepers.len());
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
    #[should_panic(expected = "polled after it had finished")]
    async fn polling_a_finished_sleep_panics() {
        let mut sleep = ManualClock::new().sleep(Duration::ZERO);
        (&mut sleep).await;
        sleep.await;
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
