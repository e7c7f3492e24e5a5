//! The guarantees of the Redis store across processes: two stores, each with its own connection.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use cross_tests::redis::RedisServer;
use okta_tower::store::{Owner, RedisStore, SessionKey, SessionStore, StoredSession};
use tokio::task::JoinSet;

const HOUR: Duration = Duration::from_secs(3600);

struct Two {
    server: RedisServer,
    here: Arc<RedisStore>,
    there: Arc<RedisStore>,
}

async fn two() -> Option<Two> {
    let server = RedisServer::start(&[])?;
    let here = RedisStore::connect(server.url()).await.expect("a store");
    let there = RedisStore::connect(server.url()).await.expect("a store");
    Some(Two {
        server,
        here: Arc::new(here),
        there: Arc::new(there),
    })
}

fn key(name: &str) -> SessionKey {
    SessionKey::new(name)
}

fn session(version: u64) -> StoredSession {
    let owner = Owner::new("https://issuer.example", "00u1");
    let data = format!("sealed {version}").into_bytes();
    StoredSession::new(data, version, owner, SystemTime::now() + HOUR).with_sid(Some("idx1"))
}

#[tokio::test]
async fn writes_and_deletions_are_visible_to_the_other_process() {
    let Some(Two {
        server: _server,
        here,
        there,
    }) = two().await
    else {
        return;
    };
    for way in 0..3 {
        here.create(&key("k"), session(1)).await.unwrap();
        assert!(there.save(&key("k"), 1, session(2)).await.unwrap());
        let loaded = here.load(&key("k")).await.unwrap().expect("a session");
        assert_eq!(loaded.version, 2);

        let ended = match way {
            0 => u64::from(here.delete(&key("k")).await.unwrap()),
            1 => here.delete_user(&session(1).owner).await.unwrap(),
            _ => here
                .delete_sid("https://issuer.example", "idx1")
                .await
                .unwrap(),
        };
        assert_eq!(ended, 1);
        assert_eq!(there.load(&key("k")).await.unwrap(), None);
        // A concurrent refresh in the other process does not restore the session.
        assert!(!there.save(&key("k"), 2, session(3)).await.unwrap());
        assert_eq!(here.load(&key("k")).await.unwrap(), None);
    }
}

#[tokio::test]
async fn hundred_refreshes_in_two_processes_cost_one_request() {
    /// Refreshes as the sign-in layer does: lock, load, request, save, unlock. Without the lock, it
    /// loads again.
    async fn refresh(store: &RedisStore, token: &str, asked: &std::sync::atomic::AtomicU64) -> u64 {
        loop {
            let now = store
                .load(&key("k"))
                .await
                .unwrap()
                .expect("the session exists");
            if now.version > 1 {
                return now.version;
            }
            if store.lock(&key("k"), token, HOUR).await.unwrap() {
                let again = store.load(&key("k")).await.unwrap().expect("a session");
                if again.version == 1 {
                    asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    assert!(store.save(&key("k"), 1, session(2)).await.unwrap());
                }
                store.unlock(&key("k"), token).await.unwrap();
            }
            tokio::task::yield_now().await;
        }
    }
    let Some(Two {
        server: _server,
        here,
        there,
    }) = two().await
    else {
        return;
    };
    here.create(&key("k"), session(1)).await.unwrap();
    let asked = Arc::new(std::sync::atomic::AtomicU64::new(0));
    let mut crowd = JoinSet::new();
    for number in 0..100 {
        let store = Arc::clone(if number % 2 == 0 { &here } else { &there });
        let asked = Arc::clone(&asked);
        crowd.spawn(async move { refresh(&store, &number.to_string(), &asked).await });
    }
    let versions = crowd.join_all().await;
    assert_eq!(versions, [2; 100]);
    assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), 1);
}

