//! The conformance suite finds each fault: each of these stores has one.

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use okta_tower::store::{
    MemoryStore, Owner, SessionKey, SessionStore, StoreFuture, StoredSession,
    conformance::{Subject, check, sentences},
};
use okta_tower_test::ManualClock;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Nothing,
    CreateOverwrites,
    SaveCreates,
    SaveIgnoresVersions,
    SaveComparesAndWritesInTwoSteps,
    SaveKeepsTheEnd,
    SaveForgetsTheSid,
    DataAreCutAtANul,
    LoadForgetsTheSid,
    LoadIgnoresTheEnd,
    DeleteDoesNothing,
    DeleteUserIgnoresTheIssuer,
    DeleteUserMiscounts,
    NamesAreJoinedByAColon,
    DeleteSidIgnoresTheIssuer,
    LimitDoesNothing,
    LimitDeletesTheNewest,
    LockIsNeverHeld,
    LockLastsForEver,
    LockIsTakenAgainByItsHolder,
    UnlockByAnyone,
    UnlockDoesNothing,
}

/// An in-memory store with a fault.
struct Faulty {
    inner: Arc<MemoryStore>,
    fault: Fault,
}

const CENTURY: Duration = Duration::from_secs(100 * 365 * 86_400);

impl Faulty {
    fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    /// The owner in the inner store: shared with other owners, if that is the fault.
    fn owner(&self, owner: &Owner) -> Owner {
        if self.has(Fault::NamesAreJoinedByAColon) {
            return Owner::new("", &format!("{}:{}", owner.issuer, owner.user_id));
        }
        let is_blind = self.has(Fault::DeleteUserIgnoresTheIssuer)
            || self.has(Fault::DeleteSidIgnoresTheIssuer);
        let issuer = if is_blind { "any" } else { &owner.issuer };
        Owner::new(issuer, &owner.user_id)
    }

    fn kept(&self, mut session: StoredSession) -> StoredSession {
        session.owner = self.owner(&session.owner);
        if self.has(Fault::DataAreCutAtANul) {
            let end = session.data.iter().position(|byte| *byte == 0);
            session.data.truncate(end.unwrap_or(session.data.len()));
        }
        session
    }
}

