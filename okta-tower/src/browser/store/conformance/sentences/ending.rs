//! Expiry, as set by `create` and by `save`.

use super::calls::{
    LONG, SHORT, a_session, assert_before, changed, create, delete, delete_sid, delete_user, load,
    new_key, of, save,
};
use crate::browser::store::{conformance::subject::Subject, stored::Owner};

/// An expired session is missing for all operations.
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
    assert!(
        load(subject, &lasting).await.is_some(),
        "this session is not expired"
    );
}

/// A new session under the key has nothing of the old one.
pub async fn a_key_whose_session_has_ended_is_free(subject: &Subject) {
    let key = new_key();
    let session = a_session(subject, SHORT).with_sid(Some("idx-8"));
    create(subject, &key, &session).await;
    subject.pass(SHORT).await;
    let second = a_session(subject, LONG);
    create(subject, &key, &second).await;
    assert_eq!(delete_user(subject, &session.owner).await, 0);
    let loaded = load(subject, &key)
        .await
        .expect("the new session was created");
    assert!(
        loaded.owner == second.owner,
        "the owner is that of the old session"
    );
    assert_eq!(loaded.sid, None);
}

/// The session outlives its first expiry for all operations.
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
        assert!(
            load(subject, key).await.is_some(),
            "the expiry is later now"
        );
    }
    assert_eq!(delete_user(subject, &session.owner).await, 1);
    assert_eq!(
        delete_sid(subject, &session.owner.issuer, "idx-10").await,
        1
    );
}

/// The session ends before its first expiry.
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
