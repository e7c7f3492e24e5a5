//! The bound on the sessions of a user.

use std::time::Duration;

use super::calls::{
    LONG, a_session, changed, create, delete_sid, delete_user, limit_user, load, new_key, of, save,
    unique,
};
use crate::browser::store::{
    conformance::subject::Subject,
    stored::{Owner, SessionKey},
};

const SECOND: Duration = Duration::from_secs(1);

/// The sessions that expire first are deleted, from every index. Other users keep theirs.
pub async fn a_limit_leaves_the_newest_sessions_of_that_user_and_no_other(subject: &Subject) {
    let first = a_session(subject, LONG).with_sid(Some("idx-7"));
    let keys: Vec<SessionKey> = (0..5).map(|_| new_key()).collect();
    for (key, number) in keys.iter().zip(0..) {
        let ends_at = first.ends_at + SECOND * number;
        create(subject, key, &changed(&first, 1, "data", ends_at)).await;
    }
    let (other, issuer) = (new_key(), first.owner.issuer.clone());
    create(
        subject,
        &other,
        &of(&first, Owner::new(&issuer, &unique("user"))),
    )
    .await;

    assert_eq!(limit_user(subject, &first.owner, 5, &keys[4]).await, 0);
    assert_eq!(limit_user(subject, &first.owner, 3, &keys[4]).await, 2);
    for (key, is_there) in keys.iter().zip([false, false, true, true, true]) {
        assert_eq!(load(subject, key).await.is_some(), is_there);
    }
    assert!(load(subject, &other).await.is_some());
    assert_eq!(limit_user(subject, &first.owner, 3, &keys[4]).await, 0);
    // A deleted session is in no index anymore.
    assert_eq!(delete_user(subject, &first.owner).await, 3);
    assert_eq!(delete_sid(subject, &issuer, "idx-7").await, 1);
}

/// A use postpones the expiry, and with it the deletion. The new session stays even if it expires
/// first.
pub async fn a_limit_follows_saves_and_spares_the_new_session(subject: &Subject) {
    let session = a_session(subject, LONG);
    let (used, unused, newest) = (new_key(), new_key(), new_key());
    create(subject, &used, &session).await;
    let later = |by| changed(&session, 2, "data", session.ends_at + by);
    create(subject, &unused, &later(SECOND)).await;
    assert!(save(subject, &used, 1, &later(SECOND * 2)).await);
    create(subject, &newest, &session).await;
    assert_eq!(limit_user(subject, &session.owner, 2, &newest).await, 1);
    for (key, is_there) in [(&used, true), (&unused, false), (&newest, true)] {
        assert_eq!(load(subject, key).await.is_some(), is_there);
    }
}
