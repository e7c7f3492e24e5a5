//! `save`: only an existing session, and only in the expected version.

use super::calls::{
    CROWD, LONG, a_session, at_once, changed, create, delete, delete_sid, delete_user, load,
    new_key, save,
};
use crate::browser::store::{
    conformance::subject::Subject, session_store::SessionStore, stored::whole_milliseconds,
};

/// A `save` with the current version replaces data, version and expiry.
pub async fn a_save_replaces_data_version_and_end(subject: &Subject) {
    let (key, session) = (new_key(), a_session(subject, LONG).with_sid(Some("idx-2")));
    create(subject, &key, &session).await;
    let newer = changed(&session, 2, "newer", session.ends_at + LONG);
    assert!(save(subject, &key, 1, &newer).await);
    let saved = load(subject, &key).await.expect("the session was saved");
    assert!(saved.data == newer.data, "the data differ");
    assert_eq!(saved.version, 2);
    assert_eq!(saved.ends_at, whole_milliseconds(newer.ends_at));
    assert!(saved.owner == session.owner, "the owner differs");
    assert_eq!(saved.sid.as_deref(), Some("idx-2"));
    let newest = changed(&session, 3, "newest", newer.ends_at);
    assert!(save(subject, &key, 2, &newest).await);
}

/// A `save` with an older or a future version changes nothing.
pub async fn a_save_with_another_version_changes_nothing(subject: &Subject) {
    let (key, session) = (new_key(), a_session(subject, LONG));
    create(subject, &key, &session).await;
    let second = changed(&session, 2, "second", session.ends_at);
    assert!(save(subject, &key, 1, &second).await);
    for expected in [0, 1, 3] {
        let other = changed(&session, expected + 1, "other", session.ends_at + LONG);
        assert!(!save(subject, &key, expected, &other).await);
    }
    let kept = load(subject, &key).await.expect("the session still exists");
    assert!(kept.data == second.data, "the data were replaced");
    assert_eq!(kept.version, 2);
    assert_eq!(kept.ends_at, whole_milliseconds(second.ends_at));
}

/// A `save` under an unused key fails, whatever version is expected.
pub async fn a_save_never_creates_a_session(subject: &Subject) {
    let (key, session) = (new_key(), a_session(subject, LONG));
    for expected in [0, 1, 2] {
        assert!(!save(subject, &key, expected, &session).await);
    }
    assert_eq!(load(subject, &key).await, None);
}

/// A refresh that ends after a sign-out by key, by user or by `sid` does not restore the session.
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

/// Of concurrent calls with one version, exactly one succeeds, and the store has its session.
pub async fn of_saves_at_once_exactly_one_wins(subject: &Subject) {
    let (key, session) = (new_key(), a_session(subject, LONG));
    create(subject, &key, &session).await;
    let mut expected = 1;
    for round in 1..=8 {
        let saved = at_once(subject, |store, number| {
            let version = round * 1000 + number;
            let mine = changed(&session, version, "mine", session.ends_at);
            let key = key.clone();
            async move { store.save(&key, expected, mine).await }
        });
        assert_eq!(saved.await, 1, "of {CROWD} saves with one version");
        let kept = load(subject, &key).await.expect("the session still exists");
        assert_eq!(kept.version / 1000, round);
        expected = kept.version;
    }
}

/// A deletion wins over concurrent saves, in any order.
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
                    let deleted = store.delete_user(&session.owner).await;
                    deleted.map(|count| count == 1)
                }
            }
        })
        .await;
        assert_eq!(load(subject, &key).await, None);
    }
}
