//! A store in the memory of one process.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use super::{
    error::{StoreError, StoreErrorKind},
    session_store::{SessionStore, StoreFuture},
    stored::{Owner, SessionKey, StoredSession, whole_milliseconds},
};
use crate::base::clock::{Clock, SystemClock};

/// The default [`capacity`](MemoryStore::capacity) of a [`MemoryStore`].
const CAPACITY: usize = 10_000;

/// A store in the memory of one process, for development and tests. A restart signs all users out,
/// and another process does not see the sessions.
///
/// The default capacity is 10,000 sessions. A full store removes expired sessions. If there are
/// none, it rejects a new session with [`StoreErrorKind::Full`]: a flood of sign-ins must not end
/// other users' sessions.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use okta_tower::store::{MemoryStore, Owner, SessionKey, SessionStore, StoredSession};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), okta_tower::store::StoreError> {
/// let store = MemoryStore::new();
/// let key = SessionKey::new("the hash of an id");
/// let owner = Owner::new("https://example.okta.com/oauth2/default", "00u1");
/// let tomorrow = SystemTime::now() + Duration::from_secs(86_400);
/// let session =
///     |data: &[u8], version| StoredSession::new(data.into(), version, owner.clone(), tomorrow);
///
/// store.create(&key, session(b"sealed", 1)).await?;
/// assert!(store.save(&key, 1, session(b"sealed anew", 2)).await?);
/// assert!(!store.save(&key, 1, session(b"from a slower refresh", 2)).await?);
///
/// store.delete_user(&owner).await?; // signs out of all sessions
/// assert!(!store.save(&key, 2, session(b"too late", 3)).await?);
/// assert!(store.load(&key).await?.is_none());
/// # Ok(()) }
/// ```
pub struct MemoryStore {
    capacity: usize,
    clock: Arc<dyn Clock>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    sessions: HashMap<SessionKey, Entry>,
    locks: HashMap<SessionKey, Lock>,
    /// How many sessions were created so far.
    created: u64,
}

struct Entry {
    session: StoredSession,
    /// Tells which of two sessions that expire at once is older.
    number: u64,
}

struct Lock {
    token: Box<str>,
    /// In uptime: setting the wall clock must not release a lock.
    ends_at: Duration,
}

impl MemoryStore {
    /// Creates an empty store with the system clock.
    #[must_use]
    pub fn new() -> Self {
        Self {
            capacity: CAPACITY,
            clock: Arc::new(SystemClock::new()),
            kept: Mutex::default(),
        }
    }

    /// Sets the maximum number of sessions. Default: 10,000.
    #[must_use]
    pub fn capacity(mut self, sessions: usize) -> Self {
        self.capacity = sessions;
        self
    }

    /// Sets the clock for the expiry of sessions and locks. Default: the system clock.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Locks the content. A poisoned lock is usable: no foreign code runs while it is held.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Deletes the matching sessions. Returns how many of them were not expired.
    fn delete_where(&self, matches: impl Fn(&StoredSession) -> bool) -> u64 {
        let now = self.clock.now();
        let mut deleted = 0;
        self.kept().sessions.retain(|_, Entry { session, .. }| {
            let is_match = matches(session);
            deleted += u64::from(is_match && is_live(session, now));
            !is_match
        });
        deleted
    }
}

fn is_live(session: &StoredSession, now: SystemTime) -> bool {
    now < session.ends_at
}

/// Removes expired entries from a full map. Fails if the map is still full.
fn make_room<T>(
    map: &mut HashMap<SessionKey, T>,
    capacity: usize,
    is_live: impl Fn(&T) -> bool,
) -> Result<(), StoreError> {
    if map.len() >= capacity {
        map.retain(|_, entry| is_live(entry));
    }
    if map.len() >= capacity {
        let full = format!("the memory store holds at most {capacity} entries");
        return Err(StoreError::new(StoreErrorKind::Full, full));
    }
    Ok(())
}

