//! A token names a key that is not in the set: whether the request may wait, and for what.

use std::{
    collections::HashSet,
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    runtime::Handle,
    sync::{Notify, watch},
};

use super::{
    missing::MissingKids,
    schedule::{self, RefreshSettings},
};
use crate::{
    base::clock::Clock,
    error::{AuthError, KeysUnavailable, TokenError, TokenErrorKind},
};

/// A bounded wait for the fetch that may bring a key. Ends with the fetch or with the bound.
pub(crate) type KeyWait = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What clients demand of the refresher, and what the refresher reports.
#[derive(Debug)]
pub(super) struct Demand {
    settings: RefreshSettings,
    state: Mutex<DemandState>,
    wake: Notify,
    waiters: Arc<AtomicUsize>,
    /// How many attempts have ended. Closed when the refresher is gone: it has the other end.
    ended: watch::Receiver<u64>,
}

/// Read and written between two awaits, never across one.
#[derive(Debug)]
struct DemandState {
    kids: MissingKids,
    is_requested: bool,
    is_under_way: bool,
    /// Whether the last attempt that ended failed.
    has_failed: bool,
    last_attempt: Option<Duration>,
    /// Until when the issuer's `Retry-After` is respected.
    quiet_until: Duration,
}

impl Demand {
    /// Returns a demand for nothing, and the counter in which the refresher counts ended attempts.
    pub(super) fn new(settings: RefreshSettings) -> (Self, watch::Sender<u64>) {
        let (count, ended) = watch::channel(0);
        let demand = Self {
            state: Mutex::new(DemandState {
                // Three cool-downs: long enough that a withdrawn key's tokens cost little, short
                // enough that a key which Okta's caches publish late is found.
                kids: MissingKids::new(settings.cooldown * 3),
                is_requested: false,
                is_under_way: false,
                has_failed: false,
                last_attempt: None,
                quiet_until: Duration::ZERO,
            }),
            settings,
            wake: Notify::new(),
            waiters: Arc::new(AtomicUsize::new(0)),
            ended,
        };
        (demand, count)
    }

    fn state(&self) -> MutexGuard<'_, DemandState> {
        // Nothing panics under the lock. If something did, the state would still be usable.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Requests an attempt for a key, and returns a wait for it. Returns `None` if the token is to
    /// be rejected now.
    pub(super) fn request(
        &self,
        kid: &str,
        clock: &dyn Clock,
        has_arrived: impl FnOnce() -> bool,
    ) -> Option<KeyWait> {
        // Subscribed before the request: an attempt that ends in between is seen.
        let mut ended = self.ended();
        let is_near = self.note(kid, clock.uptime());
        if has_arrived() {
            // The key arrived between the look at the snapshot and the request.
            return Some(Box::pin(std::future::ready(())));
        }
        // tokio times the wait. On another runtime the request is rejected; the fetch happens.
        if !is_near || Handle::try_current().is_err() {
            return None;
        }
        let slot = WaiterSlot::take(&self.waiters, self.settings.max_waiters)?;
        let bound = clock.sleep(self.settings.unknown_key_wait);
        // It holds the timer and the channel alone: a waiting request keeps no refresher alive, and
        // a dropped one cancels nothing.
        Some(Box::pin(async move {
            let _slot = slot;
            tokio::select! {
                // An error means that the refresher is gone: no key will come.
                _ = ended.changed() => {}
                () = bound => {}
            }
        }))
    }

    /// Notes the demand. Returns whether the attempt that answers it is near enough to wait for.
    fn note(&self, kid: &str, now: Duration) -> bool {
        let mut state = self.state();
        if !state.kids.request(kid, now) {
            return false;
        }
        let allowed_at = self.allowed_at(&state, now);
        let is_near = state.is_under_way || allowed_at <= now + self.settings.unknown_key_wait;
        if !std::mem::replace(&mut state.is_requested, true) {
            self.wake.notify_one();
        }
        is_near
    }

