//! Deletion by key, by user, by `sid`.

use super::calls::{
    LONG, a_session, changed, create, delete, delete_sid, delete_user, load, new_key, of, save,
    unique,
};
use crate::browser::store::{
    conformance::subject::Subject,
    stored::{Owner, SessionKey},
};

/// Deletion by key ends one of two sessions of a user.
pub async fn a_deletion_ends_that_session_and_no_other(subject: &Subject) {
    let (key, other, session) = (new_key(), new_key(), a_session(subject, LONG));
    create(subject, &key, &session).await;
    create(subject, &other, &session).await;
    assert!(delete(subject, &key).await);
    assert_eq!(load(subject, &key).await, None);
    assert!(
        !delete(subject, &key).await,
        "the session is deleted already"
    );
    assert!(load(subject, &other).await.is_some());
}

/// Sessions of other users, and of the user ID at another issuer, remain.
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

/// The store's index of a user's sessions follows saves and deletions.
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

/// Sessions with another `sid`, without one, and of another issuer remain. The user does not
/// matter.
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

/// Issuers, user IDs and `sid`s may contain any characters, the engine's separators included.
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
