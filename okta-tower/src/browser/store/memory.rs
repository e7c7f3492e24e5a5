//! Sessions in this process's memory: gone when it ends.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use super::{
    Owner, SessionKey, SessionStore, StoreError, StoreErrorKind, StoreFuture, StoredSession,
    stored::whole_milliseconds,
};
use crate::base::clock::{Clock, SystemClock};

/// How many sessions a [`MemoryStore`] holds at once, unless [`capacity`](MemoryStore::capacity) says otherwise.
const CAPACITY: usize = 10_000;

/// A store in this process's memory, for development and tests: a restart signs everybody out, and a second process knows
/// nothing of the first one's sessions.
///
/// It holds 10,000 sessions unless told otherwise. When it is full, sessions whose end has come make room; if there are none,
/// a new sign-in is refused with [`StoreErrorKind::Full`]. Nobody who is signed in is signed out for somebody who comes later:
/// a flood of sign-ins would end everybody's session.
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
/// let session = |data: &[u8], version| StoredSession::new(data.into(), version, owner.clone(), tomorrow);
///
/// store.create(&key, session(b"sealed", 1)).await?;
/// assert!(store.save(&key, 1, session(b"sealed anew", 2)).await?);
/// assert!(!store.save(&key, 1, session(b"from a slower refresh", 2)).await?);
///
/// store.delete_user(&owner).await?; // signed out, everywhere
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
    sessions: HashMap<SessionKey, StoredSession>,
    locks: HashMap<SessionKey, Lock>,
}

struct Lock {
    token: Box<str>,
    /// By the clock's uptime, so that a wall clock that is set does not give a lock away.
    ends_at: Duration,
}

impl MemoryStore {
    /// An empty store by the machine's clock.
    #[must_use]
    pub fn new() -> Self {
        Self {
            capacity: CAPACITY,
            clock: Arc::new(SystemClock::new()),
            kept: Mutex::default(),
        }
    }

    /// How many sessions it holds at once. Default: 10,000.
    #[must_use]
    pub fn capacity(mut self, sessions: usize) -> Self {
        self.capacity = sessions;
        self
    }

    /// The clock by which sessions and locks end. Default: the machine's.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// What is kept. No code of others runs while it is held, so a poisoned lock has nothing half done in it.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Deletes the sessions that `is_meant` names. How many of them had not ended.
    fn delete_where(&self, is_meant: impl Fn(&StoredSession) -> bool) -> u64 {
        let now = self.clock.now();
        let mut deleted = 0;
        self.kept().sessions.retain(|_, session| {
            let is_meant = is_meant(session);
            deleted += u64::from(is_meant && is_live(session, now));
            !is_meant
        });
        deleted
    }
}

fn is_live(session: &StoredSession, now: SystemTime) -> bool {
    now < session.ends_at
}

impl Kept {
    fn create(
        &mut self,
        key: &SessionKey,
        mut session: StoredSession,
        capacity: usize,
        now: SystemTime,
    ) -> Result<(), StoreError> {
        if self.sessions.get(key).is_some_and(|old| is_live(old, now)) {
            let taken = "there is a session by this key already";
            return Err(StoreError::new(StoreErrorKind::Unusable, taken));
        }
        if self.sessions.len() >= capacity {
            self.sessions.retain(|_, session| is_live(session, now));
        }
        if self.sessions.len() >= capacity {
            let full = format!("{capacity} sessions are as many as this memory store holds");
            return Err(StoreError::new(StoreErrorKind::Full, full));
        }
        session.ends_at = whole_milliseconds(session.ends_at);
        self.sessions.insert(key.clone(), session);
        Ok(())
    }

    fn save(
        &mut self,
        key: &SessionKey,
        expected: u64,
        session: StoredSession,
        now: SystemTime,
    ) -> bool {
        let Some(kept) = self.sessions.get_mut(key) else {
            return false;
        };
        if kept.version != expected || !is_live(kept, now) {
            return false;
        }
        kept.data = session.data;
        kept.version = session.version;
        kept.ends_at = whole_milliseconds(session.ends_at);
        true
    }

    fn lock(
        &mut self,
        key: &SessionKey,
        lock: Lock,
        capacity: usize,
        uptime: Duration,
    ) -> Result<bool, StoreError> {
        if self
            .locks
            .get(key)
            .is_some_and(|held| uptime < held.ends_at)
        {
            return Ok(false);
        }
        if self.locks.len() >= capacity {
            self.locks.retain(|_, held| uptime < held.ends_at);
        }
        if self.locks.len() >= capacity {
            let full = format!("{capacity} locks are as many as this memory store holds");
            return Err(StoreError::new(StoreErrorKind::Full, full));
        }
        self.locks.insert(key.clone(), lock);
        Ok(true)
    }
}

impl SessionStore for MemoryStore {
    fn create<'a>(&'a self, key: &'a SessionKey, session: StoredSession) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            let now = self.clock.now();
            self.kept().create(key, session, self.capacity, now)
        })
    }

    fn load<'a>(&'a self, key: &'a SessionKey) -> StoreFuture<'a, Option<StoredSession>> {
        Box::pin(async move {
            let now = self.clock.now();
            let kept = self.kept();
            let session = kept.sessions.get(key).filter(|kept| is_live(kept, now));
            Ok(session.cloned())
        })
    }

    fn save<'a>(
        &'a self,
        key: &'a SessionKey,
        expected: u64,
        session: StoredSession,
    ) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            let now = self.clock.now();
            Ok(self.kept().save(key, expected, session, now))
        })
    }

    fn delete<'a>(&'a self, key: &'a SessionKey) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            let now = self.clock.now();
            let session = self.kept().sessions.remove(key);
            Ok(session.is_some_and(|kept| is_live(&kept, now)))
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

    fn lock<'a>(
        &'a self,
        key: &'a SessionKey,
        token: &'a str,
        ttl: Duration,
    ) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            let uptime = self.clock.uptime();
            let lock = Lock {
                token: token.into(),
                ends_at: uptime.saturating_add(ttl),
            };
            self.kept().lock(key, lock, self.capacity, uptime)
        })
    }

    fn unlock<'a>(&'a self, key: &'a SessionKey, token: &'a str) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            let mut kept = self.kept();
            if kept
                .locks
                .get(key)
                .is_some_and(|held| *held.token == *token)
            {
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
