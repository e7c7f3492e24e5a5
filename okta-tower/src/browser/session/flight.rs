//! At most one refresh of a session at a time in this process, and a rest after one that failed.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::watch;

use super::live::Live;

/// The first rest after a failure; it doubles with each further one.
const FIRST_REST: Duration = Duration::from_secs(1);

/// The longest rest: an outage that ends is noticed within half a minute.
const LONGEST_REST: Duration = Duration::from_secs(30);

/// The longest time for which the issuer is left alone because it asks for that.
const LONGEST_QUIET: Duration = Duration::from_secs(120);

/// Ends when the refresh that it was given for has ended, well or not.
pub(super) type Landing = watch::Receiver<()>;

/// The refreshes of one session. Times are of the clock's uptime.
#[derive(Debug, Default)]
pub(super) struct Flight {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    under_way: Option<Landing>,
    failures: u32,
    rests_until: Duration,
}

/// What to do about a refresh that is due.
pub(super) enum Boarding {
    /// It is under way: wait for it.
    Join(Landing),
    /// It is ours to make.
    Start(Ticket, Landing),
    /// The last one failed a moment ago.
    Rest,
}

/// The right to refresh. Whatever becomes of its holder, those who wait are told when it is gone.
#[derive(Debug)]
pub(super) struct Ticket {
    live: Arc<Live>,
    /// Held for its drop alone.
    _landed: watch::Sender<()>,
}

impl Flight {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held; if something did, the state would still be usable.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_under_way(&self) -> bool {
        self.state().under_way.is_some()
    }

    /// Joins the refresh of a session, or starts it.
    pub(super) fn board(live: &Arc<Live>, uptime: Duration) -> Boarding {
        let mut state = live.flight.state();
        if let Some(landing) = &state.under_way {
            return Boarding::Join(landing.clone());
        }
        if uptime < state.rests_until {
            return Boarding::Rest;
        }
        let (landed, landing) = watch::channel(());
        state.under_way = Some(landing.clone());
        let ticket = Ticket {
            live: Arc::clone(live),
            _landed: landed,
        };
        Boarding::Start(ticket, landing)
    }
}

impl Ticket {
    /// The refresh has succeeded, or is not needed any more.
    pub(super) fn succeeded(self) {
        self.live.flight.state().failures = 0;
    }

    /// It has failed and may be tried again after a rest: its own, or what the issuer asks for within reason. `random` is from
    /// 0 to 1 and takes off up to a half.
    pub(super) fn failed(self, uptime: Duration, asked_for: Option<Duration>, random: f64) {
        let mut state = self.live.flight.state();
        state.failures = state.failures.saturating_add(1);
        let rest = rest(state.failures, asked_for, random);
        state.rests_until = uptime.saturating_add(rest);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.live.flight.state().under_way = None;
    }
}

fn rest(failures: u32, asked_for: Option<Duration>, random: f64) -> Duration {
    let doubled = 2_u32.saturating_pow(failures.saturating_sub(1).min(16));
    let own = FIRST_REST.saturating_mul(doubled).min(LONGEST_REST);
    let own = own.mul_f64(1.0 - 0.5 * random.clamp(0.0, 1.0));
    own.max(asked_for.unwrap_or_default().min(LONGEST_QUIET))
}

#[cfg(test)]
mod tests {
    use super::{super::live::Registry, *};

    const NOW: Duration = Duration::from_secs(100);

    fn live() -> Arc<Live> {
        Registry::new().live([0; 16], 9000, 0)
    }

    fn start(live: &Arc<Live>, now: Duration) -> Option<Ticket> {
        match Flight::board(live, now) {
            Boarding::Start(ticket, _) => Some(ticket),
            Boarding::Join(_) | Boarding::Rest => None,
        }
    }

    #[tokio::test]
    async fn one_starts_the_others_join_and_all_are_told_of_the_end() {
        let live = live();
        let ticket = start(&live, NOW).unwrap();
        let mut joined = Vec::new();
        for _ in 0..10 {
            match Flight::board(&live, NOW) {
                Boarding::Join(landing) => joined.push(landing),
                Boarding::Start(..) | Boarding::Rest => panic!("joins"),
            }
        }
        ticket.succeeded();
        for mut landing in joined {
            assert!(landing.changed().await.is_err());
        }
        assert!(start(&live, NOW).is_some());
    }

    #[tokio::test]
    async fn a_refresh_that_is_dropped_half_way_leaves_nobody_waiting() {
        let live = live();
        let ticket = start(&live, NOW).unwrap();
        let Boarding::Join(mut landing) = Flight::board(&live, NOW) else {
            panic!("joins");
        };
        drop(ticket);
        assert!(landing.changed().await.is_err());
        assert!(!live.flight.is_under_way());
    }

    #[test]
    fn after_a_failure_there_is_a_rest_that_grows_and_a_success_ends_it() {
        let live = live();
        start(&live, NOW).unwrap().failed(NOW, None, 0.0);
        assert!(start(&live, NOW + Duration::from_millis(999)).is_none());
        let later = NOW + Duration::from_secs(1);
        start(&live, later).unwrap().failed(later, None, 0.0);
        assert!(start(&live, later + Duration::from_millis(1999)).is_none());
        let later = later + Duration::from_secs(2);
        start(&live, later).unwrap().succeeded();
        start(&live, later).unwrap().failed(later, None, 0.0);
        assert!(start(&live, later + Duration::from_secs(1)).is_some());
    }

    #[test]
    fn the_rest_is_bounded_jittered_and_no_shorter_than_the_issuer_asks_for_within_reason() {
        let seconds = Duration::from_secs;
        assert_eq!(rest(1, None, 0.0), seconds(1));
        assert_eq!(rest(1, None, 1.0), Duration::from_millis(500));
        assert_eq!(rest(40, None, 0.0), seconds(30));
        assert_eq!(rest(1, Some(seconds(20)), 0.0), seconds(20));
        assert_eq!(rest(1, Some(seconds(7200)), 0.0), seconds(120));
    }
}