    /// Returns whether a recent key document did not contain this key.
    pub(super) fn is_missing(&self, kid: &str, now: Duration) -> bool {
        self.state().kids.is_missing(kid, now)
    }

    /// Requests an attempt for no key in particular.
    pub(super) fn wake_up(&self) {
        let mut state = self.state();
        if !state.is_under_way && !std::mem::replace(&mut state.is_requested, true) {
            self.wake.notify_one();
        }
    }

    /// Returns the error for a token whose key is unknown.
    ///
    /// Unavailable while the issuer cannot be asked: a client discards a token that is called
    /// invalid, so trouble of the issuer must not look like the client's.
    pub(super) fn unknown(&self, kid: &str, now: Duration) -> AuthError {
        let state = self.state();
        // No document since the key was first requested has been without it.
        let is_open = !state.kids.is_missing(kid, now);
        if is_open && (state.has_failed || state.is_under_way) {
            KeysUnavailable::Unconfirmed.into()
        } else {
            TokenError::from(TokenErrorKind::UnknownKey).into()
        }
    }

    /// Returns when the refresher should make the attempt that clients demand, if they demand one.
    pub(super) fn due_at(&self, now: Duration) -> Option<Duration> {
        let state = self.state();
        (state.is_requested).then(|| self.allowed_at(&state, now))
    }

    fn allowed_at(&self, state: &DemandState, now: Duration) -> Duration {
        schedule::demand_allowed_at(&self.settings, state.last_attempt, state.quiet_until, now)
    }

    /// Resolves when an attempt is requested and none was before.
    pub(super) async fn requested(&self) {
        self.wake.notified().await;
    }

    /// The refresher begins an attempt. Returns the keys that it answers for.
    pub(super) fn begin(&self, now: Duration) -> HashSet<u64> {
        let mut state = self.state();
        state.is_requested = false;
        state.is_under_way = true;
        state.last_attempt = Some(now);
        state.kids.begin()
    }

    /// The attempt brought a document with these key IDs, and the snapshot has them.
    pub(super) fn succeeded(&self, requested: HashSet<u64>, kids: &[&str], now: Duration) {
        let mut state = self.state();
        state.is_under_way = false;
        state.has_failed = false;
        state.kids.succeeded(requested, kids.iter().copied(), now);
    }

    /// The attempt failed. Its keys stay requested; the retry of a failure answers for them.
    pub(super) fn failed(&self, requested: HashSet<u64>, quiet_until: Duration) {
        let mut state = self.state();
        state.is_under_way = false;
        state.has_failed = true;
        state.quiet_until = quiet_until;
        state.kids.failed(requested);
    }

    /// Returns a watch on the count of ended attempts: changed by each that ends from now on.
    pub(super) fn ended(&self) -> watch::Receiver<u64> {
        let mut ended = self.ended.clone();
        ended.mark_unchanged();
        ended
    }
}

/// One of the bounded number of slots for waiting requests. Freed when dropped.
struct WaiterSlot(Arc<AtomicUsize>);

impl WaiterSlot {
    fn take(taken: &Arc<AtomicUsize>, slots: usize) -> Option<Self> {
        let one_more = |count: usize| (count < slots).then_some(count + 1);
        taken
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more)
            .ok()?;
        Some(Self(Arc::clone(taken)))
    }
}

impl Drop for WaiterSlot {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use super::*;
    use crate::{
        base::fetch::Fetcher,
        keys::{
            Keys, Refresher, Snapshot,
            jwk::{Algorithm, KeySet},
        },
        okta::builder::OktaBuilder,
    };

    /// RFC 7517 appendix A.1.
    const KEYS: &str = r#"{"keys":[{"kty":"EC","crv":"P-256","kid":"1",
        "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}"#;

    const SECOND: Duration = Duration::from_secs(1);

    fn demand() -> (Demand, watch::Sender<u64>) {
        Demand::new(RefreshSettings::default())
    }