impl SessionStore for Faulty {
    fn create<'a>(&'a self, key: &'a SessionKey, session: StoredSession) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            if self.has(Fault::CreateOverwrites) {
                self.inner.delete(key).await?;
            }
            let mut session = self.kept(session);
            if self.has(Fault::LoadIgnoresTheEnd) {
                session.ends_at += CENTURY;
            }
            self.inner.create(key, session).await
        })
    }

    fn load<'a>(&'a self, key: &'a SessionKey) -> StoreFuture<'a, Option<StoredSession>> {
        Box::pin(async move {
            let mut session = self.inner.load(key).await?;
            if let Some(session) = &mut session {
                if self.has(Fault::LoadForgetsTheSid) {
                    session.sid = None;
                }
                if self.has(Fault::LoadIgnoresTheEnd) {
                    session.ends_at -= CENTURY;
                }
            }
            Ok(session)
        })
    }

    fn save<'a>(
        &'a self,
        key: &'a SessionKey,
        expected: u64,
        session: StoredSession,
    ) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            let mut session = self.kept(session);
            let kept = self.inner.load(key).await?;
            let version = kept.as_ref().map_or(expected, |kept| kept.version);
            match (self.fault, kept) {
                (Fault::SaveCreates, None) => {
                    self.inner.create(key, session).await?;
                    return Ok(true);
                }
                (Fault::SaveIgnoresVersions, Some(_)) => {
                    return self.inner.save(key, version, session).await;
                }
                (Fault::SaveComparesAndWritesInTwoSteps, Some(_)) if version == expected => {
                    tokio::task::yield_now().await;
                    let now = self.inner.load(key).await?;
                    let now = now.map_or(expected, |now| now.version);
                    return self.inner.save(key, now, session).await;
                }
                (Fault::SaveKeepsTheEnd, Some(kept)) => session.ends_at = kept.ends_at,
                (Fault::SaveForgetsTheSid, Some(_)) if version == expected => {
                    self.inner.delete(key).await?;
                    self.inner.create(key, session.with_sid(None)).await?;
                    return Ok(true);
                }
                _ => {}
            }
            self.inner.save(key, expected, session).await
        })
    }

    fn delete<'a>(&'a self, key: &'a SessionKey) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            if self.has(Fault::DeleteDoesNothing) {
                return Ok(self.inner.load(key).await?.is_some());
            }
            self.inner.delete(key).await
        })
    }

    fn delete_user<'a>(&'a self, owner: &'a Owner) -> StoreFuture<'a, u64> {
        Box::pin(async move {
            let deleted = self.inner.delete_user(&self.owner(owner)).await?;
            let is_one = self.has(Fault::DeleteUserMiscounts);
            Ok(if is_one { deleted.min(1) } else { deleted })
        })
    }

    fn delete_sid<'a>(&'a self, issuer: &'a str, sid: &'a str) -> StoreFuture<'a, u64> {
        Box::pin(async move {
            let owner = self.owner(&Owner::new(issuer, ""));
            self.inner.delete_sid(&owner.issuer, sid).await
        })
    }

    fn limit_user<'a>(
        &'a self,
        owner: &'a Owner,
        most: usize,
        newest: &'a SessionKey,
    ) -> StoreFuture<'a, u64> {
        Box::pin(async move {
            let none = SessionKey::new("none");
            match self.fault {
                Fault::LimitDoesNothing => Ok(0),
                // One more is left, as if it were the newest.
                Fault::LimitDeletesTheNewest => self.inner.limit_user(owner, most + 1, &none).await,
                _ => (self.inner.limit_user(&self.owner(owner), most, newest)).await,
            }
        })
    }

    fn lock<'a>(
        &'a self,
        key: &'a SessionKey,
        token: &'a str,
        ttl: Duration,
    ) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            if self.has(Fault::LockIsNeverHeld) {
                return Ok(true);
            }
            if self.has(Fault::LockIsTakenAgainByItsHolder) {
                self.inner.unlock(key, token).await?;
            }
            let is_endless = self.has(Fault::LockLastsForEver);
            let ttl = if is_endless { CENTURY } else { ttl };
            // This faulty store ignores the lock token.
            let token = if self.has(Fault::UnlockByAnyone) {
                "any"
            } else {
                token
            };
            self.inner.lock(key, token, ttl).await
        })
    }

    fn unlock<'a>(&'a self, key: &'a SessionKey, token: &'a str) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            match self.fault {
                Fault::UnlockDoesNothing => Ok(()),
                Fault::UnlockByAnyone => self.inner.unlock(key, "any").await,
                _ => self.inner.unlock(key, token).await,
            }
        })
    }
}

fn faulty(fault: Fault) -> Subject {
    let clock = ManualClock::new();
    let store = Faulty {
        inner: Arc::new(MemoryStore::new().clock(clock.clone())),
        fault,
    };
    Subject::by_hand(store, clock.clone(), move |by| clock.advance(by))
}

/// Whether a conformance test panics.
async fn finds(sentence: impl Future<Output = ()> + Send + 'static) -> bool {
    let ran = tokio::spawn(sentence).await;
    ran.is_err_and(|error| error.is_panic())
}

#[tokio::test]
async fn correct_store_passes() {
    check(&faulty(Fault::Nothing)).await;
}

