//! Where sessions are kept: the trait that [`Sealed`](super::sealed::Sealed) cookies and
//! [`Stored`](super::stored::Stored) sessions implement.

use std::{
    fmt,
    sync::{Arc, Weak},
};

use super::{
    EndedSession, Sessions, create::CreateError, record::Record, registry::SessionState,
    stage::Stage,
};
use crate::{
    browser::{
        cookies::Parts,
        identity::BoxFuture,
        store::{Owner, SessionKey, StoreError},
    },
    claims::Verified,
    error::SessionError,
};

/// Keeps sessions. [`identify`](super::identify) and [`refresh`](super::refresh) hold the
/// algorithms; a backend holds the steps.
pub(super) trait Backend: fmt::Debug + Send + Sync {
    /// Opens the session of a cookie, as far as that is possible without waiting.
    fn open(&self, cookie: &Parts<'_>, now: i64) -> Result<Opened, SessionError>;

    /// Returns an accepted session as it is now: refreshed, unchanged or ended since.
    fn reload<'a>(
        &'a self,
        session: &'a SessionData,
    ) -> BoxFuture<'a, Result<Loaded, SessionError>>;

    /// Keeps a new session, and returns the text of its cookie.
    fn create<'a>(
        &'a self,
        record: &'a Record,
        caller: &'a Verified,
    ) -> BoxFuture<'a, Result<String, CreateError>>;

    /// Locks a session for its refresh, and returns it as it is then. `None`: the session needs
    /// no refresh anymore, because another one has replaced or ended it. `token` is new and
    /// random for each attempt.
    fn lock<'a>(
        &'a self,
        session: &'a Arc<SessionData>,
        token: &'a str,
    ) -> BoxFuture<'a, Result<Option<Arc<SessionData>>, StoreError>>;

    /// Replaces a locked session with its next generation.
    fn replace<'a>(
        &'a self,
        session: &'a SessionData,
        next: &'a Arc<Record>,
    ) -> BoxFuture<'a, Result<Replaced, StoreError>>;

    /// Ends a locked session that the provider does not renew, unless another refresh has
    /// replaced the session meanwhile.
    fn discard<'a>(&'a self, session: &'a SessionData) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Releases the lock of a session.
    fn unlock<'a>(&'a self, session: &'a SessionData, token: &'a str) -> BoxFuture<'a, ()>;

    /// Records the use of a session, if that is due and does not need its cookie.
    fn touch<'a>(&'a self, session: &'a SessionData) -> BoxFuture<'a, ()>;

    /// Ends the session of a cookie, given as its text.
    fn end<'a>(&'a self, cookie: &'a str) -> BoxFuture<'a, EndedSession>;

    /// Returns the cookie that the response to a request of this session sets, if one is due,
    /// and the number of cookies that the browser has of the session.
    fn new_cookie(&self, session: &SessionData, now: i64) -> Option<NewCookie>;
}

/// What [`Backend::open`] finds.
pub(super) enum Opened {
    /// A session that serves, with nothing due.
    Ready(Verified),
    /// A session whose refresh is due.
    Due(Loaded),
    /// A session that must be loaded.
    Load(BoxFuture<'static, Result<Loaded, SessionError>>),
}

/// A session that a cookie or a store contains, and its caller.
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
    pub(super) sessions: Weak<Sessions>,
    pub(super) record: Arc<Record>,
    pub(super) state: Arc<SessionState>,
    pub(super) place: Place,
}

/// Where a session came from.
#[derive(PartialEq)]
pub(super) enum Place {
    Cookie {
        /// How many cookies the request's session came in.
        chunks: usize,
        /// Whether the request's cookie is older than this generation.
        is_outdated: bool,
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

/// What became of the next generation of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Replaced {
    /// The session is refreshed, by this refresh or another one.
    Done,
    /// The user signed out meanwhile.
    Ended,
    /// The next generation does not fit into cookies.
    TooLarge,
}

/// A session's cookie, to be written.
pub(super) struct NewCookie {
    pub(super) text: String,
    /// When it ends, in Unix seconds.
    pub(super) ends_at: i64,
    /// How many cookies the browser has of the session.
    pub(super) chunks: usize,
}