#[tokio::test]
async fn lock_of_a_dead_process_expires() {
    let Some(Two {
        server,
        here,
        there,
    }) = two().await
    else {
        return;
    };
    here.create(&key("k"), session(1)).await.unwrap();
    assert!(here.lock(&key("k"), "dies", HOUR).await.unwrap());
    drop(here);
    assert!(!there.lock(&key("k"), "lives", HOUR).await.unwrap());
    // The lock expires.
    assert_eq!(server.command("PEXPIRE okta:lock:k 0"), ":1\r\n");
    assert!(there.lock(&key("k"), "lives", HOUR).await.unwrap());
    assert!(there.save(&key("k"), 1, session(2)).await.unwrap());
}

#[tokio::test]
async fn prefixes_and_databases_separate_applications() {
    let Some(Two {
        server,
        here,
        there: _,
    }) = two().await
    else {
        return;
    };
    let prefixed = RedisStore::builder(server.url()).prefix("shop:");
    let prefixed = prefixed.connect().await.unwrap();
    let elsewhere = RedisStore::connect(format!("{}/1", server.url()))
        .await
        .unwrap();
    here.create(&key("k"), session(1)).await.unwrap();
    for other in [&prefixed, &elsewhere] {
        assert_eq!(other.load(&key("k")).await.unwrap(), None);
        assert_eq!(other.delete_user(&session(1).owner).await.unwrap(), 0);
        assert!(!other.delete(&key("k")).await.unwrap());
        other.create(&key("k"), session(1)).await.unwrap();
    }
    assert_eq!(here.delete_user(&session(1).owner).await.unwrap(), 1);
    for other in [&prefixed, &elsewhere] {
        assert!(other.load(&key("k")).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn every_redis_key_expires_and_deletion_leaves_nothing() {
    let Some(Two {
        server,
        here,
        there: _,
    }) = two().await
    else {
        return;
    };
    for name in ["a", "b", "c"] {
        here.create(&key(name), session(1)).await.unwrap();
        assert!(here.save(&key(name), 1, session(2)).await.unwrap());
    }
    assert!(here.lock(&key("a"), "token", HOUR).await.unwrap());
    // Three sessions, a set by user, a set by `sid`, and the lock.
    assert_eq!(server.command("DBSIZE"), ":6\r\n");
    let without_end = "EVAL \"local n = 0 for _, k in ipairs(redis.call('KEYS', '*')) do \
                       if redis.call('PTTL', k) < 0 then n = n + 1 end end return n\" 0";
    assert_eq!(server.command(without_end), ":0\r\n");

    here.unlock(&key("a"), "token").await.unwrap();
    assert!(here.delete(&key("a")).await.unwrap());
    assert_eq!(server.command("DBSIZE"), ":4\r\n");
    assert_eq!(here.delete_user(&session(1).owner).await.unwrap(), 2);
    assert_eq!(server.command("DBSIZE"), ":0\r\n");
}

#[tokio::test]
async fn sets_of_a_user_drop_expired_sessions() {
    let Some(Two {
        server,
        here,
        there: _,
    }) = two().await
    else {
        return;
    };
    let set = server.command("KEYS okta:user:*");
    assert_eq!(set, "*0\r\n");
    // These sessions have expired, as if Redis had removed them. Only the sets still name them.
    let past = SystemTime::now() - HOUR;
    for number in 0..20 {
        let mut gone = session(1);
        gone.ends_at = past;
        here.create(&key(&number.to_string()), gone).await.unwrap();
    }
    here.create(&key("last"), session(1)).await.unwrap();
    let members = "EVAL \"return redis.call('ZCARD', redis.call('KEYS', 'okta:user:*')[1])\" 0";
    assert_eq!(server.command(members), ":1\r\n");
}

#[tokio::test]
async fn all_sessions_of_a_user_are_deleted_across_batches() {
    let Some(Two {
        server,
        here,
        there,
    }) = two().await
    else {
        return;
    };
    let mut crowd = JoinSet::new();
    for number in 0..1201 {
        let here = Arc::clone(&here);
        crowd.spawn(async move { here.create(&key(&number.to_string()), session(1)).await });
    }
    for created in crowd.join_all().await {
        created.unwrap();
    }
    assert_eq!(there.delete_user(&session(1).owner).await.unwrap(), 1201);
    assert_eq!(server.command("DBSIZE"), ":0\r\n");
}
