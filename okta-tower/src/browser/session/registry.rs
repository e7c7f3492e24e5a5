//! What this process knows of the sessions it has seen: newer generations, running refreshes, and
//! which sessions have ended. A sign-out is never forgotten, see [`EndedSessions`].

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use arc_swap::ArcSwapOption;

use super::{
    ended::EndedSessions,
    record::{Id, Recency, Record},
    refresh_slot::RefreshSlot,
};

/// How many sessions are known at once.
const CAPACITY: usize = 1 << 16;

/// How often outdated entries are removed, in seconds.
const TIDY_INTERVAL: i64 = 60;

/// What this process knows of one session.
pub(super) struct SessionState {
    /// Changes with everything that can change the result for a cookie of this session.
    epoch: AtomicU64,
    known: Mutex<Known>,
    /// The newest generation, if this process has made it and older cookies may still arrive.
    newest: ArcSwapOption<NewestGeneration>,
    pub(super) refresh: RefreshSlot,
    /// The absolute end of the session, in Unix seconds. The entry is not needed afterwards.
    ends_at: i64,
}

/// Locked between two awaits, never across one.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    /// The newest generation that was seen.
    generation: Recency,
    /// Signed out: no generation is accepted anymore.
    has_ended: bool,
    /// The provider renews neither this generation nor older ones.
    dead: Option<Recency>,
    /// The registry had no room left: later changes of the session do not reach this state.
    is_forgotten: bool,
}

/// A generation that this process has made.
pub(super) struct NewestGeneration {
    pub(super) record: Arc<Record>,
    /// The text of its cookie.
    pub(super) sealed: Box<str>,
    /// When it replaced the previous generation, in Unix seconds.
    pub(super) replaced_at: i64,
    /// Until when it is sent in response to older cookies, in Unix seconds.
    pub(super) wanted_until: i64,
}

/// How a generation relates to what is known of its session.
pub(super) enum GenerationStatus {
    Current,
    /// There is a newer generation: this one, if this process has made it.
    Outdated(Option<Arc<NewestGeneration>>),
    Ended,
}

impl Known {
    fn is_dead(&self, generation: Recency) -> bool {
        self.dead.is_some_and(|dead| generation <= dead)
    }
}