    fn keys() -> (Keys, Refresher) {
        let config = OktaBuilder::new("https://a.okta.com/oauth2/default")
            .build()
            .unwrap();
        let fetcher = Fetcher::new(&config.fetch, config.urls.clone()).unwrap();
        config.keys(fetcher, &Arc::default())
    }

    fn is_over(wait: &mut KeyWait) -> bool {
        let poll = wait.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        poll == Poll::Ready(())
    }

    #[test]
    fn request_stands_until_an_attempt_begins() {
        let (demand, _count) = demand();
        assert_eq!(demand.due_at(SECOND), None);
        assert!(demand.note("a", SECOND));
        assert_eq!(demand.due_at(SECOND), Some(SECOND));
        let requested = demand.begin(SECOND);
        assert_eq!(demand.due_at(SECOND), None);
        demand.succeeded(requested, &[], SECOND * 2);
        assert_eq!(demand.due_at(SECOND * 60), None);
        // Requested and not brought: not requested again so soon.
        assert!(!demand.note("a", SECOND * 20));
        assert_eq!(demand.due_at(SECOND * 20), None);
    }

    #[test]
    fn request_during_an_attempt_waits_for_it_and_the_next() {
        let (demand, _count) = demand();
        let requested = demand.begin(SECOND);
        assert!(demand.note("a", SECOND));
        demand.failed(requested, SECOND * 2);
        assert_eq!(demand.due_at(SECOND * 2), Some(SECOND * 11));
        // First too far off to be waited for, then near enough.
        assert!(!demand.note("b", SECOND * 8));
        assert!(demand.note("b", SECOND * 9));
        // Overdue is due now: the refresher or the machine was suspended.
        assert_eq!(demand.due_at(SECOND * 99), Some(SECOND * 99));
    }

    #[test]
    fn refresher_is_woken_once_for_many_requests() {
        let (demand, _count) = demand();
        let is_woken = || {
            let requested = std::pin::pin!(demand.requested());
            requested
                .poll(&mut Context::from_waker(Waker::noop()))
                .is_ready()
        };
        for kid in ["a", "b", "c"] {
            demand.note(kid, SECOND);
        }
        assert!(is_woken());
        assert!(!is_woken());
        // A request is not lost while no task listens.
        demand.begin(SECOND);
        demand.note("d", SECOND);
        assert!(is_woken());
    }

    #[tokio::test]
    async fn key_that_arrives_before_the_request_is_not_rejected() {
        let (keys, _refresher) = keys();
        let demand = &keys.shared.demand;
        let requested = demand.begin(keys.shared.clock.uptime());
        let set = KeySet::parse(
            KEYS.as_bytes(),
            &[Algorithm::Es256].into(),
            &KeySet::default(),
        );
        keys.shared.snapshot.store(Arc::new(Snapshot {
            keys: set.unwrap().0,
            trust: None,
        }));
        demand.succeeded(requested, &["1"], keys.shared.clock.uptime());
        // The cool-down has just begun: a key that has not arrived is not waited for.
        assert!(is_over(&mut keys.request("1").unwrap()));
        assert!(keys.request("2").is_none());
    }

    #[tokio::test]
    async fn wait_ends_with_the_refresher() {
        let (keys, refresher) = keys();
        let mut wait = keys.request("1").unwrap();
        assert!(!is_over(&mut wait));
        drop(refresher);
        assert!(is_over(&mut wait));
        assert!(is_over(&mut keys.request("1").unwrap()));
    }

    #[test]
    fn waiter_slots_are_bounded_and_freed() {
        let taken = Arc::default();
        let first = WaiterSlot::take(&taken, 2);
        let _second = WaiterSlot::take(&taken, 2).unwrap();
        assert!(first.is_some() && WaiterSlot::take(&taken, 2).is_none());
        drop(first);
        assert!(WaiterSlot::take(&taken, 2).is_some());
    }
}
