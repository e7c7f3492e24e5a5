//! What there is after a `create`.

use super::{LONG, a_session, at_once, create, delete, load, new_key, save};
use crate::browser::store::{SessionStore, conformance::Subject, stored::whole_milliseconds};

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