impl SessionState {
    fn new(ends_at: i64, has_ended: bool) -> Self {
        let known = Known {
            has_ended,
            ..Known::default()
        };
        Self {
            epoch: AtomicU64::new(0),
            known: Mutex::new(known),
            newest: ArcSwapOption::empty(),
            refresh: RefreshSlot::default(),
            ends_at,
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Nothing panics while it is held; if something did, the state would still be usable.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A result that was reached at this epoch holds until the epoch changes.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// Changes the state, and invalidates everything that was concluded from it.
    fn change<T>(&self, change: impl FnOnce(&mut Known) -> T) -> T {
        let mut known = self.known();
        let changed = change(&mut known);
        self.epoch.fetch_add(1, Ordering::AcqRel);
        changed
    }

    /// Notes that a generation exists. Returns its status and the epoch of that. Without an
    /// epoch, the status must not be cached.
    pub(super) fn status(&self, generation: Recency) -> (GenerationStatus, Option<u64>) {
        let mut known = self.known();
        if generation > known.generation && !known.has_ended {
            // Made by another process.
            known.generation = generation;
            self.epoch.fetch_add(1, Ordering::AcqRel);
        }
        let status = if known.has_ended || known.is_dead(generation) {
            GenerationStatus::Ended
        } else if generation < known.generation {
            let newest = self.newest();
            let is_newer = |newest: &Arc<NewestGeneration>| newest.record.recency() > generation;
            GenerationStatus::Outdated(newest.filter(is_newer))
        } else {
            GenerationStatus::Current
        };
        // Under the lock, so that nothing changes between the two.
        let epoch = self.epoch();
        (status, (!known.is_forgotten).then_some(epoch))
    }

    /// Returns the newest generation, if this process has made it.
    pub(super) fn newest(&self) -> Option<Arc<NewestGeneration>> {
        self.newest.load_full()
    }

    /// Returns the newest generation, if this process has made it after this one.
    pub(super) fn newer_than(&self, generation: Recency) -> Option<Arc<NewestGeneration>> {
        let newest = self.newest()?;
        let is_newer = newest.record.recency() > generation;
        (is_newer && !self.has_ended()).then_some(newest)
    }

    /// Whether this generation may be issued again.
    pub(super) fn is_current(&self, generation: Recency) -> bool {
        let known = self.known();
        !known.has_ended && generation >= known.generation && !known.is_dead(generation)
    }

    /// Whether the user has signed out.
    pub(super) fn has_ended(&self) -> bool {
        self.known().has_ended
    }

    /// Puts a new generation in place, unless the session has ended or a newer one is known.
    /// Returns whether it is in place.
    pub(super) fn install(&self, newest: NewestGeneration) -> bool {
        self.change(|known| {
            let generation = newest.record.recency();
            if known.has_ended || generation <= known.generation {
                return false;
            }
            known.generation = generation;
            self.newest.store(Some(Arc::new(newest)));
            true
        })
    }

    /// Signs out: no cookie of the session is accepted anymore. Returns what was the newest
    /// generation.
    fn end(&self) -> Option<Arc<NewestGeneration>> {
        self.change(|known| {
            known.has_ended = true;
            self.newest.swap(None)
        })
    }

    /// Ends a generation that the provider does not renew, and all before it.
    pub(super) fn end_generation(&self, generation: Recency) {
        self.change(|known| {
            known.dead = known.dead.max(Some(generation));
        });
    }

    /// Drops the newest generation once no older cookie can need it.
    fn tidy(&self, now: i64) {
        let is_unwanted = || {
            self.newest()
                .is_some_and(|newest| now >= newest.wanted_until)
        };
        if is_unwanted() {
            // Checked again under the lock: a refresh may have put a newer one in its place,
            // whose tokens are nowhere else.
            self.change(|_| is_unwanted().then(|| self.newest.swap(None)));
        }
    }

    /// The order in which a full registry forgets sessions: the highest rank last.
    fn rank(&self) -> u8 {
        let known = *self.known();
        if known.has_ended {
            // Remembered elsewhere.
            0
        } else if known.dead.is_some() {
            3
        } else if self.refresh.is_running() {
            2
        } else {
            u8::from(self.newest().is_some())
        }
    }
}

/// The known sessions by ID. Its lock is held for a look-up only, and only by requests whose
/// cookie is not in the cache.
pub(super) struct Registry {
    capacity: usize,
    states: Mutex<States>,
}

struct States {
    by_id: HashMap<Id, Arc<SessionState>>,
    ended: EndedSessions,
    /// When outdated entries were last removed, in Unix seconds.
    tidied_at: i64,
}

impl Registry {
    pub(super) fn new() -> Self {
        Self::with_capacity(CAPACITY)
    }

    fn with_capacity(capacity: usize) -> Self {
        Self {
            capacity,
            states: Mutex::new(States {
                by_id: HashMap::new(),
                ended: EndedSessions::new(),
                tidied_at: 0,
            }),
        }
    }

    fn states(&self) -> MutexGuard<'_, States> {
        // Nothing panics while it is held; if something did, the table would still be usable.
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns how many sessions are known.
    pub(super) fn len(&self) -> usize {
        self.states().by_id.len()
    }

    /// Returns the state of a record's session, which is known from now on.
    pub(super) fn state(&self, record: &Record, now: i64) -> Arc<SessionState> {
        self.states().state(record, now, self.capacity)
    }

    /// Signs out: this process accepts no cookie of a record's session anymore. Returns what was
    /// the newest generation.
    pub(super) fn end(&self, record: &Record, now: i64) -> Option<Arc<NewestGeneration>> {
        // One lock for all, so that the table cannot forget the state in between.
        let mut states = self.states();
        let (user, id, ends_at) = (record.user(), record.id, record.ends_at);
        let state = states.state(record, now, self.capacity);
        states.ended.insert(&user, id, ends_at, now);
        state.end()
    }
}

impl States {
    fn state(&mut self, record: &Record, now: i64, capacity: usize) -> Arc<SessionState> {
        let is_full = self.by_id.len() >= capacity;
        if is_full || now.saturating_sub(self.tidied_at) >= TIDY_INTERVAL {
            self.tidy(now, capacity);
        }
        if let Some(state) = self.by_id.get(&record.id) {
            return Arc::clone(state);
        }
        let (id, ends_at) = (record.id, record.ends_at);
        let has_ended = self.ended.contains(&record.user(), id, ends_at);
        let state = Arc::new(SessionState::new(ends_at, has_ended));
        self.by_id.insert(id, Arc::clone(&state));
        state
    }

    /// Removes sessions past their end. If that is not enough, removes those with the least to
    /// lose.
    fn tidy(&mut self, now: i64, capacity: usize) {
        self.tidied_at = now;
        self.ended.tidy(now);
        self.by_id.retain(|_, state| {
            state.tidy(now);
            now < state.ends_at
        });
        if self.by_id.len() < capacity {
            return;
        }
        // An eighth at once, so that a full table is not sorted for each new session. First those
        // of which nothing is known but that they exist; last those that the provider does not
        // renew.
        let mut all: Vec<(u8, i64, Id)> = (self.by_id.iter())
            .map(|(id, state)| (state.rank(), state.ends_at, *id))
            .collect();
        all.sort_unstable();
        for (_, _, id) in all.into_iter().take((capacity / 8).max(1)) {
            if let Some(state) = self.by_id.remove(&id) {
                // Cached results that rest on it become invalid.
                state.change(|known| known.is_forgotten = true);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::browser::session::{fixture, record::TokenRetention};

    const ID: Id = [1; 16];
    const RETENTION: TokenRetention = TokenRetention {
        access_token: true,
        id_token: true,
    };

    fn at(generation: u64) -> Recency {
        newest(generation).record.recency()
    }

    fn newest(generation: u64) -> NewestGeneration {
        let mut record = record(ID);
        record.generation = generation;
        NewestGeneration {
            record: Arc::new(record),
            sealed: "sealed".into(),
            replaced_at: 100,
            wanted_until: 200,
        }
    }

    /// A session that ends at 9000.
    fn record(id: Id) -> Record {
        Record::new(id, fixture::new_session(), RETENTION, 0, 9000)
    }

    fn state() -> (Registry, Arc<SessionState>) {
        let registry = Registry::new();
        let state = registry.state(&record(ID), 0);
        (registry, state)
    }

    fn status(state: &SessionState, generation: u64) -> GenerationStatus {
        state.status(at(generation)).0
    }

    fn is_current(state: &SessionState, generation: u64) -> bool {
        matches!(status(state, generation), GenerationStatus::Current)
    }

    fn is_ended(state: &SessionState, generation: u64) -> bool {
        matches!(status(state, generation), GenerationStatus::Ended)
    }

    #[test]
    fn older_generation_is_outdated_once_a_newer_is_installed() {
        let (_, state) = state();
        assert!(is_current(&state, 0));
        let before = state.epoch();
        assert!(state.install(newest(1)));
        assert_ne!(state.epoch(), before);
        assert!(matches!(
            status(&state, 0),
            GenerationStatus::Outdated(Some(_))
        ));
        assert!(is_current(&state, 1));
        // A slower refresh of the same generation does not take its place.
        assert!(!state.install(newest(1)));
    }

    #[test]
    fn generation_of_another_process_outdates_ours() {
        let (_, state) = state();
        assert!(is_current(&state, 5));
        assert!(matches!(
            status(&state, 4),
            GenerationStatus::Outdated(None)
        ));
        assert!(state.newer_than(at(4)).is_none());
    }

    #[test]
    fn local_changes_of_old_tokens_are_older_than_a_refresh() {
        let refreshed = record(ID).refreshed(fixture::refreshed(1), RETENTION, 50);
        // Another process has refreshed the session; this one changed its data twice, unaware.
        let (_, state) = state();
        assert!(state.install(newest(1)) && state.install(newest(2)));
        let (status, _) = state.status(refreshed.recency());
        assert!(matches!(status, GenerationStatus::Current));
        assert!(!state.is_current(at(2)) && !state.install(newest(3)));
        // That the provider does not renew the old tokens says nothing about the new ones.
        state.end_generation(at(2));
        assert!(is_ended(&state, 2) && state.is_current(refreshed.recency()));
    }

    #[test]
    fn signed_out_session_accepts_no_generation() {
        let (_, state) = state();
        state.install(newest(1));
        let before = state.epoch();
        assert!(state.end().is_some());
        assert_ne!(state.epoch(), before);
        for generation in [0, 1, 2] {
            assert!(is_ended(&state, generation));
        }
        assert!(!state.install(newest(2)));
        assert!(state.newer_than(at(0)).is_none());
    }

    #[test]
    fn generation_not_renewed_ends_no_newer_one() {
        let (_, state) = state();
        state.end_generation(at(3));
        assert!(is_ended(&state, 2));
        assert!(is_ended(&state, 3));
        assert!(is_current(&state, 4));
    }

    #[test]
    fn ended_session_is_known_until_its_absolute_end() {
        let (registry, state) = state();
        state.install(newest(1));
        registry.end(&record(ID), 0);
        assert!(is_ended(&registry.state(&record(ID), 8999), 1));
        assert!(!registry.state(&record(ID), 9060).has_ended());
    }

    #[test]
    fn successor_is_kept_while_older_cookies_may_arrive() {
        let (registry, state) = state();
        state.install(newest(1));
        registry.state(&record(ID), 199);
        assert!(state.newer_than(at(0)).is_some());
        registry.state(&record(ID), 300);
        assert!(state.newer_than(at(0)).is_none());
        assert!(matches!(
            status(&state, 0),
            GenerationStatus::Outdated(None)
        ));
    }

    #[test]
    fn full_registry_never_forgets_a_sign_out() {
        let registry = Registry::with_capacity(64);
        let id = |number: u8| [number; 16];
        for number in 0..32 {
            registry.end(&record(id(number)), 0);
        }
        let plain = registry.state(&record(id(32)), 0);
        let epoch = plain.epoch();
        for number in 33..200 {
            registry.state(&record(id(number)), 0);
        }
        assert!(registry.states().by_id.len() <= 64);
        for number in 0..32 {
            assert!(
                registry.state(&record(id(number)), 0).has_ended(),
                "{number}"
            );
        }
        // A forgotten session is examined again, and that result is not cached.
        assert_ne!(plain.epoch(), epoch);
        assert!(plain.status(at(0)).1.is_none());
        assert!(registry.state(&record(id(32)), 0).status(at(0)).1.is_some());
    }

    #[test]
    fn more_sign_outs_than_the_table_holds_all_stay_ended() {
        let registry = Registry::with_capacity(64);
        let session = |number: u16| {
            let mut record = record(ID);
            record.id[..2].copy_from_slice(&number.to_be_bytes());
            record.ends_at += i64::from(number);
            record
        };
        for number in 0..1000 {
            registry.end(&session(number), 0);
        }
        for number in 0..1000 {
            assert!(registry.state(&session(number), 0).has_ended(), "{number}");
        }
        // A session that began later, and one of another user.
        assert!(!registry.state(&session(1000), 0).has_ended());
        let mut other = session(1);
        other.id = [9; 16];
        other.claims = other.claims.replace("00u1", "00u2").into();
        assert!(!registry.state(&other, 0).has_ended());
    }

    #[test]
    fn sign_out_of_a_forgotten_session_holds() {
        let registry = Registry::with_capacity(8);
        let looked_up = registry.state(&record(ID), 0);
        for number in 10..100 {
            registry.state(&record([number; 16]), 0);
        }
        registry.end(&record(ID), 0);
        for number in 100..200 {
            registry.state(&record([number; 16]), 0);
        }
        assert!(registry.state(&record(ID), 0).has_ended());
        // Nothing that rests on the forgotten state is cached.
        assert!(looked_up.status(at(0)).1.is_none());
    }
}
