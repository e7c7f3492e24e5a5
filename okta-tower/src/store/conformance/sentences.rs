//! The sentences: what every store must do. Each panics where the store does not.

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, SystemTime},
};

use aws_lc_rs::rand;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use tokio::task::JoinSet;

use super::Subject;
use crate::store::{
    Owner, SessionKey, SessionStore, StoreError, StoredSession, stored::whole_milliseconds,
};

/// How long what must end lives. Long enough for a loaded machine to look at it before.
const SHORT: Duration = Duration::from_secs(2);
/// How long what must not end lives.
const LONG: Duration = Duration::from_secs(3600);
/// How many try the same at once.
const CROWD: u64 = 16;

// --- what there is -------------------------------------------------------------------------------

/// `load` gives what `create` was given, with a `sid` and without one.
pub async fn a_session_is_loaded_as_it_was_created(subject: &Subject) {
    for sid in [None, Some("idx-1")] {
        let (key, session) = (new_key(), a_session(subject, LONG).with_sid(sid));
        create(subject, &key, &session).await;
        let loaded = load(subject, &key).await.expect("it is there");
        assert!(loaded.data == session.data, "the data are others");
        assert_eq!(loaded.version, session.version);
        assert!(loaded.owner == session.owner, "the owner is another");
        assert_eq!(loaded.sid.as_deref(), sid);
        assert_eq!(loaded.ends_at, whole_milliseconds(session.ends_at));
    }
}

/// `load` and `delete` of a key that was never there.
pub async fn a_session_that_nobody_created_is_not_there(subject: &Subject) {
    let key = new_key();
    assert_eq!(load(subject, &key).await, None);
    assert!(!delete(subject, &key).await, "there was none to delete");
}

/// None, one, every value of a byte, and 64 KiB: from `create` and from `save`.
pub async fn data_come_back_byte_for_byte(subject: &Subject) {
    let every_byte: Vec<u8> = (0..=u8::MAX).collect();
    let large: Vec<u8> = every_byte.iter().copied().cycle().take(64 * 1024).collect();
    for data in [vec![], vec![0], every_byte, large] {
        let (key, mut session) = (new_key(), a_session(subject, LONG));
        session.data = data;
        create(subject, &key, &session).await;
        let created = load(subject, &key).await.expect("it was created");
        assert!(created.data == session.data, "changed by create and load");

        session.data.reverse();
        session.version = 2;
        assert!(save(subject, &key, 1, &session).await);
        let saved = load(subject, &key).await.expect("it was saved");
        assert!(saved.data == session.data, "changed by save and load");
    }
}

/// A second `create` is an error, and the first one's session stays as it is.
pub async fn a_key_that_is_taken_is_not_created_again(subject: &Subject) {
    let (key, session) = (new_key(), a_session(subject, LONG));
    create(subject, &key, &session).await;
    let again = subject.store.create(&key, a_session(subject, LONG)).await;
    assert!(again.is_err(), "the key is taken");
    let kept = load(subject, &key).await.expect("it is still there");
    assert!(kept.owner == session.owner, "it was overwritten");
}

/// The same key, many times at once.
pub async fn of_creations_at_once_exactly_one_wins(subject: &Subject) {
    let (key, session) = (new_key(), a_session(subject, LONG));
    let created = at_once(subject, |store, _| {
        let (key, session) = (key.clone(), session.clone());
        async move { Ok(store.create(&key, session).await.is_ok()) }
    });
    assert_eq!(created.await, 1);
}

// --- saving --------------------------------------------------------------------------------------

