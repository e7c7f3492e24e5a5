//! A caller's token names a key that nobody knows: may it wait, and for what?

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

use super::{Keys, absent::AbsentKids, schedule};
use crate::{
    error::{AuthError, KeysUnavailable, TokenError, TokenErrorKind},
    keys::RefreshSettings,
};

/// A bounded wait for the fetch that may bring a key. Ends with the fetch or with the bound.
pub(crate) type KeyWait = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What callers want of the refresher, and what it tells them.
#[derive(Debug)]
pub(super) struct Demand {
    settings: RefreshSettings,
    ledger: Mutex<Ledger>,
    wake: Notify,
    waiters: Arc<AtomicUsize>,
    /// How many attempts have ended. Closed when the refresher is gone: it has the other end.
    ended: watch::Receiver<u64>,
}

/// Small and short: read and written between two awaits, never across one.
#[derive(Debug)]
struct Ledger {
    kids: AbsentKids,
    is_wanted: bool,
    is_under_way: bool,
    /// Whether the last attempt that ended did so in vain.
    has_failed: bool,
    last_attempt: Option<Duration>,
    /// Until when the issuer has asked to be left alone.
    quiet_until: Duration,
}

impl Demand {
    /// Nothing is wanted yet. The refresher counts the attempts that have ended in the other half.
    pub(super) fn new(settings: RefreshSettings) -> (Self, watch::Sender<u64>) {
        let (count, ended) = watch::channel(0);
        let demand = Self {
            ledger: Mutex::new(Ledger {
                // Three cool-downs: long enough that a withdrawn key's tokens cost little, short enough that
                // a key which Okta's caches publish late is found.
                kids: AbsentKids::new(settings.cooldown * 3),
                is_wanted: false,
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

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // Nothing panics while it is held; if something did, the ledger would still be usable.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the demand. Whether the attempt that answers it is near enough to wait for.
    fn ask(&self, kid: &str, now: Duration) -> bool {
        let mut ledger = self.ledger();
        if !ledger.kids.ask(kid, now) {
            return false;
        }
        let allowed_at = self.allowed_at(&ledger, now);
        let is_near = ledger.is_under_way || allowed_at <= now + self.settings.unknown_key_wait;
        if !std::mem::replace(&mut ledger.is_wanted, true) {
            self.wake.notify_one();
        }
        is_near
    }

    /// Whether nothing can be said of a key that is not there: the issuer fails to answer, or has not answered yet, and no
    /// answer since the key was first asked for has been without it.
    fn is_undecided(&self, kid: &str, now: Duration) -> bool {
        let ledger = self.ledger();
        (ledger.has_failed || ledger.is_under_way) && !ledger.kids.is_absent(kid, now)
    }

    /// When the refresher should make the attempt that callers want, if they want one.
    pub(super) fn due_at(&self, now: Duration) -> Option<Duration> {
        let ledger = self.ledger();
        ledger.is_wanted.then(|| self.allowed_at(&ledger, now))
    }

    fn allowed_at(&self, ledger: &Ledger, now: Duration) -> Duration {
        schedule::demand_allowed_at(&self.settings, ledger.last_attempt, ledger.quiet_until, now)
    }

    /// Resolves when somebody has begun to want an attempt.
    pub(super) async fn wanted(&self) {
        self.wake.notified().await;
    }

    /// The refresher begins an attempt.
    pub(super) fn begin(&self, now: Duration) -> HashSet<u64> {
        let mut ledger = self.ledger();
        ledger.is_wanted = false;
        ledger.is_under_way = true;
        ledger.last_attempt = Some(now);
        ledger.kids.begin()
    }

    /// The attempt brought a document with these key ids, and it is there for all to see.
    pub(super) fn succeeded(&self, asked: HashSet<u64>, kids: &[&str], now: Duration) {
        let mut ledger = self.ledger();
        ledger.is_under_way = false;
        ledger.has_failed = false;
        ledger.kids.succeeded(asked, kids.iter().copied(), now);
    }

    /// The attempt failed. Its ids are still wanted; the retry that a failure schedules will answer for them.
    pub(super) fn failed(&self, asked: HashSet<u64>, quiet_until: Duration) {
        let mut ledger = self.ledger();
        ledger.is_under_way = false;
        ledger.has_failed = true;
        ledger.quiet_until = quiet_until;
        ledger.kids.failed(asked);
    }

    /// Watches the count of attempts that have ended: changed is what ends from now on.
    pub(super) fn ended(&self) -> watch::Receiver<u64> {
        let mut ended = self.ended.clone();
        ended.mark_unchanged();
        ended
    }
}

impl Keys {
    /// A token names a key that is not there. Sees to it that the keys are fetched, and says what the request
    /// should do: wait and judge again, or refuse now (`None`), because the key is known to be absent, the next
    /// permitted fetch is too far off, or enough requests are waiting.
    pub(crate) fn want(&self, kid: &str) -> Option<KeyWait> {
        let demand = &self.shared.demand;
        // Subscribed before asking: an attempt that ends in between is seen.
        let mut ended = demand.ended();
        let is_near = demand.ask(kid, self.shared.clock.uptime());
        if self.snapshot().keys.names(kid) {
            // It arrived after the request had looked and before it asked.
            return Some(Box::pin(std::future::ready(())));
        }
        // A wait is timed by tokio. A service on another runtime has its request refused, and the fetch all the same.
        if !is_near || Handle::try_current().is_err() {
            return None;
        }
        let place = Place::take(&demand.waiters, demand.settings.max_waiters)?;
        let bound = self.shared.clock.sleep(demand.settings.unknown_key_wait);
        // The clock and the channel are all that it holds on to: a request that waits keeps no refresher
        // alive, and one that is dropped cancels nothing.
        Some(Box::pin(async move {
            let _place = place;
            tokio::select! {
                // An error means that the refresher is gone: nothing will come.
                _ = ended.changed() => {}
                () = bound => {}
            }
        }))
    }
}

impl Keys {
    /// Returns whether a recent key document did not contain this key. `now` is the uptime.
    ///
    /// Cheap: a flood of tokens with made-up keys ends here.
    pub(crate) fn is_absent(&self, kid: &str, now: Duration) -> bool {
        // The key may have arrived after the request looked at the snapshot.
        self.shared.demand.ledger().kids.is_absent(kid, now) && !self.snapshot().keys.names(kid)
    }

    /// The machine has been asleep and the refresher does not know it: has the keys fetched as soon as a demand may.
    pub(crate) fn wake_up(&self) {
        let demand = &self.shared.demand;
        let mut ledger = demand.ledger();
        if !ledger.is_under_way && !std::mem::replace(&mut ledger.is_wanted, true) {
            demand.wake.notify_one();
        }
    }

    /// Why a token is refused whose key is not there and is not waited for any longer. While the issuer cannot be asked, its
    /// trouble must not look like the caller's: a client throws a token away that is called invalid.
    pub(crate) fn unknown(&self, kid: &str) -> AuthError {
        if self
            .shared
            .demand
            .is_undecided(kid, self.shared.clock.uptime())
        {
            KeysUnavailable::Unconfirmed.into()
        } else {
            TokenError::from(TokenErrorKind::UnknownKey).into()
        }
    }
}

/// One of the bounded number of places for requests that wait. Given back when dropped.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(taken: &Arc<AtomicUsize>, places: usize) -> Option<Self> {
        let one_more = |count: usize| (count < places).then_some(count + 1);
        taken
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more)
            .ok()?;
        Some(Self(Arc::clone(taken)))
    }
}

impl Drop for Place {
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
            Refresher, Snapshot,
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
    fn what_is_wanted_stays_wanted_until_an_attempt_begins() {
        let (demand, _count) = demand();
        assert_eq!(demand.due_at(SECOND), None);
        assert!(demand.ask("a", SECOND));
        assert_eq!(demand.due_at(SECOND), Some(SECOND));
        let asked = demand.begin(SECOND);
        assert_eq!(demand.due_at(SECOND), None);
        demand.succeeded(asked, &[], SECOND * 2);
        assert_eq!(demand.due_at(SECOND * 60), None);
        // Asked for and not brought: not wanted again so soon.
        assert!(!demand.ask("a", SECOND * 20));
        assert_eq!(demand.due_at(SECOND * 20), None);
    }

