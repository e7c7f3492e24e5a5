//! Tokens name keys that are not in the set: which attempts that demands, and whether one of them
//! is near enough to wait for.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::{Notify, watch};

use super::{
    missing::MissingKids,
    schedule::{self, DemandBudget, RefreshSettings},
};
use crate::error::{AuthError, KeysUnavailable, TokenError, TokenErrorKind};

/// What clients demand of the refresher, and what the refresher reports.
#[derive(Debug)]
pub(super) struct Demand {
    settings: RefreshSettings,
    state: Mutex<DemandState>,
    wake: Notify,
    /// How many attempts have ended. Closed when the refresher is gone: it has the other end.
    ended: watch::Receiver<u64>,
}

/// On what terms a request may wait for an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WaitTerms {
    /// How many requests may wait at once.
    pub(super) slots: usize,
    /// From when on the attempt counts as late.
    pub(super) late_at: Duration,
}

/// Read and written between two awaits, never across one.
#[derive(Debug)]
struct DemandState {
    kids: MissingKids,
    budget: DemandBudget,
    /// Since when an attempt is demanded that has not begun.
    requested_at: Option<Duration>,
    /// When the attempt that is under way began.
    began_at: Option<Duration>,
    /// When the last attempt that succeeded began. It answers for all earlier requests.
    answered_from: Option<Duration>,
    /// How long an attempt usually takes. `None` before the first success.
    usual_time: Option<Duration>,
    /// Whether the last attempt that ended failed.
    has_failed: bool,
    /// Until when the issuer's `Retry-After` is respected.
    quiet_until: Duration,
}

impl DemandState {
    /// Returns from when on an attempt may be demanded.
    fn allowed_from(&self, settings: &RefreshSettings) -> Duration {
        let by_budget = self.budget.allowed_from(settings.cooldown);
        by_budget.max(self.quiet_until)
    }

    fn patience(&self) -> Duration {
        schedule::patience(self.usual_time.unwrap_or_default())
    }

    /// Returns from when on the attempt under way takes too long, or one that is demanded and
    /// allowed has not begun: no new request waits then, as it would only hold its connection.
    fn late_at(&self, settings: &RefreshSettings) -> Option<Duration> {
        let allowed_from = self.allowed_from(settings);
        let due_at = (self.began_at).or(self.requested_at.map(|at| at.max(allowed_from)));
        due_at.map(|due_at| due_at + self.patience())
    }

    fn is_late(&self, settings: &RefreshSettings, now: Duration) -> bool {
        self.late_at(settings).is_some_and(|late_at| now >= late_at)
    }

