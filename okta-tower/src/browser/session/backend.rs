//! Where sessions are kept: the trait that [`Sealed`](super::sealed::Sealed) cookies and
//! [`Stored`](super::stored::Stored) sessions implement.

use std::sync::{Arc, Weak};

use http::HeaderValue;
use serde_json::Value;

use super::{
    record::{Recency, Record},
    registry::SessionState,
    stage::Stage,
};
use crate::{
    base::secret::Secret,
    browser::{
        cookies::Chunks,
        identity::BoxFuture,
        store::{Owner, SessionKey, StoreError, StoreFuture},
    },
    claims::Verified,
    error::SessionError,
};

/// Keeps sessions. [`identify`](super::identify) and [`refresh`](super::refresh) are the
/// algorithms, a backend provides the steps.
pub(super) trait Backend: Send + Sync {
    /// Opens the session of a cookie. `now` is in Unix seconds.
    fn open(&self, cookie: &Chunks<'_>, now: i64) -> Result<Opened, SessionError>;

    /// Returns an accepted session as it is now: unchanged or refreshed. An ended one is an error.
    fn reload(&self, session: Arc<SessionData>) -> BoxFuture<'_, Result<Loaded, SessionError>>;

    /// Keeps a new session, and returns the text of its cookie.
    fn create(&self, record: Record, owner: Owner) -> StoreFuture<'_, String>;

    /// Locks a session for its refresh. `None` if the session has changed, and needs no refresh
    /// anymore.
    fn lock(&self, session: Arc<SessionData>) -> StoreFuture<'_, Option<Lock>>;

    /// Replaces a locked session with its next generation.
    fn replace<'a>(&'a self, lock: &'a Lock, next: &'a Arc<Record>) -> StoreFuture<'a, Replaced>;

    /// Ends a locked session that the provider does not renew, unless another refresh has
    /// replaced the session meanwhile.
    fn discard<'a>(&'a self, lock: &'a Lock) -> StoreFuture<'a, ()>;

    /// Releases a lock.
    fn unlock<'a>(&'a self, _: &'a Lock) -> StoreFuture<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    /// Records the use of a session, if that is due and does not need its cookie.
    fn touch<'a>(&'a self, _: &'a SessionData) -> StoreFuture<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    /// Returns the `Set-Cookie` fields for the response to a request of this session, if its
    /// cookie changes.
    fn new_cookie(&self, _: &SessionData, _now: i64) -> Option<Vec<HeaderValue>> {
        None
    }

    /// Ends the session of a cookie.
    fn end(&self, cookie: String) -> BoxFuture<'_, EndedSession>;
}

/// What [`Backend::open`] finds.
pub(super) enum Opened {
    /// A session that serves, with nothing due.
    Ready(Verified),
    /// A session that must be loaded, or whose refresh is due.
    Wait(BoxFuture<'static, Result<Loaded, SessionError>>),
}

/// A session from a cookie or a store, and its caller.
#[derive(Clone)]
pub(super) struct Loaded {
    pub(super) caller: Verified,
    pub(super) data: Arc<SessionData>,
    pub(super) stage: Stage,
    /// The epoch of the state that all this rests on. `None`: not to be cached.
    pub(super) epoch: Option<u64>,
}

/// One session at one moment, attached to its [`Verified`] caller.
pub(super) struct SessionData {
    /// Weak, because the sessions keep these in their cache.
    pub(super) sessions: Weak<dyn Refresher>,
    pub(super) record: Arc<Record>,
    pub(super) state: Arc<SessionState>,
    pub(super) place: Place,
}

/// Changes sessions for their handles.
pub(super) trait Refresher: Send + Sync {
    /// Refreshes a session, whether that is due or not, and returns its caller.
    fn refresh_now(
        self: Arc<Self>,
        session: Arc<SessionData>,
    ) -> BoxFuture<'static, Result<Verified, SessionError>>;

    /// Replaces the application's own data in a session, and returns its caller.
    fn update_local(
        self: Arc<Self>,
        session: Arc<SessionData>,
        local: Value,
    ) -> BoxFuture<'static, Result<Verified, SessionError>>;
}

/// Where a session came from.
#[derive(PartialEq)]
pub(super) enum Place {
    Cookie {
        /// How many cookies the request's session came in.
        chunks: usize,
        /// The generation in the cookie, which may be older than that of the record.
        generation: Recency,
    },
    Store(StorePlace),
}

/// A session's entry in its store.
#[derive(PartialEq)]
pub(super) struct StorePlace {
    pub(super) key: SessionKey,
    pub(super) version: u64,
    pub(super) owner: Owner,
}

/// The lock of a session, and the session as it is under the lock.
pub(super) struct Lock {
    pub(super) session: Arc<SessionData>,
    /// What a store identifies the holder by.
    pub(super) token: String,
}

/// The outcome for the next generation of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Replaced {
    /// The session is refreshed, by this refresh or another one.
    Done,
    /// The user signed out meanwhile.
    Ended,
    /// The next generation does not fit into cookies.
    TooLarge,
}

/// What remains to be done about a session that has ended.
#[derive(Default)]
pub(crate) struct EndedSession {
    /// The `Set-Cookie` fields that remove its cookie.
    pub(crate) set_cookies: Vec<HeaderValue>,
    /// To be revoked, if possible.
    pub(crate) refresh_token: Option<Secret>,
    /// For the sign-out at the provider.
    pub(crate) id_token: Option<Secret>,
    /// The store did not delete the session: its cookie stays usable until the session ends by
    /// itself.
    pub(crate) store_error: Option<StoreError>,
}

impl EndedSession {
    /// A session that has ended, with its tokens.
    pub(super) fn of(record: &Record) -> Self {
        Self {
            refresh_token: record.refresh_token.clone(),
            id_token: record.id_token.clone(),
            ..Self::default()
        }
    }
}
