//! The in-memory store: the conformance suite, and its own behavior.

use std::time::Duration;

use okta_tower::{
    clock::Clock,
    store::{
        MemoryStore, Owner, SessionKey, SessionStore, StoreErrorKind, StoredSession,
        conformance::Subject,
    },
};
use okta_tower_test::ManualClock;

mod by_hand {
    use super::*;

    okta_tower::store_conformance!({
        let clock = ManualClock::new();
        let store = MemoryStore::new().clock(clock.clone());
        Subject::by_hand(store, clock.clone(), move |by| clock.advance(by))
    });
}

fn key(number: usize) -> SessionKey {
    SessionKey::new(&number.to_string())
}

fn session(clock: &ManualClock, lifetime: u64) -> StoredSession {
    let ends_at = clock.now() + Duration::from_secs(lifetime);
    StoredSession::new(vec![1], 1, Owner::new("issuer", "user"), ends_at)
}

#[tokio::test]
async fn full_store_rejects_new_sessions_and_keeps_old_ones() {
    let clock = ManualClock::new();
    let store = MemoryStore::new().capacity(2).clock(clock.clone());
    for number in [0, 1] {
        store
            .create(&key(number), session(&clock, 60))
            .await
            .unwrap();
    }
    let refused = store.create(&key(2), session(&clock, 60)).await;
    assert_eq!(refused.unwrap_err().kind(), StoreErrorKind::Full);
    for number in [0, 1] {
        assert!(store.load(&key(number)).await.unwrap().is_some());
    }

    // A deletion makes room for one session.
    assert!(store.delete(&key(0)).await.unwrap());
    store.create(&key(2), session(&clock, 60)).await.unwrap();
    assert!(store.create(&key(3), session(&clock, 60)).await.is_err());
}

#[tokio::test]
async fn ended_sessions_make_room_in_a_full_store() {
    let clock = ManualClock::new();
    let store = MemoryStore::new().capacity(2).clock(clock.clone());
    store.create(&key(0), session(&clock, 10)).await.unwrap();
    store.create(&key(1), session(&clock, 60)).await.unwrap();

    clock.advance(Duration::from_secs(9));
    assert!(store.create(&key(2), session(&clock, 60)).await.is_err());
    clock.advance(Duration::from_secs(1));
    store.create(&key(2), session(&clock, 60)).await.unwrap();
    assert!(store.load(&key(1)).await.unwrap().is_some());
}

#[tokio::test]
async fn locks_are_bounded_and_expire_by_uptime() {
    let clock = ManualClock::new();
    let store = MemoryStore::new().capacity(1).clock(clock.clone());
    let minute = Duration::from_secs(60);
    assert!(store.lock(&key(0), "mine", minute).await.unwrap());
    let refused = store.lock(&key(1), "mine", minute).await;
    assert_eq!(refused.unwrap_err().kind(), StoreErrorKind::Full);

    clock.skew(3600);
    assert!(!store.lock(&key(0), "next", minute).await.unwrap());
    clock.advance(minute);
    assert!(store.lock(&key(1), "next", minute).await.unwrap());
}

#[tokio::test]
async fn session_debug_shows_no_content() {
    let clock = ManualClock::new();
    let owner = Owner::new("https://issuer.example", "00u-secret-person");
    let session = StoredSession::new(b"sealed-secret".to_vec(), 1, owner.clone(), clock.now())
        .with_sid(Some("idx-secret"));
    let store = MemoryStore::new().clock(clock);
    let printed = format!("{session:?} {owner:?} {store:?}");
    for secret in ["secret", "115, 101"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}