    /// Returns whether an attempt will probably answer until then. Not while the issuer is in
    /// trouble: a flood would hold its connections again and again.
    fn is_near(&self, settings: &RefreshSettings, now: Duration, until: Duration) -> bool {
        if self.has_failed || self.is_late(settings, now) {
            return false;
        }
        let allowed_from = self.allowed_from(settings);
        let is_demanded = self.requested_at.is_some();
        let is_soon = allowed_from <= now || allowed_from + self.patience() <= until;
        self.began_at.is_some() || (is_demanded && is_soon)
    }
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
                budget: DemandBudget::default(),
                requested_at: None,
                began_at: None,
                answered_from: None,
                usual_time: None,
                has_failed: false,
                quiet_until: Duration::ZERO,
            }),
            settings,
            wake: Notify::new(),
            ended,
        };
        (demand, count)
    }

    fn state(&self) -> MutexGuard<'_, DemandState> {
        // Nothing panics under the lock. If something did, the state would still be usable.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Demands an attempt for a key. Returns on what terms to wait for it, or `None` if it will
    /// probably not answer until then.
    pub(super) fn request(&self, kid: &str, now: Duration, until: Duration) -> Option<WaitTerms> {
        let mut state = self.state();
        if self.has_ended() || !state.kids.request(kid, now) {
            return None;
        }
        self.demand(&mut state, now);
        let slots = self.settings.max_waiters;
        let has_begun = state.began_at.is_some() || state.allowed_from(&self.settings) <= now;
        let late_at = state.late_at(&self.settings)?;
        (state.is_near(&self.settings, now, until)).then_some(WaitTerms {
            // A flood before an attempt must not take the slots of those that come during it.
            slots: if has_begun { slots } else { slots.div_ceil(2) },
            late_at,
        })
    }

    /// Returns whether a request that waits for a key should go on until then: no attempt has
    /// answered for its key, and another one is near.
    pub(super) fn is_worth_waiting(&self, kid: &str, now: Duration, until: Duration) -> bool {
        let state = self.state();
        !state.kids.is_missing(kid, now) && state.is_near(&self.settings, now, until)
    }

    /// Returns whether a recent key document did not contain this key.
    pub(super) fn is_missing(&self, kid: &str, now: Duration) -> bool {
        self.state().kids.is_missing(kid, now)
    }

    /// Demands an attempt for no key in particular.
    pub(super) fn wake_up(&self, now: Duration) {
        let mut state = self.state();
        if state.began_at.is_none() {
            self.demand(&mut state, now);
        }
    }

    fn demand(&self, state: &mut DemandState, now: Duration) {
        if state.requested_at.is_none() {
            state.requested_at = Some(now);
            self.wake.notify_one();
        }
    }

    /// Returns the error for a token whose key is unknown, and was requested at `asked_at`.
    ///
    /// Unavailable while the issuer cannot be asked, or does not answer in time, or no refresher is
    /// left: a client discards a token that is called invalid, so trouble of the issuer must not
    /// look like the client's.
    pub(super) fn unknown(&self, kid: &str, asked_at: Duration, now: Duration) -> AuthError {
        let state = self.state();
        // No document since the key was first requested has been without it. Under a flood the
        // table of missing keys is full: then the time of the last answer decides.
        let is_answered = state
            .answered_from
            .is_some_and(|began_at| began_at > asked_at);
        let is_open = !is_answered && !state.kids.is_missing(kid, now);
        let is_unanswered = state.has_failed
            || state.began_at.is_some()
            || state.is_late(&self.settings, now)
            || self.has_ended();
        if is_open && is_unanswered {
            KeysUnavailable::Unconfirmed.into()
        } else {
            TokenError::from(TokenErrorKind::UnknownKey).into()
        }
    }

    /// Returns when the refresher should make the attempt that clients demand, if they demand one.
    pub(super) fn due_at(&self, now: Duration) -> Option<Duration> {
        let state = self.state();
        let allowed_from = state.allowed_from(&self.settings);
        state.requested_at.map(|_| now.max(allowed_from))
    }

    /// Resolves when an attempt is requested and none was before.
    pub(super) async fn requested(&self) {
        self.wake.notified().await;
    }

    /// The refresher begins an attempt. Returns the keys that it answers for.
    pub(super) fn begin(&self, now: Duration) -> HashSet<u64> {
        let mut state = self.state();
        // One that is due by the schedule answers for the demand too, at no cost.
        if state.requested_at.take().is_some() && state.allowed_from(&self.settings) <= now {
            state.budget.spend(self.settings.cooldown, now);
        }
        state.began_at = Some(now);
        state.kids.begin()
    }

    /// The attempt brought a document with these key IDs, and the snapshot has them. `before` are
    /// the earlier ones: tokens with a key that was withdrawn cause no attempt.
    pub(super) fn succeeded(
        &self,
        mut requested: HashSet<u64>,
        before: &[&str],
        kids: &[&str],
        now: Duration,
    ) {
        let mut state = self.state();
        requested.extend(before.iter().map(|kid| state.kids.hash(kid)));
        if let Some(began_at) = state.began_at.take() {
            let last = now.saturating_sub(began_at);
            state.answered_from = Some(began_at);
            state.usual_time = Some(schedule::usual_time(state.usual_time, last));
        }
        state.has_failed = false;
        state.kids.succeeded(requested, kids.iter().copied(), now);
        // It brought what was requested meanwhile, too.
        if !state.kids.has_pending() {
            state.requested_at = None;
        }
    }

    /// The attempt failed. Its keys stay requested; the retry of a failure answers for them.
    pub(super) fn failed(&self, requested: HashSet<u64>, quiet_until: Duration) {
        let mut state = self.state();
        state.began_at = None;
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

    /// Returns whether the refresher is gone: no attempt will be made any more.
    pub(super) fn has_ended(&self) -> bool {
        self.ended.has_changed().is_err()
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::Future,
        task::{Context, Waker},
    };

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn demand() -> (Demand, watch::Sender<u64>) {
        Demand::new(RefreshSettings::default())
    }

    /// Whether a request at `now` may wait, for two seconds.
    fn may_wait(demand: &Demand, kid: &str, now: Duration) -> bool {
        demand.request(kid, now, now + SECOND * 2).is_some()
    }

    /// Makes the attempts of the burst at `now`.
    fn spend_burst(demand: &Demand, now: Duration) {
        for kid in ["x", "y", "z"] {
            assert!(may_wait(demand, kid, now));
            let requested = demand.begin(now);
            demand.succeeded(requested, &[], &[], now);
        }
    }

    #[test]
    fn request_stands_until_an_attempt_begins() {
        let (demand, _count) = demand();
        assert_eq!(demand.due_at(SECOND), None);
        assert!(may_wait(&demand, "a", SECOND));
        assert_eq!(demand.due_at(SECOND), Some(SECOND));
        let requested = demand.begin(SECOND);
        assert_eq!(demand.due_at(SECOND), None);
        demand.succeeded(requested, &[], &[], SECOND * 2);
        assert_eq!(demand.due_at(SECOND * 60), None);
        // Requested and not brought: not requested again so soon.
        assert!(!may_wait(&demand, "a", SECOND * 20));
        assert_eq!(demand.due_at(SECOND * 20), None);
    }

    #[test]
    fn request_during_an_attempt_waits_for_it_and_the_next() {
        let (demand, _count) = demand();
        spend_burst(&demand, SECOND);
        // By the schedule.
        let requested = demand.begin(SECOND * 3);
        assert!(may_wait(&demand, "a", SECOND * 3));
        demand.succeeded(requested, &[], &[], SECOND * 3);
        assert_eq!(demand.due_at(SECOND * 3), Some(SECOND * 11));
        assert!(!demand.is_worth_waiting("a", SECOND * 3, SECOND * 5));
        // First too far off to be waited for, then near enough to answer in time.
        assert!(!may_wait(&demand, "b", SECOND * 9));
        assert!(may_wait(&demand, "b", SECOND * 10));
        // Overdue is due now: the refresher or the machine was suspended.
        assert_eq!(demand.due_at(SECOND * 99), Some(SECOND * 99));
    }

    #[test]
    fn burst_allows_an_attempt_right_after_another() {
        let (demand, _count) = demand();
        let requested = demand.begin(SECOND);
        // Requested during the attempt: the next one answers, and begins at once.
        assert!(may_wait(&demand, "a", SECOND));
        demand.succeeded(requested, &[], &[], SECOND);
        assert_eq!(demand.due_at(SECOND), Some(SECOND));
        assert!(demand.is_worth_waiting("a", SECOND, SECOND * 3));
        let requested = demand.begin(SECOND);
        demand.succeeded(requested, &[], &[], SECOND);
        assert!(!demand.is_worth_waiting("a", SECOND, SECOND * 3));
        assert_eq!(demand.unknown("a", SECOND, SECOND).reason(), "unknown_key");
    }

    #[test]
    fn key_requested_during_the_attempt_that_brings_it_costs_no_other() {
        for (brought, due_at) in [("new", None), ("other", Some(SECOND))] {
            let (demand, _count) = demand();
            let requested = demand.begin(SECOND);
            assert!(may_wait(&demand, "new", SECOND));
            demand.succeeded(requested, &[], &[brought], SECOND);
            assert_eq!(demand.due_at(SECOND), due_at, "{brought}");
        }
    }

    #[test]
    fn retry_after_delays_demanded_attempts() {
        let (demand, _count) = demand();
        let requested = demand.begin(SECOND);
        demand.failed(requested, SECOND * 60);
        assert!(!may_wait(&demand, "a", SECOND * 20));
        assert_eq!(demand.due_at(SECOND * 20), Some(SECOND * 60));
        assert_eq!(
            demand.unknown("a", SECOND * 20, SECOND * 20).reason(),
            "key_unconfirmed"
        );
    }

    #[test]
    fn scheduled_attempt_costs_nothing_of_the_burst() {
        let (demand, _count) = demand();
        for second in 1..60 {
            let requested = demand.begin(SECOND * second);
            demand.succeeded(requested, &[], &[], SECOND * second);
        }
        spend_burst(&demand, SECOND * 60);
        // One that would have been made anyway answers for a demand as well.
        assert!(!may_wait(&demand, "a", SECOND * 60));
        let requested = demand.begin(SECOND * 61);
        demand.succeeded(requested, &[], &[], SECOND * 61);
        assert_eq!(
            demand.unknown("a", SECOND * 61, SECOND * 61).reason(),
            "unknown_key"
        );
        demand.request("b", SECOND * 61, SECOND * 63);
        assert_eq!(demand.due_at(SECOND * 61), Some(SECOND * 70));
    }

    #[test]
    fn withdrawn_key_causes_no_attempt() {
        let (demand, _count) = demand();
        let requested = demand.begin(SECOND);
        demand.succeeded(requested, &["stays", "goes"], &["stays", "comes"], SECOND);
        assert!(!may_wait(&demand, "goes", SECOND));
        assert_eq!(demand.due_at(SECOND), None);
        assert_eq!(
            demand.unknown("goes", SECOND, SECOND).reason(),
            "unknown_key"
        );
        assert!(may_wait(&demand, "goes", SECOND * 31));
        assert!(!demand.is_missing("stays", SECOND) && !demand.is_missing("comes", SECOND));
    }

    #[test]
    fn failing_issuer_is_not_waited_for() {
        let (demand, _count) = demand();
        let requested = demand.begin(SECOND);
        assert!(may_wait(&demand, "a", SECOND));
        demand.failed(requested, Duration::ZERO);
        assert!(!demand.is_worth_waiting("a", SECOND, SECOND * 3));
        assert!(!may_wait(&demand, "b", SECOND));
        assert_eq!(
            demand.unknown("b", SECOND, SECOND).reason(),
            "key_unconfirmed"
        );
        // It is asked nevertheless, and waited for once it has answered.
        assert_eq!(demand.due_at(SECOND), Some(SECOND));
        let requested = demand.begin(SECOND);
        demand.succeeded(requested, &[], &[], SECOND);
        assert!(may_wait(&demand, "c", SECOND));
    }

    #[test]
    fn late_attempt_is_not_waited_for() {
        let milliseconds = Duration::from_millis;
        for (usual, patience) in [(100, 1000), (700, 1400)] {
            let (demand, _count) = demand();
            let requested = demand.begin(SECOND);
            demand.succeeded(requested, &[], &[], SECOND + milliseconds(usual));
            let began_at = SECOND * 20;
            let requested = demand.begin(began_at);
            assert!(may_wait(
                &demand,
                "a",
                began_at + milliseconds(patience - 1)
            ));
            let late = began_at + milliseconds(patience);
            assert!(!may_wait(&demand, "a", late), "{usual}");
            assert_eq!(demand.unknown("a", late, late).reason(), "key_unconfirmed");
            // It is waited for again once it has ended.
            demand.succeeded(requested, &[], &[], late);
            assert!(may_wait(&demand, "a", late));
        }
    }

    #[test]
    fn attempt_that_does_not_begin_is_not_waited_for() {
        let (demand, _count) = demand();
        assert!(may_wait(&demand, "a", SECOND * 5));
        assert!(may_wait(
            &demand,
            "b",
            SECOND * 6 - Duration::from_millis(1)
        ));
        assert!(!may_wait(&demand, "c", SECOND * 6));
        assert_eq!(
            demand.unknown("c", SECOND * 6, SECOND * 6).reason(),
            "key_unconfirmed"
        );
    }

    #[test]
    fn flood_before_an_attempt_leaves_half_of_the_slots() {
        let (demand, _count) = demand();
        let slots = |kid, now| {
            let terms = demand.request(kid, now, now + SECOND * 2);
            terms.map(|terms| terms.slots)
        };
        assert_eq!(slots("x", SECOND), Some(64));
        for kid in ["x", "y", "z"] {
            demand.request(kid, SECOND, SECOND);
            let requested = demand.begin(SECOND);
            demand.succeeded(requested, &[], &[], SECOND);
        }
        assert_eq!(slots("b", SECOND * 10), Some(32));
        assert_eq!(slots("b", SECOND * 11), Some(64));
        demand.begin(SECOND * 11);
        assert_eq!(slots("b", SECOND * 11), Some(64));
    }

    #[test]
    fn unknown_key_without_a_refresher_is_unconfirmed() {
        let (demand, count) = demand();
        let requested = demand.begin(SECOND);
        demand.succeeded(requested, &[], &[], SECOND);
        assert_eq!(demand.unknown("a", SECOND, SECOND).reason(), "unknown_key");
        drop(count);
        assert!(!may_wait(&demand, "a", SECOND));
        assert_eq!(
            demand.unknown("a", SECOND, SECOND).reason(),
            "key_unconfirmed"
        );
    }

    #[test]
    fn answered_key_is_unknown_though_the_table_is_full() {
        for (asked_at, expected) in [(1, "unknown_key"), (3, "key_unconfirmed")] {
            let (demand, _count) = demand();
            // A flood has taken the places in the table.
            for number in 0..2000 {
                demand.request(&number.to_string(), SECOND, SECOND * 3);
            }
            demand.request("a", SECOND * asked_at, SECOND * 5);
            let requested = demand.begin(SECOND * 2);
            demand.succeeded(requested, &[], &[], SECOND * 3);
            demand.begin(SECOND * 4);
            let error = demand.unknown("a", SECOND * asked_at, SECOND * 4);
            assert_eq!(error.reason(), expected);
        }
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
            may_wait(&demand, kid, SECOND);
        }
        assert!(is_woken());
        assert!(!is_woken());
        // A request is not lost while no task listens.
        demand.begin(SECOND);
        may_wait(&demand, "d", SECOND);
        assert!(is_woken());
    }
}
