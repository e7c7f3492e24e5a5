//! What this process knows of the sessions that it has seen: newer generations, refreshes under way, and which have ended.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use arc_swap::ArcSwapOption;

use super::{
    flight::Flight,
    record::{Id, Record},
};
use crate::claims::Verified;

/// How many sessions are known at once.
const CAPACITY: usize = 1 << 16;

/// One session.
pub(super) struct Live {
    /// Changes with everything that may change the verdict on a cookie of this session.
    epoch: AtomicU64,
    state: Mutex<State>,
    /// The newest generation, where this process has made it and somebody may still come with an older one.
    newest: ArcSwapOption<Newest>,
    /// Whether there is one. Mostly there is not, and to read this costs nothing.
    has_newest: AtomicBool,
    pub(super) flight: Flight,
    /// The session's absolute end. After it nobody need know of it.
    ends_at: i64,
}

/// Read and written between two awaits, never across one.
#[derive(Clone, Copy, Debug, Default)]
struct State {
    /// The newest generation that was seen.
    generation: u64,
    /// Signed out: no generation serves any more.
    has_ended: bool,
    /// The issuer has refused to renew generations below this one.
    dead_below: u64,
    /// The table has no room for it any more: what is done to the session will not be done to this.
    is_forgotten: bool,
}

/// A generation that this process has made.
pub(super) struct Newest {
    pub(super) held: Arc<Held>,
    pub(super) verified: Verified,
    /// The text of its cookie.
    pub(super) sealed: Box<str>,
    /// When it replaced the one before, in Unix seconds.
    pub(super) replaced_at: i64,
    /// Until when older cookies are answered with it.
    pub(super) wanted_until: i64,
}

/// A session as one cookie, or one load from a store, tells of it.
pub(super) struct Held {
    pub(super) record: Record,
    pub(super) live: Arc<Live>,
}

/// How a generation stands to what is known of its session.
pub(super) enum Standing {
    Current,
    /// There is a newer one.
    Outdated(Option<Arc<Newest>>),
    Ended,
}