#[tokio::test]
async fn each_fault_fails_its_conformance_test() {
    macro_rules! found {
        ($($fault:ident: $sentence:ident,)*) => {$({
            let sentence = async { sentences::$sentence(&faulty(Fault::$fault)).await };
            assert!(finds(sentence).await, "{:?} passes {}", Fault::$fault, stringify!($sentence));
            let sentence = async { sentences::$sentence(&faulty(Fault::Nothing)).await };
            assert!(!finds(sentence).await, "no fault does not pass {}", stringify!($sentence));
        })*};
    }
    found! {
        CreateOverwrites: a_key_that_is_taken_is_not_created_again,
        CreateOverwrites: of_creations_at_once_exactly_one_wins,
        SaveCreates: a_save_never_creates_a_session,
        SaveCreates: a_save_after_a_deletion_does_not_bring_the_session_back,
        SaveCreates: saves_and_a_deletion_at_once_leave_no_session,
        SaveCreates: a_session_ends_at_its_end,
        SaveIgnoresVersions: a_save_with_another_version_changes_nothing,
        SaveIgnoresVersions: of_saves_at_once_exactly_one_wins,
        SaveComparesAndWritesInTwoSteps: of_saves_at_once_exactly_one_wins,
        SaveKeepsTheEnd: a_save_replaces_data_version_and_end,
        SaveKeepsTheEnd: a_save_with_a_later_end_lets_the_session_live_on,
        SaveKeepsTheEnd: a_save_with_an_earlier_end_ends_the_session_earlier,
        SaveForgetsTheSid: a_save_replaces_data_version_and_end,
        SaveForgetsTheSid: a_save_with_a_later_end_lets_the_session_live_on,
        DataAreCutAtANul: data_come_back_byte_for_byte,
        LoadForgetsTheSid: a_session_is_loaded_as_it_was_created,
        LoadIgnoresTheEnd: a_session_ends_at_its_end,
        LoadIgnoresTheEnd: a_key_whose_session_has_ended_is_free,
        DeleteDoesNothing: a_deletion_ends_that_session_and_no_other,
        DeleteDoesNothing: a_save_after_a_deletion_does_not_bring_the_session_back,
        DeleteUserIgnoresTheIssuer: a_deletion_by_user_ends_every_session_of_that_user_and_no_other,
        NamesAreJoinedByAColon: names_that_look_like_one_another_when_joined_are_told_apart,
        DeleteUserMiscounts: a_deletion_by_user_ends_every_session_of_that_user_and_no_other,
        DeleteSidIgnoresTheIssuer:
            a_deletion_by_sid_ends_the_sessions_of_that_issuer_and_sid_and_no_other,
        LimitDoesNothing: a_limit_leaves_the_newest_sessions_of_that_user_and_no_other,
        LimitDeletesTheNewest: a_limit_follows_saves_and_spares_the_new_session,
        LockIsNeverHeld: a_lock_keeps_others_out_of_that_key_and_no_other,
        LockIsNeverHeld: of_locks_at_once_exactly_one_is_taken,
        LockLastsForEver: a_lock_ends_by_itself,
        LockIsTakenAgainByItsHolder: a_lock_keeps_others_out_of_that_key_and_no_other,
        UnlockByAnyone: a_lock_is_not_given_back_by_another_token,
        UnlockByAnyone: a_lock_that_was_given_back_is_free,
        UnlockByAnyone: a_lock_ends_by_itself,
        UnlockDoesNothing: a_lock_that_was_given_back_is_free,
    }
}

#[test]
fn times_are_stored_to_the_millisecond() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (store, key) = (MemoryStore::new(), SessionKey::new("k"));
        let fine = SystemTime::now() + Duration::from_secs(60);
        let owner = Owner::new("issuer", "user");
        store
            .create(&key, StoredSession::new(vec![], 1, owner, fine))
            .await
            .unwrap();
        let ends_at = store.load(&key).await.unwrap().unwrap().ends_at;
        let since = ends_at.duration_since(UNIX_EPOCH).unwrap();
        assert_eq!(since.subsec_nanos() % 1_000_000, 0);
        assert!(ends_at <= fine && fine < ends_at + Duration::from_millis(1));
    });
}