impl SessionStore for MemoryStore {
    fn create<'a>(&'a self, key: &'a SessionKey, new: StoredSession) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            let now = self.clock.now();
            let is_live = |kept: &Entry| is_live(&kept.session, now);
            let kept = &mut *self.kept();
            let sessions = &mut kept.sessions;
            if sessions.get(key).is_some_and(is_live) {
                let in_use = "the session key is in use";
                return Err(StoreError::new(StoreErrorKind::Unusable, in_use));
            }
            make_room(sessions, self.capacity, is_live)?;
            kept.created += 1;
            let ends_at = whole_milliseconds(new.ends_at);
            let entry = Entry {
                session: StoredSession { ends_at, ..new },
                number: kept.created,
            };
            sessions.insert(key.clone(), entry);
            Ok(())
        })
    }

    fn load<'a>(&'a self, key: &'a SessionKey) -> StoreFuture<'a, Option<StoredSession>> {
        Box::pin(async move {
            let now = self.clock.now();
            let kept = self.kept();
            let session = kept.sessions.get(key).map(|kept| &kept.session);
            Ok(session.filter(|session| is_live(session, now)).cloned())
        })
    }

    fn save<'a>(
        &'a self,
        key: &'a SessionKey,
        expected: u64,
        new: StoredSession,
    ) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            let now = self.clock.now();
            let is_expected = |kept: &StoredSession| kept.version == expected && is_live(kept, now);
            let mut kept = self.kept();
            match kept.sessions.get_mut(key).map(|kept| &mut kept.session) {
                Some(kept) if is_expected(kept) => {
                    kept.data = new.data;
                    kept.version = new.version;
                    kept.ends_at = whole_milliseconds(new.ends_at);
                    Ok(true)
                }
                _ => Ok(false),
            }
        })
    }

    fn delete<'a>(&'a self, key: &'a SessionKey) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            let now = self.clock.now();
            let session = self.kept().sessions.remove(key);
            Ok(session.is_some_and(|kept| is_live(&kept.session, now)))
        })
    }

    fn delete_user<'a>(&'a self, owner: &'a Owner) -> StoreFuture<'a, u64> {
        Box::pin(async move { Ok(self.delete_where(|session| session.owner == *owner)) })
    }

    fn delete_sid<'a>(&'a self, issuer: &'a str, sid: &'a str) -> StoreFuture<'a, u64> {
        Box::pin(async move {
            Ok(self.delete_where(|session| {
                *session.owner.issuer == *issuer && session.sid.as_deref() == Some(sid)
            }))
        })
    }

    fn limit_user<'a>(
        &'a self,
        owner: &'a Owner,
        most: usize,
        newest: &'a SessionKey,
    ) -> StoreFuture<'a, u64> {
        Box::pin(async move {
            let sessions = &mut self.kept().sessions;
            let mut others: Vec<_> = (sessions.iter())
                .filter(|(key, kept)| kept.session.owner == *owner && *key != newest)
                .map(|(key, kept)| (kept.session.ends_at, kept.number, key.clone()))
                .collect();
            others.sort_unstable_by_key(|(ends_at, number, _)| (*ends_at, *number));
            let excess = (others.len() + 1).saturating_sub(most.max(1));
            for (.., key) in others.drain(..excess) {
                sessions.remove(&key);
            }
            Ok(excess as u64)
        })
    }

    fn lock<'a>(
        &'a self,
        key: &'a SessionKey,
        token: &'a str,
        ttl: Duration,
    ) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            let uptime = self.clock.uptime();
            let is_held = |lock: &Lock| uptime < lock.ends_at;
            let locks = &mut self.kept().locks;
            if locks.get(key).is_some_and(is_held) {
                return Ok(false);
            }
            make_room(locks, self.capacity, is_held)?;
            let lock = Lock {
                token: token.into(),
                ends_at: uptime.saturating_add(ttl),
            };
            locks.insert(key.clone(), lock);
            Ok(true)
        })
    }

    fn unlock<'a>(&'a self, key: &'a SessionKey, token: &'a str) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            let mut kept = self.kept();
            if (kept.locks.get(key)).is_some_and(|held| *held.token == *token) {
                kept.locks.remove(key);
            }
            Ok(())
        })
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field("sessions", &self.kept().sessions.len())
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}
