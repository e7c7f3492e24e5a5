//! The trait of session stores.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use super::{
    error::StoreError,
    stored::{Owner, SessionKey, StoredSession},
};

/// The future of a store operation.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Stores sessions. The [module](super) lists the guarantees of a store.
///
/// An `Arc` of a store is a store, so that an application can keep a handle.
///
/// # Security
/// Keys and [`StoredSession::data`] may be stored as they are: the session ID cannot be derived
/// from its hash, and the store does not have the sealing keys. [`Owner`] and `sid` are not
/// encrypted, because sessions are found by them. Do not log them.
pub trait SessionStore: Send + Sync + 'static {
    /// Stores a new session. Once this returns, every process can load the session.
    ///
    /// # Errors
    /// If the store fails, and if the key is in use: keys are random, and no session is
    /// overwritten.
    fn create<'a>(&'a self, key: &'a SessionKey, session: StoredSession) -> StoreFuture<'a, ()>;

    /// Returns the latest version of a session, or `None` if the session is missing or expired.
    fn load<'a>(&'a self, key: &'a SessionKey) -> StoreFuture<'a, Option<StoredSession>>;

    /// Replaces a session that exists, is not expired, and has the version `expected`. Returns
    /// whether the session was replaced. Otherwise nothing changes.
    ///
    /// Data, version and expiry are replaced. Owner and `sid` never change: a store may use those
    /// of `session` to find its index entries, or ignore them.
    fn save<'a>(
        &'a self,
        key: &'a SessionKey,
        expected: u64,
        session: StoredSession,
    ) -> StoreFuture<'a, bool>;

    /// Deletes a session. Returns whether there was one.
    fn delete<'a>(&'a self, key: &'a SessionKey) -> StoreFuture<'a, bool>;

    /// Deletes all sessions of one user at one issuer. Returns their number.
    fn delete_user<'a>(&'a self, owner: &'a Owner) -> StoreFuture<'a, u64>;

    /// Deletes all sessions at one issuer with this `sid`, the identity provider's session. Returns
    /// their number.
    fn delete_sid<'a>(&'a self, issuer: &'a str, sid: &'a str) -> StoreFuture<'a, u64>;

    /// Deletes sessions of one user until at most `most` are left: those that expire first, which
    /// are unused for longest, and never that of `newest`. Returns how many were deleted.
    ///
    /// Called after each sign-in, with the key of the new session. Default: deletes none, so that
    /// an account that keeps dropping its cookie fills the store.
    fn limit_user<'a>(
        &'a self,
        _owner: &'a Owner,
        _most: usize,
        _newest: &'a SessionKey,
    ) -> StoreFuture<'a, u64> {
        Box::pin(async { Ok(0) })
    }

    /// Acquires the lock of a key for at most `ttl`. Returns whether the lock was acquired. Does
    /// not wait for the current holder.
    ///
    /// `token` is random for each attempt and releases the lock. The lock is independent of the
    /// session: it needs none and does not end with it.
    fn lock<'a>(
        &'a self,
        key: &'a SessionKey,
        token: &'a str,
        ttl: Duration,
    ) -> StoreFuture<'a, bool>;

    /// Releases the lock if this token holds it. A later holder keeps it.
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

    fn limit_user<'a>(
        &'a self,
        owner: &'a Owner,
        most: usize,
        newest: &'a SessionKey,
    ) -> StoreFuture<'a, u64> {
        (**self).limit_user(owner, most, newest)
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
