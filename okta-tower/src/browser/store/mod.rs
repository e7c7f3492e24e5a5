//! Where sessions are kept when they are not sealed into the browser's own cookie. Feature `sign-in`.
//!
//! A [`SessionStore`] is a map from a key to a sealed value with a version and an end, with deletion by person and by the
//! identity provider's session, and with a short lock. It never sees a session id (the key is its hash) nor what a session
//! holds (the value is sealed).
//!
//! [`MemoryStore`] is for development and tests. For anything else, an engine that outlives a process: `RedisStore` (feature
//! `redis`), or your own.
//!
//! # What a store promises
//!
//! 1. **`save` never creates.** A refresh that ends after a sign-out must not bring the session back.
//! 2. **`save` compares versions, and of several at once exactly one wins.** Comparing and writing are one step of the engine.
//! 3. **Ends are honoured by `load`**, not only by whatever sweeps the engine some time later.
//! 4. **Deletion is complete when it returns**: no later `load`, in any process, finds the session.
//! 5. **Every operation is bounded in time.** A store that waits for ever makes requests wait for ever.
//!
//! # How the sign-in layer uses it
//!
//! One `load` a request. A refresh takes the lock, loads once more, asks Okta, and saves with the version that it loaded. If
//! `save` says `false`, somebody else has refreshed or ended the session meanwhile, and what is in the store counts. An
//! error of the store is answered 503 and ends nobody's session.
//!
//! # A store of your own
//!
//! Any engine with a conditional update will do. This one is in SQL, and passes every test of [`conformance`], which yours
//! should run too:
//!
#![doc = concat!("```rust,ignore\n", include_str!("sql_store.rs"), "```")]

pub mod conformance;
mod error;
mod memory;
#[cfg(feature = "redis")]
mod redis;
mod stored;

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

pub use self::{
    error::{StoreError, StoreErrorKind},
    memory::MemoryStore,
    stored::{Owner, SessionKey, StoredSession},
};

#[cfg(feature = "redis")]
pub use self::redis::{RedisStore, RedisStoreBuilder};

/// The future of one operation of a store.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Keeps sessions on a server. What it must promise is in [the module's documentation](self).
///
/// An `Arc` of a store is a store too, so that an application can keep a handle on the store that it gives away.
///
/// # Security
/// Keys and [`StoredSession::data`] are safe to keep: an id cannot be had from its hash, and the data is sealed under keys
/// that the store does not have. [`Owner`] and `sid` are plain, because sessions are found by them; they must not reach logs.
pub trait SessionStore: Send + Sync + 'static {
    /// Puts a new session. It is loaded by any process from the moment that this returns.
    ///
    /// # Errors
    /// Also when there is a session by that key already: keys are random, and another one's session is never overwritten.
    fn create<'a>(&'a self, key: &'a SessionKey, session: StoredSession) -> StoreFuture<'a, ()>;

    /// The session as it was last written, unless it is not there or its end has come.
    fn load<'a>(&'a self, key: &'a SessionKey) -> StoreFuture<'a, Option<StoredSession>>;

    /// Replaces a session if it is still there, its end has not come, and its version is still `expected`. Whether it was
    /// replaced; if not, nothing has changed.
    ///
    /// Data, version and end are replaced. Owner and `sid` are always those that the session was created with: a store may
    /// use those of `session` to find what it keeps beside it, or ignore them.
    fn save<'a>(
        &'a self,
        key: &'a SessionKey,
        expected: u64,
        session: StoredSession,
    ) -> StoreFuture<'a, bool>;

    /// Deletes a session. Whether there was one.
    fn delete<'a>(&'a self, key: &'a SessionKey) -> StoreFuture<'a, bool>;

    /// Deletes every session of one person at one issuer. How many there were.
    fn delete_user<'a>(&'a self, owner: &'a Owner) -> StoreFuture<'a, u64>;

    /// Deletes every session at one issuer with this `sid`, the identity provider's own session. How many there were.
    fn delete_sid<'a>(&'a self, issuer: &'a str, sid: &'a str) -> StoreFuture<'a, u64>;

    /// Takes the lock of a key, if nobody holds it, for `ttl` at the longest. Whether it was taken; never waits for it.
    ///
    /// `token` is new and random for each attempt, and is what the lock is given back with. The lock has a life of its own:
    /// it neither needs a session nor ends with it.
    fn lock<'a>(
        &'a self,
        key: &'a SessionKey,
        token: &'a str,
        ttl: Duration,
    ) -> StoreFuture<'a, bool>;

    /// Gives the lock back, if this token still holds it; otherwise does nothing. Whoever took it after us keeps it.
    fn unlock<'a>(&'a self, key: &'a SessionKey, token: &'a str) -> StoreFuture<'a, ()>;
}

impl<S: SessionStore + ?Sized> SessionStore for Arc<S> {
    fn create<'a>(&'a self, key: &'a SessionKey, session: StoredSession) -> StoreFuture<'a, ()> {
        (**self).create(key, session)
    }

    fn load<'a>(&'a self, key: &'a SessionKey) -> StoreFuture<'a, Option<StoredSession>> {
        (**self).load(key)
    }

    fn save<'a>(
        &'a self,
        key: &'a SessionKey,
        expected: u64,
        session: StoredSession,
    ) -> StoreFuture<'a, bool> {
        (**self).save(key, expected, session)
    }

    fn delete<'a>(&'a self, key: &'a SessionKey) -> StoreFuture<'a, bool> {
        (**self).delete(key)
    }

    fn delete_user<'a>(&'a self, owner: &'a Owner) -> StoreFuture<'a, u64> {
        (**self).delete_user(owner)
    }

    fn delete_sid<'a>(&'a self, issuer: &'a str, sid: &'a str) -> StoreFuture<'a, u64> {
        (**self).delete_sid(issuer, sid)
    }

    fn lock<'a>(
        &'a self,
        key: &'a SessionKey,
        token: &'a str,
        ttl: Duration,
    ) -> StoreFuture<'a, bool> {
        (**self).lock(key, token, ttl)
    }

    fn unlock<'a>(&'a self, key: &'a SessionKey, token: &'a str) -> StoreFuture<'a, ()> {
        (**self).unlock(key, token)
    }
}