    #[test]
    fn what_is_asked_for_during_an_attempt_is_wanted_of_the_next_and_worth_the_wait_for_this_one() {
        let (demand, _count) = demand();
        let asked = demand.begin(SECOND);
        assert!(demand.ask("a", SECOND));
        demand.failed(asked, SECOND * 2);
        assert_eq!(demand.due_at(SECOND * 2), Some(SECOND * 11));
        // Too far off to be waited for, until it is not.
        assert!(!demand.ask("b", SECOND * 8));
        assert!(demand.ask("b", SECOND * 9));
        // Overdue is due now: the refresher was asleep, or the machine was.
        assert_eq!(demand.due_at(SECOND * 99), Some(SECOND * 99));
    }

    #[test]
    fn a_wish_wakes_the_refresher_once_however_many_have_it() {
        let (demand, _count) = demand();
        let is_woken = || {
            let wanted = std::pin::pin!(demand.wanted());
            wanted
                .poll(&mut Context::from_waker(Waker::noop()))
                .is_ready()
        };
        for kid in ["a", "b", "c"] {
            demand.ask(kid, SECOND);
        }
        assert!(is_woken());
        assert!(!is_woken());
        // Nor is a wish lost that comes while nobody listens.
        demand.begin(SECOND);
        demand.ask("d", SECOND);
        assert!(is_woken());
    }

    #[tokio::test]
    async fn a_key_that_arrives_between_the_look_and_the_wish_is_not_refused() {
        let (keys, _refresher) = keys();
        let demand = &keys.shared.demand;
        let asked = demand.begin(keys.shared.clock.uptime());
        let set = KeySet::parse(
            KEYS.as_bytes(),
            &[Algorithm::Es256].into(),
            &KeySet::default(),
        );
        keys.shared.snapshot.store(Arc::new(Snapshot {
            keys: set.unwrap().0,
            trust: None,
        }));
        demand.succeeded(asked, &["1"], keys.shared.clock.uptime());
        // The cool-down has just begun: a key that has not arrived is not waited for.
        assert!(is_over(&mut keys.want("1").unwrap()));
        assert!(keys.want("2").is_none());
    }

    #[tokio::test]
    async fn a_wait_ends_with_the_attempt_or_with_the_refresher() {
        let (keys, refresher) = keys();
        let mut wait = keys.want("1").unwrap();
        assert!(!is_over(&mut wait));
        drop(refresher);
        assert!(is_over(&mut wait));
        assert!(is_over(&mut keys.want("1").unwrap()));
    }

    #[test]
    fn places_are_bounded_and_given_back() {
        let taken = Arc::default();
        let first = Place::take(&taken, 2);
        let _second = Place::take(&taken, 2).unwrap();
        assert!(first.is_some() && Place::take(&taken, 2).is_none());
        drop(first);
        assert!(Place::take(&taken, 2).is_some());
    }
}