impl Live {
    fn new(ends_at: i64) -> Self {
        Self {
            epoch: AtomicU64::new(0),
            state: Mutex::default(),
            newest: ArcSwapOption::empty(),
            has_newest: AtomicBool::new(false),
            flight: Flight::default(),
            ends_at,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held; if something did, the state would still be usable.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A verdict that was reached at this epoch stands as long as it does not change.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// Changes the state, and whatever was concluded from it is void.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state();
        let changed = change(&mut state);
        self.epoch.fetch_add(1, Ordering::AcqRel);
        changed
    }

    /// Notes that this generation exists, and says how it stands, and as of which epoch. Without an epoch, the answer is not to
    /// be kept.
    pub(super) fn standing(&self, generation: u64) -> (Standing, Option<u64>) {
        let mut state = self.state();
        if generation > state.generation && !state.has_ended {
            // Made by another process.
            state.generation = generation;
            self.epoch.fetch_add(1, Ordering::AcqRel);
        }
        let standing = if state.has_ended || generation < state.dead_below {
            Standing::Ended
        } else if generation < state.generation {
            let newest = self.newest();
            Standing::Outdated(newest.filter(|it| it.held.record.generation > generation))
        } else {
            Standing::Current
        };
        // Under the lock, so that nothing changes between the two.
        let epoch = self.epoch();
        (standing, (!state.is_forgotten).then_some(epoch))
    }

    /// The newest generation, where this process has made it.
    #[inline]
    pub(super) fn newest(&self) -> Option<Arc<Newest>> {
        if !self.has_newest.load(Ordering::Acquire) {
            return None;
        }
        self.newest.load_full()
    }

    /// Under the lock.
    fn replace_newest(&self, newest: Option<Newest>) -> Option<Arc<Newest>> {
        let is_there = newest.is_some();
        let before = self.newest.swap(newest.map(Arc::new));
        self.has_newest.store(is_there, Ordering::Release);
        before
    }

    /// The newest generation that this process has made, where it is newer than this one.
    pub(super) fn newer_than(&self, generation: u64) -> Option<Arc<Newest>> {
        let newest = self.newest()?;
        let is_newer = newest.held.record.generation > generation;
        (is_newer && !self.state().has_ended).then_some(newest)
    }

    /// Whether this generation may be handed out anew.
    pub(super) fn is_current(&self, generation: u64) -> bool {
        let state = self.state();
        !state.has_ended && generation >= state.generation && generation >= state.dead_below
    }

    /// Whether somebody has signed out.
    pub(super) fn has_ended(&self) -> bool {
        self.state().has_ended
    }

    /// Puts a new generation in place, unless the session has ended meanwhile. Whether it is in place.
    pub(super) fn install(&self, newest: Newest) -> bool {
        self.change(|state| {
            let generation = newest.held.record.generation;
            if state.has_ended || generation <= state.generation {
                return false;
            }
            state.generation = generation;
            self.replace_newest(Some(newest));
            true
        })
    }

    /// Signs out: no cookie of this session serves any more in this process. What was the newest is given back.
    pub(super) fn end(&self) -> Option<Arc<Newest>> {
        self.change(|state| {
            state.has_ended = true;
            self.replace_newest(None)
        })
    }

    /// The issuer does not renew this generation, nor any before it.
    pub(super) fn end_generation(&self, generation: u64) {
        self.change(|state| {
            state.dead_below = state.dead_below.max(generation.saturating_add(1));
        });
    }

    /// Drops what nobody will ask for any more.
    fn tidy(&self, now: i64) {
        let is_wanted = |newest: &Arc<Newest>| now < newest.wanted_until;
        let is_unwanted = || self.newest().is_some_and(|it| !is_wanted(&it));
        if is_unwanted() {
            // Asked again under the lock: a refresh may have put a newer one in its place, and its tokens are nowhere else.
            self.change(|_| is_unwanted().then(|| self.replace_newest(None)));
        }
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").finish_non_exhaustive()
    }
}

/// The sessions that are known, found by their number. A lock is held for a look-up and no longer, and only by requests whose
/// cookie is not in the cache.
pub(super) struct Registry {
    capacity: usize,
    lives: Mutex<Lives>,
}

#[derive(Default)]
struct Lives {
    by_id: HashMap<Id, Arc<Live>>,
    /// When old things were last thrown away, in Unix seconds.
    tidied_at: i64,
}

/// How often old things are thrown away, in seconds.
const TIDY_EVERY: i64 = 60;

impl Registry {
    pub(super) fn new() -> Self {
        Self::with_capacity(CAPACITY)
    }

    fn with_capacity(capacity: usize) -> Self {
        Self {
            capacity,
            lives: Mutex::default(),
        }
    }

