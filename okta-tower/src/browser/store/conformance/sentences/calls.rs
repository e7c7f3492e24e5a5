//! The calls and values that sentences share.

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, SystemTime},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use tokio::task::JoinSet;

use crate::{
    base::random::random,
    browser::store::{
        conformance::subject::Subject,
        error::StoreError,
        session_store::SessionStore,
        stored::{Owner, SessionKey, StoredSession},
    },
};

/// The lifetime of a session that expires. A slow machine needs some time before.
pub(super) const SHORT: Duration = Duration::from_secs(2);
/// The lifetime of a session that does not expire.
pub(super) const LONG: Duration = Duration::from_secs(3600);
/// The number of concurrent calls.
pub(super) const CROWD: u64 = 16;

pub(super) fn unique(what: &str) -> String {
    format!("{what}-{}", URL_SAFE_NO_PAD.encode(random::<32>()))
}

pub(super) fn new_key() -> SessionKey {
    SessionKey::new(&unique("key"))
}

/// Returns a session of a new user, at version 1.
pub(super) fn a_session(subject: &Subject, lifetime: Duration) -> StoredSession {
    let owner = Owner::new(&unique("issuer"), &unique("user"));
    let data = unique("data").into_bytes();
    StoredSession::new(data, 1, owner, subject.now() + lifetime)
}

pub(super) fn of(session: &StoredSession, owner: Owner) -> StoredSession {
    let mut session = session.clone();
    session.owner = owner;
    session
}

pub(super) fn changed(
    session: &StoredSession,
    version: u64,
    data: &str,
    ends_at: SystemTime,
) -> StoredSession {
    let mut session = session.clone();
    session.data = data.into();
    session.version = version;
    session.ends_at = ends_at;
    session
}

/// Asserts a condition that holds before `ends_at`. In real time, a slow machine may check too
/// late.
#[track_caller]
pub(super) fn assert_before(subject: &Subject, ends_at: SystemTime, holds: bool) {
    assert!(holds || subject.now() >= ends_at, "it ended before its end");
}

/// Makes many calls at once. Returns how many of them returned true.
pub(super) async fn at_once<F>(
    subject: &Subject,
    what: impl Fn(Arc<dyn SessionStore>, u64) -> F,
) -> usize
where
    F: Future<Output = Result<bool, StoreError>> + Send + 'static,
{
    let mut crowd = JoinSet::new();
    for number in 0..CROWD {
        crowd.spawn(what(Arc::clone(&subject.store), number));
    }
    let outcomes = crowd.join_all().await;
    outcomes
        .into_iter()
        .filter(|outcome| *must(outcome))
        .count()
}

/// Returns the result of an operation that must not fail.
#[track_caller]
fn must<T>(result: &Result<T, StoreError>) -> &T {
    match result {
        Ok(value) => value,
        Err(error) => {
            let source = std::error::Error::source(error).map(ToString::to_string);
            panic!("{error}: {}", source.unwrap_or_default());
        }
    }
}

pub(super) async fn create(subject: &Subject, key: &SessionKey, session: &StoredSession) {
    must(&subject.store.create(key, session.clone()).await);
}

pub(super) async fn load(subject: &Subject, key: &SessionKey) -> Option<StoredSession> {
    must(&subject.store.load(key).await).clone()
}

pub(super) async fn save(
    subject: &Subject,
    key: &SessionKey,
    expected: u64,
    session: &StoredSession,
) -> bool {
    *must(&subject.store.save(key, expected, session.clone()).await)
}

pub(super) async fn delete(subject: &Subject, key: &SessionKey) -> bool {
    *must(&subject.store.delete(key).await)
}

pub(super) async fn delete_user(subject: &Subject, owner: &Owner) -> u64 {
    *must(&subject.store.delete_user(owner).await)
}

pub(super) async fn delete_sid(subject: &Subject, issuer: &str, sid: &str) -> u64 {
    *must(&subject.store.delete_sid(issuer, sid).await)
}

pub(super) async fn limit_user(
    subject: &Subject,
    owner: &Owner,
    most: usize,
    newest: &SessionKey,
) -> u64 {
    *must(&subject.store.limit_user(owner, most, newest).await)
}

pub(super) async fn lock(subject: &Subject, key: &SessionKey, token: &str, ttl: Duration) -> bool {
    *must(&subject.store.lock(key, token, ttl).await)
}

pub(super) async fn unlock(subject: &Subject, key: &SessionKey, token: &str) {
    must(&subject.store.unlock(key, token).await);
}