/// What a `save` with the right version leaves behind.
pub async fn a_save_replaces_data_version_and_end(subject: &Subject) {
    let (key, session) = (new_key(), a_session(subject, LONG).with_sid(Some("idx-2")));
    create(subject, &key, &session).await;
    let newer = changed(&session, 2, "newer", session.ends_at + LONG);
    assert!(save(subject, &key, 1, &newer).await);
    let saved = load(subject, &key).await.expect("it was saved");
    assert!(saved.data == newer.data, "the data are others");
    assert_eq!(saved.version, 2);
    assert_eq!(saved.ends_at, whole_milliseconds(newer.ends_at));
    assert!(saved.owner == session.owner, "the owner is another");
    assert_eq!(saved.sid.as_deref(), Some("idx-2"));
    assert!(
        save(
            subject,
            &key,
            2,
            &changed(&session, 3, "newest", newer.ends_at)
        )
        .await
    );
}

/// An older version, and one that is yet to come.
pub async fn a_save_with_another_version_changes_nothing(subject: &Subject) {
    let (key, session) = (new_key(), a_session(subject, LONG));
    create(subject, &key, &session).await;
    let second = changed(&session, 2, "second", session.ends_at);
    assert!(save(subject, &key, 1, &second).await);
    for expected in [0, 1, 3] {
        let other = changed(&session, expected + 1, "other", session.ends_at + LONG);
        assert!(!save(subject, &key, expected, &other).await);
    }
    let kept = load(subject, &key).await.expect("it is still there");
    assert!(kept.data == second.data, "the data were replaced");
    assert_eq!(kept.version, 2);
    assert_eq!(kept.ends_at, whole_milliseconds(second.ends_at));
}

/// Whatever version is expected.
pub async fn a_save_never_creates_a_session(subject: &Subject) {
    let (key, session) = (new_key(), a_session(subject, LONG));
    for expected in [0, 1, 2] {
        assert!(!save(subject, &key, expected, &session).await);
    }
    assert_eq!(load(subject, &key).await, None);
}

/// A refresh that ends after the sign-out: by key, by user, by `sid`.
pub async fn a_save_after_a_deletion_does_not_bring_the_session_back(subject: &Subject) {
    for way in 0..3 {
        let (key, session) = (new_key(), a_session(subject, LONG).with_sid(Some("idx-3")));
        create(subject, &key, &session).await;
        match way {
            0 => assert!(delete(subject, &key).await),
            1 => assert_eq!(delete_user(subject, &session.owner).await, 1),
            _ => assert_eq!(delete_sid(subject, &session.owner.issuer, "idx-3").await, 1),
        }
        let late = changed(&session, 2, "late", session.ends_at);
        assert!(!save(subject, &key, 1, &late).await);
        assert_eq!(load(subject, &key).await, None);
        assert_eq!(delete_user(subject, &session.owner).await, 0);
    }
}

/// The same version, many times at once: what is in the store then is what the winner saved.
pub async fn of_saves_at_once_exactly_one_wins(subject: &Subject) {
    let (key, session) = (new_key(), a_session(subject, LONG));
    create(subject, &key, &session).await;
    for round in 1..=8 {
        let saved = at_once(subject, |store, number| {
            let version = round * 1000 + number;
            let key = key.clone();
            let mine = changed(&session, version, "mine", session.ends_at);
            async move {
                let expected = store.load(&key).await?.map_or(0, |now| now.version);
                // Those who come late have loaded a winner's version, and would save on top of it.
                if expected >= round * 1000 {
                    return Ok(false);
                }
                store.save(&key, expected, mine).await
            }
        });
        assert_eq!(saved.await, 1, "of {CROWD} saves with one version");
        let kept = load(subject, &key).await.expect("it is still there");
        assert_eq!(kept.version / 1000, round);
    }
}

/// In whichever order they arrive.
pub async fn saves_and_a_deletion_at_once_leave_no_session(subject: &Subject) {
    for round in 0..8 {
        let (key, session) = (new_key(), a_session(subject, LONG));
        create(subject, &key, &session).await;
        at_once(subject, |store, number| {
            let (key, session) = (key.clone(), session.clone());
            async move {
                if number != CROWD / 2 {
                    let late = changed(&session, 1, "late", session.ends_at + LONG);
                    return store.save(&key, 1, late).await;
                }
                if round % 2 == 0 {
                    store.delete(&key).await
                } else {
                    store
                        .delete_user(&session.owner)
                        .await
                        .map(|count| count == 1)
                }
            }
        })
        .await;
        assert_eq!(load(subject, &key).await, None);
    }
}

