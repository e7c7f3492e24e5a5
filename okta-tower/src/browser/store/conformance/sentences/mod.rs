//! The sentences: what every store must do. Each panics where the store does not.

mod creating;
mod deleting;
mod ending;
mod locking;
mod saving;

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, SystemTime},
};

use aws_lc_rs::rand;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use tokio::task::JoinSet;

use super::Subject;
use crate::browser::store::{Owner, SessionKey, SessionStore, StoreError, StoredSession};

pub use self::{creating::*, deleting::*, ending::*, locking::*, saving::*};

/// How long what must end lives. Long enough for a loaded machine to look at it before.
const SHORT: Duration = Duration::from_secs(2);
/// How long what must not end lives.
const LONG: Duration = Duration::from_secs(3600);
/// How many try the same at once.
const CROWD: u64 = 16;

fn unique(what: &str) -> String {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).expect("the system's generator of random bytes");
    format!("{what}-{}", URL_SAFE_NO_PAD.encode(bytes))
}

fn new_key() -> SessionKey {
    SessionKey::new(&unique("key"))
}

/// A new person's session, at version 1.
fn a_session(subject: &Subject, lifetime: Duration) -> StoredSession {
    let owner = Owner::new(&unique("issuer"), &unique("user"));
    let data = unique("data").into_bytes();
    StoredSession::new(data, 1, owner, subject.now() + lifetime)
}

fn of(session: &StoredSession, owner: Owner) -> StoredSession {
    let mut session = session.clone();
    session.owner = owner;
    session
}

fn changed(
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

/// What must hold before a time. In real time, a machine may be so slow that the time has come before it was looked.
#[track_caller]
fn assert_before(subject: &Subject, ends_at: SystemTime, holds: bool) {
    assert!(holds || subject.now() >= ends_at, "it ended before its end");
}

/// Does the same many times at once. For how many it came out true.
async fn at_once<F>(subject: &Subject, what: impl Fn(Arc<dyn SessionStore>, u64) -> F) -> usize
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

/// A store that is tested answers.
#[track_caller]
fn must<T>(answer: &Result<T, StoreError>) -> &T {
    match answer {
        Ok(answer) => answer,
        Err(error) => {
            let source = std::error::Error::source(error).map(ToString::to_string);
            panic!("{error}: {}", source.unwrap_or_default());
        }
    }
}

async fn create(subject: &Subject, key: &SessionKey, session: &StoredSession) {
    must(&subject.store.create(key, session.clone()).await);
}

async fn load(subject: &Subject, key: &SessionKey) -> Option<StoredSession> {
    must(&subject.store.load(key).await).clone()
}

async fn save(subject: &Subject, key: &SessionKey, expected: u64, session: &StoredSession) -> bool {
    *must(&subject.store.save(key, expected, session.clone()).await)
}

async fn delete(subject: &Subject, key: &SessionKey) -> bool {
    *must(&subject.store.delete(key).await)
}

async fn delete_user(subject: &Subject, owner: &Owner) -> u64 {
    *must(&subject.store.delete_user(owner).await)
}

async fn delete_sid(subject: &Subject, issuer: &str, sid: &str) -> u64 {
    *must(&subject.store.delete_sid(issuer, sid).await)
}

async fn lock(subject: &Subject, key: &SessionKey, token: &str, ttl: Duration) -> bool {
    *must(&subject.store.lock(key, token, ttl).await)
}

async fn unlock(subject: &Subject, key: &SessionKey, token: &str) {
    must(&subject.store.unlock(key, token).await);
}
