//! Where sessions are kept when they are not sealed into the browser's own cookie. Feature `sign-in`.
//!
//! A [`SessionStore`] is a map from a key to a sealed value with an end, plus deletion by user, and a short lock. It never
//! sees a session id (the key is its hash) nor what a session holds (the value is sealed).
//!
//! [`MemoryStore`] is for development and tests. For anything else, an engine that outlives a process: `RedisStore` (feature
//! `redis`), or your own.

use std::{
    error::Error, fmt, future::Future, pin::Pin, sync::Arc, time::Duration, time::SystemTime,
};

/// The future of one operation of a store.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Keeps sessions on a server.
///
/// Every operation is one bounded step: whoever implements it gives it a time-out. `key` is the hash of a session's id, safe to
/// index and to look at; `StoredSession::data` is opaque and sealed.
pub trait SessionStore: Send + Sync + 'static {
    /// Puts a new session. A key that is there already is an error of the store: keys are random.
    fn create<'a>(&'a self, key: &'a SessionKey, session: StoredSession) -> StoreFuture<'a, ()>;

    /// The session, unless it is not there or past its end.
    fn load<'a>(&'a self, key: &'a SessionKey) -> StoreFuture<'a, Option<StoredSession>>;

    /// Replaces a session that is still there and whose version is still `expected`. It never creates one: a refresh that
    /// ends after a sign-out must not bring the session back. Whether it was replaced.
    fn save<'a>(
        &'a self,
        key: &'a SessionKey,
        expected: u64,
        session: StoredSession,
    ) -> StoreFuture<'a, bool>;

    /// Deletes a session. Whether there was one.
    fn delete<'a>(&'a self, key: &'a SessionKey) -> StoreFuture<'a, bool>;

    /// Deletes every session of one person. How many there were.
    fn delete_user<'a>(&'a self, owner: &'a Owner) -> StoreFuture<'a, u64>;

    /// Deletes every session with this `sid` (the identity provider's own session). How many there were.
    fn delete_sid<'a>(&'a self, issuer: &'a str, sid: &'a str) -> StoreFuture<'a, u64>;

    /// Takes the lock of a session for at most `ttl`, if it is free. `token` is the holder's, to give it back with.
    fn lock<'a>(
        &'a self,
        key: &'a SessionKey,
        token: &'a str,
        ttl: Duration,
    ) -> StoreFuture<'a, bool>;

    /// Gives a lock back, if this token still holds it.
    fn unlock<'a>(&'a self, key: &'a SessionKey, token: &'a str) -> StoreFuture<'a, ()>;
}

/// A session's name in a store: the SHA-256 of its id, in base64url.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SessionKey(Box<str>);

impl SessionKey {
    /// A key by its text, for stores that read it back and for tests.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// 43 characters of base64url.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whose session it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Owner {
    /// The issuer as configured.
    pub issuer: Box<str>,
    /// Okta's stable id of the person.
    pub user_id: Box<str>,
}

impl Owner {
    /// The owner by issuer and user id.
    #[must_use]
    pub fn new(issuer: &str, user_id: &str) -> Self {
        Self {
            issuer: issuer.into(),
            user_id: user_id.into(),
        }
    }
}

/// A session as a store keeps it.
#[derive(Clone)]
#[non_exhaustive]
pub struct StoredSession {
    /// What it holds, sealed. Opaque to the store.
    pub data: Vec<u8>,
    /// Grows by one with every change of it.
    pub version: u64,
    /// Whose it is, for deletion by user.
    pub owner: Owner,
    /// The identity provider's id of its own session, where it tells one.
    pub sid: Option<Box<str>>,
    /// When it ends, unless it is saved with a later end before.
    pub ends_at: SystemTime,
}

impl StoredSession {
    /// A session to be kept.
    #[must_use]
    pub fn new(data: Vec<u8>, version: u64, owner: Owner, ends_at: SystemTime) -> Self {
        Self {
            data,
            version,
            owner,
            sid: None,
            ends_at,
        }
    }

    /// With the identity provider's own session id.
    #[must_use]
    pub fn with_sid(mut self, sid: Option<&str>) -> Self {
        self.sid = sid.map(Into::into);
        self
    }
}

/// Prints nothing of the session.
impl fmt::Debug for StoredSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredSession")
            .field("bytes", &self.data.len())
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// A store did not do what it was asked. Requests that need it are answered 503, and no session ends by it.
#[derive(Clone, Debug)]
pub struct StoreError {
    source: Arc<dyn Error + Send + Sync>,
}

impl StoreError {
    /// The store's own error. It must not hold anything of the session.
    pub fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            source: source.into().into(),
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the session store did not answer as it should")
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}
