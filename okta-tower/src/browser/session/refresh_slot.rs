//! At most one refresh of a session at a time in this process, and a pause after a failed one.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::watch;

/// The first pause after a failure. The pause doubles with each further failure.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause: the end of an outage is noticed within half a minute.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The longest pause that the provider can ask for.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(120);

/// Ends when the refresh has ended, successful or not.
pub(super) type RefreshDone = watch::Receiver<()>;

/// The refreshes of one session. Clones share their state.
#[derive(Clone, Debug, Default)]
pub(super) struct RefreshSlot(Arc<Mutex<State>>);

/// Times are of the clock's uptime.
#[derive(Debug, Default)]
struct State {
    running: Option<RefreshDone>,
    failures: u32,
    paused_until: Duration,
}

/// What to do about a refresh that is due.
pub(super) enum Claim {
    /// Wait for the refresh that is running.
    Join(RefreshDone),
    /// Make the refresh.
    Start(RefreshPermit, RefreshDone),
    /// The last refresh failed a moment ago.
    Pause,
}

/// The right to refresh. When it is dropped, the requests that wait for the refresh go on.
#[derive(Debug)]
pub(super) struct RefreshPermit {
    slot: RefreshSlot,
    /// Held for its drop alone.
    _done: watch::Sender<()>,
}

impl RefreshSlot {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held; if something did, the state would still be usable.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_running(&self) -> bool {
        self.state().running.is_some()
    }

    /// Joins the refresh of a session, or starts it.
    pub(super) fn claim(&self, uptime: Duration) -> Claim {
        let mut state = self.state();
        if let Some(done) = &state.running {
            return Claim::Join(done.clone());
        }
        if uptime < state.paused_until {
            return Claim::Pause;
        }
        let (sender, done) = watch::channel(());
        state.running = Some(done.clone());
        let permit = RefreshPermit {
            slot: self.clone(),
            _done: sender,
        };
        Claim::Start(permit, done)
    }
}

impl RefreshPermit {
    /// The refresh has succeeded, or is not needed anymore.
    pub(super) fn succeeded(self) {
        self.slot.state().failures = 0;
    }

    /// The refresh has failed. The next attempt follows after a pause: the slot's own, or the
    /// one that the provider asks for, within limits. `random` is from 0 to 1 and takes off up to
    /// a half.
    pub(super) fn failed(self, uptime: Duration, retry_after: Option<Duration>, random: f64) {
        let mut state = self.slot.state();
        state.failures = state.failures.saturating_add(1);
        state.paused_until = uptime.saturating_add(pause(state.failures, retry_after, random));
    }
}

impl Drop for RefreshPermit {
    fn drop(&mut self) {
        self.slot.state().running = None;
    }
}

fn pause(failures: u32, retry_after: Option<Duration>, random: f64) -> Duration {
    let doubled = 2_u32.saturating_pow(failures.saturating_sub(1).min(16));
    let own = FIRST_PAUSE.saturating_mul(doubled).min(LONGEST_PAUSE);
    let own = own.mul_f64(1.0 - 0.5 * random.clamp(0.0, 1.0));
    own.max(retry_after.unwrap_or_default().min(LONGEST_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(100);

    fn start(slot: &RefreshSlot, now: Duration) -> Option<RefreshPermit> {
        match slot.claim(now) {
            Claim::Start(permit, _) => Some(permit),
            Claim::Join(_) | Claim::Pause => None,
        }
    }

    #[tokio::test]
    async fn concurrent_claims_join_one_refresh_and_see_its_end() {
        let slot = RefreshSlot::default();
        let permit = start(&slot, NOW).unwrap();
        let mut joined = Vec::new();
        for _ in 0..10 {
            match slot.claim(NOW) {
                Claim::Join(done) => joined.push(done),
                Claim::Start(..) | Claim::Pause => panic!("joins"),
            }
        }
        permit.succeeded();
        for mut done in joined {
            assert!(done.changed().await.is_err());
        }
        assert!(start(&slot, NOW).is_some());
    }

    #[tokio::test]
    async fn dropped_refresh_releases_the_waiters() {
        let slot = RefreshSlot::default();
        let permit = start(&slot, NOW).unwrap();
        let Claim::Join(mut done) = slot.claim(NOW) else {
            panic!("joins");
        };
        drop(permit);
        assert!(done.changed().await.is_err());
        assert!(!slot.is_running());
    }

    #[test]
    fn failures_lengthen_the_pause_until_a_success() {
        let slot = RefreshSlot::default();
        start(&slot, NOW).unwrap().failed(NOW, None, 0.0);
        assert!(start(&slot, NOW + Duration::from_millis(999)).is_none());
        let later = NOW + Duration::from_secs(1);
        start(&slot, later).unwrap().failed(later, None, 0.0);
        assert!(start(&slot, later + Duration::from_millis(1999)).is_none());
        let later = later + Duration::from_secs(2);
        start(&slot, later).unwrap().succeeded();
        start(&slot, later).unwrap().failed(later, None, 0.0);
        assert!(start(&slot, later + Duration::from_secs(1)).is_some());
    }

    #[test]
    fn pause_is_bounded_and_honors_retry_after() {
        let seconds = Duration::from_secs;
        assert_eq!(pause(1, None, 0.0), seconds(1));
        assert_eq!(pause(1, None, 1.0), Duration::from_millis(500));
        assert_eq!(pause(40, None, 0.0), seconds(30));
        assert_eq!(pause(1, Some(seconds(20)), 0.0), seconds(20));
        assert_eq!(pause(1, Some(seconds(7200)), 0.0), seconds(120));
    }
}