// --- deleting ------------------------------------------------------------------------------------

/// Two sessions of one person.
pub async fn a_deletion_ends_that_session_and_no_other(subject: &Subject) {
    let (key, other, session) = (new_key(), new_key(), a_session(subject, LONG));
    create(subject, &key, &session).await;
    create(subject, &other, &session).await;
    assert!(delete(subject, &key).await);
    assert_eq!(load(subject, &key).await, None);
    assert!(!delete(subject, &key).await, "it is gone already");
    assert!(load(subject, &other).await.is_some());
}

/// Others at the same issuer, and the same user id at another issuer, stay.
pub async fn a_deletion_by_user_ends_every_session_of_that_user_and_no_other(subject: &Subject) {
    let session = a_session(subject, LONG).with_sid(Some("idx-4"));
    let colleague = of(&session, Owner::new(&session.owner.issuer, &unique("user")));
    let namesake = of(
        &session,
        Owner::new(&unique("issuer"), &session.owner.user_id),
    );
    let mine = [new_key(), new_key(), new_key()];
    let (others, at_another) = (new_key(), new_key());
    for key in &mine {
        create(subject, key, &session).await;
    }
    create(subject, &others, &colleague).await;
    create(subject, &at_another, &namesake).await;

    assert_eq!(delete_user(subject, &session.owner).await, 3);
    for key in &mine {
        assert_eq!(load(subject, key).await, None);
    }
    assert!(load(subject, &others).await.is_some());
    assert!(load(subject, &at_another).await.is_some());
    assert_eq!(delete_user(subject, &session.owner).await, 0);
    assert_eq!(delete_sid(subject, &session.owner.issuer, "idx-4").await, 1);
    assert_eq!(load(subject, &others).await, None);
}

/// What the store keeps to find a person's sessions follows saves and deletions.
pub async fn a_deletion_by_user_finds_sessions_that_were_saved_and_not_those_that_are_gone(
    subject: &Subject,
) {
    let session = a_session(subject, LONG).with_sid(Some("idx-5"));
    let (saved, gone) = (new_key(), new_key());
    create(subject, &saved, &session).await;
    create(subject, &gone, &session).await;
    let newer = changed(&session, 2, "newer", session.ends_at + LONG);
    assert!(save(subject, &saved, 1, &newer).await);
    assert!(delete(subject, &gone).await);
    assert_eq!(delete_user(subject, &session.owner).await, 1);
    assert_eq!(load(subject, &saved).await, None);
    assert_eq!(delete_sid(subject, &session.owner.issuer, "idx-5").await, 0);
}

/// Another `sid`, none, and the same one at another issuer, stay. Whose sessions they are does not matter.
pub async fn a_deletion_by_sid_ends_the_sessions_of_that_issuer_and_sid_and_no_other(
    subject: &Subject,
) {
    let mine = a_session(subject, LONG).with_sid(Some("idx-6"));
    let issuer = mine.owner.issuer.clone();
    let same_sid = of(&mine, Owner::new(&issuer, &unique("user")));
    let other_sid = mine.clone().with_sid(Some("idx-66"));
    let no_sid = mine.clone().with_sid(None);
    let other_issuer = of(&mine, Owner::new(&unique("issuer"), &mine.owner.user_id));
    let keys: Vec<SessionKey> = (0..5).map(|_| new_key()).collect();
    let all = [&mine, &same_sid, &other_sid, &no_sid, &other_issuer];
    for (key, session) in keys.iter().zip(all) {
        create(subject, key, session).await;
    }
    assert_eq!(delete_sid(subject, &issuer, "idx-6").await, 2);
    for (key, is_there) in keys.iter().zip([false, false, true, true, true]) {
        assert_eq!(load(subject, key).await.is_some(), is_there);
    }
    assert_eq!(delete_sid(subject, &issuer, "idx-6").await, 0);
    assert_eq!(delete_user(subject, &mine.owner).await, 2);
}

