//! `lock` and `unlock`.

use super::calls::{
    LONG, SHORT, a_session, assert_before, at_once, create, delete, load, lock, new_key, unlock,
};
use crate::browser::store::{conformance::subject::Subject, session_store::SessionStore};

/// A lock excludes others from its key, with and without a session.
pub async fn a_lock_keeps_others_out_of_that_key_and_no_other(subject: &Subject) {
    let (key, other) = (new_key(), new_key());
    create(subject, &key, &a_session(subject, LONG)).await;
    assert!(lock(subject, &key, "mine", LONG).await);
    assert!(!lock(subject, &key, "another's", LONG).await);
    assert!(
        !lock(subject, &key, "mine", LONG).await,
        "a holder cannot acquire it twice"
    );
    assert!(lock(subject, &other, "another's", LONG).await);
    // The lock does not block access to the session.
    assert!(load(subject, &key).await.is_some());
    assert!(delete(subject, &key).await);
    assert!(
        !lock(subject, &key, "another's", LONG).await,
        "the lock outlives the session"
    );
}

/// The token that holds a lock releases it.
pub async fn a_lock_that_was_given_back_is_free(subject: &Subject) {
    let key = new_key();
    assert!(lock(subject, &key, "first", LONG).await);
    unlock(subject, &key, "first").await;
    assert!(lock(subject, &key, "second", LONG).await);
    unlock(subject, &key, "first").await;
    assert!(
        !lock(subject, &key, "third", LONG).await,
        "the second token holds it"
    );
}

/// A lock expires. Its former holder then releases nothing.
pub async fn a_lock_ends_by_itself(subject: &Subject) {
    let key = new_key();
    let ends_at = subject.now() + SHORT;
    assert!(lock(subject, &key, "slow", SHORT).await);
    let is_refused = !lock(subject, &key, "next", LONG).await;
    assert_before(subject, ends_at, is_refused);

    subject.pass(SHORT).await;
    assert!(lock(subject, &key, "next", LONG).await, "the lock expired");
    unlock(subject, &key, "slow").await;
    assert!(
        !lock(subject, &key, "third", LONG).await,
        "the next token holds it"
    );
}

/// Another token does not release a lock.
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

/// Of concurrent calls for one key, exactly one acquires the lock.
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