    /// What is known of a session, from now on at the latest.
    pub(super) fn live(&self, id: Id, ends_at: i64, now: i64) -> Arc<Live> {
        let mut lives = self.lives.lock().unwrap_or_else(PoisonError::into_inner);
        if now.saturating_sub(lives.tidied_at) >= TIDY_EVERY || lives.by_id.len() >= self.capacity {
            lives.tidy(now, self.capacity);
        }
        let live = lives
            .by_id
            .entry(id)
            .or_insert_with(|| Arc::new(Live::new(ends_at)));
        Arc::clone(live)
    }
}

impl Lives {
    /// Throws away what is over; where that is not enough, what can best be missed.
    fn tidy(&mut self, now: i64, capacity: usize) {
        self.tidied_at = now;
        self.by_id.retain(|_, live| {
            live.tidy(now);
            now < live.ends_at
        });
        if self.by_id.len() < capacity {
            return;
        }
        // An eighth at once, so that a full table is not gone through for each newcomer. First those of which nothing is known
        // but that they exist; last those that have ended, which is what must not be forgotten.
        let mut all: Vec<(u8, i64, Id)> = (self.by_id.iter())
            .map(|(id, live)| (live.rank(), live.ends_at, *id))
            .collect();
        all.sort_unstable();
        for (_, _, id) in all.into_iter().take((capacity / 8).max(1)) {
            if let Some(live) = self.by_id.remove(&id) {
                // Verdicts that rest on it are void: the next request is judged by what is known then.
                live.change(|state| state.is_forgotten = true);
            }
        }
    }
}

impl Live {
    /// How badly it would be missed.
    fn rank(&self) -> u8 {
        let state = *self.state();
        if state.has_ended || state.dead_below > 0 {
            3
        } else if self.flight.is_under_way() {
            2
        } else {
            u8::from(self.newest().is_some())
        }
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::browser::session::{fixture, record::Keeps};

    const ID: Id = [1; 16];
    const KEEPS: Keeps = Keeps {
        access_token: true,
        id_token: true,
    };

    fn newest(live: &Arc<Live>, generation: u64) -> Newest {
        let mut record = Record::new(ID, fixture::new_session(), KEEPS, 0, 9000);
        record.generation = generation;
        Newest {
            held: Arc::new(Held {
                record,
                live: Arc::clone(live),
            }),
            verified: Verified::for_test(r#"{"sub":"ada"}"#),
            sealed: "sealed".into(),
            replaced_at: 100,
            wanted_until: 200,
        }
    }

    fn live() -> (Registry, Arc<Live>) {
        let registry = Registry::new();
        let live = registry.live(ID, 9000, 0);
        (registry, live)
    }

    fn is_current(live: &Live, generation: u64) -> bool {
        matches!(live.standing(generation).0, Standing::Current)
    }

    #[test]
    fn an_older_generation_is_outdated_from_the_moment_that_a_newer_one_is_in_place() {
        let (_, live) = live();
        assert!(is_current(&live, 0));
        let before = live.epoch();
        assert!(live.install(newest(&live, 1)));
        assert_ne!(live.epoch(), before);
        assert!(matches!(live.standing(0).0, Standing::Outdated(Some(_))));
        assert!(is_current(&live, 1));
        // A slower refresh of the same generation does not take its place.
        assert!(!live.install(newest(&live, 1)));
    }

    #[test]
    fn a_generation_of_another_process_outdates_ours_without_being_known() {
        let (_, live) = live();
        assert!(is_current(&live, 5));
        assert!(matches!(live.standing(4).0, Standing::Outdated(None)));
        assert!(live.newer_than(4).is_none());
    }

    #[test]
    fn after_a_sign_out_no_generation_serves_and_none_can_be_put_in_place() {
        let (_, live) = live();
        live.install(newest(&live, 1));
        let before = live.epoch();
        assert!(live.end().is_some());
        assert_ne!(live.epoch(), before);
        for generation in [0, 1, 2] {
            assert!(matches!(live.standing(generation).0, Standing::Ended));
        }
        assert!(!live.install(newest(&live, 2)));
        assert!(live.newer_than(0).is_none());
    }

    #[test]
    fn a_generation_that_the_issuer_does_not_renew_takes_no_newer_one_with_it() {
        let (_, live) = live();
        live.end_generation(3);
        assert!(matches!(live.standing(2).0, Standing::Ended));
        assert!(matches!(live.standing(3).0, Standing::Ended));
        assert!(is_current(&live, 4));
    }

    #[test]
    fn what_is_over_is_forgotten_and_what_has_ended_is_known_to_its_end() {
        let (registry, live) = live();
        live.install(newest(&live, 1));
        live.end();
        assert!(matches!(
            registry.live(ID, 9000, 8999).standing(1).0,
            Standing::Ended
        ));
        assert!(!registry.live(ID, 9000, 9060).has_ended());
    }

    #[test]
    fn a_successor_is_kept_only_as_long_as_older_cookies_may_ask_for_it() {
        let (registry, live) = live();
        live.install(newest(&live, 1));
        registry.live(ID, 9000, 199);
        assert!(live.newer_than(0).is_some());
        registry.live(ID, 9000, 300);
        assert!(live.newer_than(0).is_none());
        assert!(matches!(live.standing(0).0, Standing::Outdated(None)));
    }

    #[test]
    fn a_full_table_forgets_sign_outs_last() {
        let registry = Registry::with_capacity(64);
        let id = |number: u8| [number; 16];
        for number in 0..32 {
            registry.live(id(number), 9000, 0).end();
        }
        let plain = registry.live(id(32), 9000, 0);
        let epoch = plain.epoch();
        for number in 33..150 {
            registry.live(id(number), 9000, 0);
        }
        assert!(registry.lives.lock().unwrap().by_id.len() <= 64);
        for number in 0..32 {
            assert!(registry.live(id(number), 9000, 0).has_ended(), "{number}");
        }
        // Who was forgotten is judged anew, and no such judgement is kept.
        assert_ne!(plain.epoch(), epoch);
        assert!(plain.standing(0).1.is_none());
        assert!(registry.live(id(32), 9000, 0).standing(0).1.is_some());
    }
}