/// Issuers, user ids and `sid`s have any characters, separators of the engine among them.
pub async fn names_that_look_like_one_another_when_joined_are_told_apart(subject: &Subject) {
    let run = unique("run");
    let owners = [
        Owner::new(&format!("{run}:a"), "b"),
        Owner::new(&run, "a:b"),
        Owner::new(&run, ""),
        Owner::new(&run, "*"),
        Owner::new(&run, "%_?[a-z]"),
        Owner::new(&run, "{a}'\"\\\r\n\0 ü"),
    ];
    let keys: Vec<SessionKey> = owners.iter().map(|_| new_key()).collect();
    for (key, owner) in keys.iter().zip(&owners) {
        let session = of(&a_session(subject, LONG), owner.clone());
        create(subject, key, &session.with_sid(Some(&owner.user_id))).await;
    }
    for (number, owner) in owners.iter().enumerate() {
        let deleted = if number % 2 == 0 {
            delete_user(subject, owner).await
        } else {
            delete_sid(subject, &owner.issuer, &owner.user_id).await
        };
        assert_eq!(deleted, 1, "of owner {number}");
        for (other, key) in keys.iter().enumerate() {
            let is_there = load(subject, key).await.is_some();
            assert_eq!(is_there, other > number, "owner {other} after {number}");
        }
    }
}

// --- ends ----------------------------------------------------------------------------------------

/// To every operation, it is not there any more.
pub async fn a_session_ends_at_its_end(subject: &Subject) {
    let (key, lasting) = (new_key(), new_key());
    let session = a_session(subject, SHORT).with_sid(Some("idx-7"));
    let another = of(
        &a_session(subject, LONG),
        Owner::new(&session.owner.issuer, "another"),
    );
    create(subject, &key, &session).await;
    create(subject, &lasting, &another).await;
    assert_before(
        subject,
        session.ends_at,
        load(subject, &key).await.is_some(),
    );

    subject.pass(SHORT).await;
    assert_eq!(load(subject, &key).await, None);
    let late = changed(&session, 2, "late", session.ends_at + LONG);
    assert!(!save(subject, &key, 1, &late).await);
    assert_eq!(load(subject, &key).await, None);
    assert!(!delete(subject, &key).await);
    assert_eq!(delete_user(subject, &session.owner).await, 0);
    assert_eq!(delete_sid(subject, &session.owner.issuer, "idx-7").await, 0);
    assert!(load(subject, &lasting).await.is_some(), "its end is later");
}

/// Nothing of the old session stays behind for the new one.
pub async fn a_key_whose_session_has_ended_is_free(subject: &Subject) {
    let key = new_key();
    let session = a_session(subject, SHORT).with_sid(Some("idx-8"));
    create(subject, &key, &session).await;
    subject.pass(SHORT).await;
    let second = a_session(subject, LONG);
    create(subject, &key, &second).await;
    assert_eq!(delete_user(subject, &session.owner).await, 0);
    let loaded = load(subject, &key).await.expect("it was created anew");
    assert!(loaded.owner == second.owner, "the owner is the old one");
    assert_eq!(loaded.sid, None);
}

/// Past the end that it was created with, to every operation.
pub async fn a_save_with_a_later_end_lets_the_session_live_on(subject: &Subject) {
    let (by_user, by_sid) = (new_key(), new_key());
    let session = a_session(subject, SHORT).with_sid(Some("idx-9"));
    let other = of(&session, Owner::new(&session.owner.issuer, "other"));
    let until = subject.now() + LONG;
    for (key, session) in [
        (&by_user, &session),
        (&by_sid, &other.with_sid(Some("idx-10"))),
    ] {
        create(subject, key, session).await;
        let is_saved = save(subject, key, 1, &changed(session, 2, "longer", until)).await;
        assert_before(subject, session.ends_at, is_saved);
    }
    subject.pass(SHORT).await;
    for key in [&by_user, &by_sid] {
        assert!(load(subject, key).await.is_some(), "its end is later now");
    }
    assert_eq!(delete_user(subject, &session.owner).await, 1);
    assert_eq!(
        delete_sid(subject, &session.owner.issuer, "idx-10").await,
        1
    );
}

