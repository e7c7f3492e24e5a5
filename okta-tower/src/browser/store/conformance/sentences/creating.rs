//! `create` and `load`.

use super::calls::{LONG, a_session, at_once, create, delete, load, new_key, save};
use crate::browser::store::{
    conformance::subject::Subject, session_store::SessionStore, stored::whole_milliseconds,
};

/// `load` returns the session of `create`, with and without a `sid`.
pub async fn a_session_is_loaded_as_it_was_created(subject: &Subject) {
    for sid in [None, Some("idx-1")] {
        let (key, session) = (new_key(), a_session(subject, LONG).with_sid(sid));
        create(subject, &key, &session).await;
        let loaded = load(subject, &key).await.expect("the session exists");
        assert!(loaded.data == session.data, "the data differ");
        assert_eq!(loaded.version, session.version);
        assert!(loaded.owner == session.owner, "the owner differs");
        assert_eq!(loaded.sid.as_deref(), sid);
        assert_eq!(loaded.ends_at, whole_milliseconds(session.ends_at));
    }
}

/// `load` and `delete` find no session under an unused key.
pub async fn a_session_that_nobody_created_is_not_there(subject: &Subject) {
    let key = new_key();
    assert_eq!(load(subject, &key).await, None);
    assert!(!delete(subject, &key).await, "no session to delete");
}

/// `create` and `save` keep data of 0 bytes, 1 byte, all byte values, and 64 KiB.
pub async fn data_come_back_byte_for_byte(subject: &Subject) {
    let every_byte: Vec<u8> = (0..=u8::MAX).collect();
    let large: Vec<u8> = every_byte.iter().copied().cycle().take(64 * 1024).collect();
    for data in [vec![], vec![0], every_byte, large] {
        let (key, mut session) = (new_key(), a_session(subject, LONG));
        session.data = data;
        create(subject, &key, &session).await;
        let created = load(subject, &key).await.expect("the session was created");
        assert!(created.data == session.data, "changed by create and load");

        session.data.reverse();
        session.version = 2;
        assert!(save(subject, &key, 1, &session).await);
        let saved = load(subject, &key).await.expect("the session was saved");
        assert!(saved.data == session.data, "changed by save and load");
    }
}

/// A second `create` fails and does not change the first session.
pub async fn a_key_that_is_taken_is_not_created_again(subject: &Subject) {
    let (key, session) = (new_key(), a_session(subject, LONG));
    create(subject, &key, &session).await;
    let again = subject.store.create(&key, a_session(subject, LONG)).await;
    assert!(again.is_err(), "the key is in use");
    let kept = load(subject, &key).await.expect("the session still exists");
    assert!(kept.owner == session.owner, "the session was overwritten");
}

/// Of concurrent calls with one key, exactly one succeeds.
pub async fn of_creations_at_once_exactly_one_wins(subject: &Subject) {
    let (key, session) = (new_key(), a_session(subject, LONG));
    let created = at_once(subject, |store, _| {
        let (key, session) = (key.clone(), session.clone());
        async move { Ok(store.create(&key, session).await.is_ok()) }
    });
    assert_eq!(created.await, 1);
}