/// Before the end that it was created with.
pub async fn a_save_with_an_earlier_end_ends_the_session_earlier(subject: &Subject) {
    let (key, session) = (new_key(), a_session(subject, LONG));
    create(subject, &key, &session).await;
    let ends_at = subject.now() + SHORT;
    assert!(save(subject, &key, 1, &changed(&session, 2, "shorter", ends_at)).await);
    assert_before(subject, ends_at, load(subject, &key).await.is_some());
    subject.pass(SHORT).await;
    assert_eq!(load(subject, &key).await, None);
    assert_eq!(delete_user(subject, &session.owner).await, 0);
}

// --- the lock ------------------------------------------------------------------------------------

/// With a session and without one.
pub async fn a_lock_keeps_others_out_of_that_key_and_no_other(subject: &Subject) {
    let (key, other) = (new_key(), new_key());
    create(subject, &key, &a_session(subject, LONG)).await;
    assert!(lock(subject, &key, "mine", LONG).await);
    assert!(!lock(subject, &key, "another's", LONG).await);
    assert!(!lock(subject, &key, "mine", LONG).await, "not twice");
    assert!(lock(subject, &other, "another's", LONG).await);
    // It keeps nobody from the session itself.
    assert!(load(subject, &key).await.is_some());
    assert!(delete(subject, &key).await);
    assert!(
        !lock(subject, &key, "another's", LONG).await,
        "it outlives the session"
    );
}

/// By the token that holds it.
pub async fn a_lock_that_was_given_back_is_free(subject: &Subject) {
    let key = new_key();
    assert!(lock(subject, &key, "first", LONG).await);
    unlock(subject, &key, "first").await;
    assert!(lock(subject, &key, "second", LONG).await);
    unlock(subject, &key, "first").await;
    assert!(
        !lock(subject, &key, "third", LONG).await,
        "the second holds it"
    );
}

/// Whoever held it has been too slow: giving it back then takes it from nobody.
pub async fn a_lock_ends_by_itself(subject: &Subject) {
    let key = new_key();
    let ends_at = subject.now() + SHORT;
    assert!(lock(subject, &key, "slow", SHORT).await);
    let is_refused = !lock(subject, &key, "next", LONG).await;
    assert_before(subject, ends_at, is_refused);

    subject.pass(SHORT).await;
    assert!(lock(subject, &key, "next", LONG).await, "its time is over");
    unlock(subject, &key, "slow").await;
    assert!(
        !lock(subject, &key, "third", LONG).await,
        "the next one holds it"
    );
}

/// Nor by none.
pub async fn a_lock_is_not_given_back_by_another_token(subject: &Subject) {
    let key = new_key();
    unlock(subject, &key, "nobody's").await;
    assert!(lock(subject, &key, "mine", LONG).await);
    for token in ["another's", "", "mine ", "min", "*"] {
        unlock(subject, &key, token).await;
        assert!(!lock(subject, &key, "next", LONG).await, "after {token:?}");
    }
    unlock(subject, &key, "mine").await;
    assert!(lock(subject, &key, "next", LONG).await);
}

/// The same key, many times at once.
pub async fn of_locks_at_once_exactly_one_is_taken(subject: &Subject) {
    for _ in 0..8 {
        let key = new_key();
        let taken = at_once(subject, |store, number| {
            let key = key.clone();
            async move { store.lock(&key, &number.to_string(), LONG).await }
        });
        assert_eq!(taken.await, 1);
    }
}

// --- what the sentences are made of --------------------------------------------------------------

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
