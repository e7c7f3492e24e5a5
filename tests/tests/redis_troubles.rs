//! `RedisStore` with a Redis that is down, hangs, rejects commands, or is another server. Time-outs
//! are real. The asserted bounds are several times as long.

use std::{
    error::Error,
    future::Future,
    io::Write,
    net::TcpListener,
    thread,
    time::{Duration, Instant, SystemTime},
};

use cross_tests::redis::{RedisServer, free_port};
use okta_tower::store::{
    Owner, RedisStore, SessionKey, SessionStore, StoreError, StoreErrorKind, StoredSession,
};

const HOUR: Duration = Duration::from_secs(3600);
const TIMEOUT: Duration = Duration::from_millis(500);
/// The time that a loaded machine may add to a time-out.
const AT_MOST: Duration = Duration::from_secs(5);

fn key() -> SessionKey {
    SessionKey::new("a key")
}

fn session() -> StoredSession {
    let owner = Owner::new("https://issuer.example", "00u1");
    StoredSession::new(b"sealed".to_vec(), 1, owner, SystemTime::now() + HOUR)
}

/// Returns a store with short time-outs.
fn store_at(address: &str) -> RedisStore {
    let builder = RedisStore::builder(address);
    let builder = builder.timeout(TIMEOUT).connect_timeout(TIMEOUT / 2);
    builder.connect_lazily().expect("a store")
}

/// Returns an error with its sources, as a log shows it.
fn error_chain(error: &StoreError) -> String {
    let mut text = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(error) = source {
        text += &format!(": {error} {error:?}");
        source = error.source();
    }
    text
}

async fn in_time<T>(operation: impl Future<Output = T>) -> T {
    let started = Instant::now();
    let answer = operation.await;
    assert!(
        started.elapsed() < AT_MOST,
        "the operation took {:?}",
        started.elapsed()
    );
    answer
}

/// Retries for up to 20 seconds until an operation succeeds.
async fn eventually<T>(mut operation: impl AsyncFnMut() -> Result<T, StoreError>) -> T {
    let started = Instant::now();
    loop {
        match operation().await {
            Ok(answer) => return answer,
            Err(error) if started.elapsed() > Duration::from_secs(20) => {
                panic!("{}", error_chain(&error))
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

#[tokio::test]
async fn missing_redis_fails_the_start_or_each_operation() {
    let port = free_port();
    let address = format!("redis://:pa55word@127.0.0.1:{port}");
    let error = in_time(RedisStore::connect(&*address)).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    let text = error_chain(&error);
    assert!(text.contains(&format!("127.0.0.1:{port}")), "{text}");
    assert!(text.contains("refused"), "{text}");
    assert!(!text.contains("pa55word"), "{text}");

    let store = store_at(&address);
    let error = in_time(store.load(&key())).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    assert!(!format!("{store:?}").contains("pa55word"));
}

#[tokio::test]
async fn lazy_store_works_once_redis_is_up() {
    let Some(mut server) = RedisServer::start(&[]) else {
        return;
    };
    server.end();
    let store = store_at(&server.url());
    assert!(store.create(&key(), session()).await.is_err());
    server.start_again();
    eventually(async || store.create(&key(), session()).await).await;
    assert!(store.load(&key()).await.unwrap().is_some());
}

#[tokio::test]
async fn restarted_redis_is_used_again_automatically() {
    let Some(mut server) = RedisServer::start(&[]) else {
        return;
    };
    let store = store_at(&server.url());
    store.create(&key(), session()).await.unwrap();
    server.end();
    for _ in 0..3 {
        let error = in_time(store.load(&key())).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    }
    server.start_again();
    let empty = eventually(async || store.load(&key()).await).await;
    assert!(empty.is_none(), "a new Redis is empty");
    store.create(&key(), session()).await.unwrap();
}

#[tokio::test]
async fn paused_redis_times_out_and_loses_no_session() {
    let Some(server) = RedisServer::start(&[]) else {
        return;
    };
    let store = store_at(&server.url());
    store.create(&key(), session()).await.unwrap();
    server.stop();
    for _ in 0..3 {
        let error = in_time(store.load(&key())).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    }
    server.resume();
    let kept = eventually(async || store.load(&key()).await).await;
    assert!(kept.is_some(), "a session was lost");
}

#[tokio::test]
async fn concurrent_requests_to_a_paused_redis_share_the_wait() {
    let Some(server) = RedisServer::start(&[]) else {
        return;
    };
    server.stop();
    let store = std::sync::Arc::new(store_at(&server.url()));
    let mut crowd = tokio::task::JoinSet::new();
    for _ in 0..200 {
        let store = store.clone();
        crowd.spawn(async move { store.load(&key()).await.is_err() });
    }
    let refused = in_time(crowd.join_all()).await;
    assert!(refused.into_iter().all(|is_refused| is_refused));
    server.resume();
}

#[tokio::test]
async fn connection_closed_while_idle_is_replaced() {
    let Some(server) = RedisServer::start(&[]) else {
        return;
    };
    let store = store_at(&server.url());
    store.create(&key(), session()).await.unwrap();
    for _ in 0..3 {
        let closed = server.command("CLIENT KILL TYPE normal SKIPME yes");
        assert_eq!(closed, ":1\r\n", "the store's connection is closed");
        // Give the client time to notice the closed connection.
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(store.load(&key()).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn wrong_password_is_reported_without_the_password() {
    let Some(server) = RedisServer::start(&["--requirepass", "r1ght:p@ss"]) else {
        return;
    };
    let at = |login: &str| format!("redis://{login}127.0.0.1:{}/2", server.port());
    for login in ["", ":wr0ng@", "default:wr0ng@", "nobody:r1ght%3Ap%40ss@"] {
        let error = RedisStore::connect(at(login)).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Misconfigured, "{login}");
        let text = error_chain(&error);
        assert!(text.contains("password"), "{text}");
        for secret in ["wr0ng", "r1ght", "nobody"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
    for login in [":r1ght%3Ap%40ss@", "default:r1ght%3Ap%40ss@"] {
        let store = RedisStore::connect(at(login)).await.unwrap();
        store.delete(&key()).await.unwrap();
        store.create(&key(), session()).await.unwrap();
    }
}

#[tokio::test]
async fn missing_database_is_reported() {
    let Some(server) = RedisServer::start(&["--databases", "2"]) else {
        return;
    };
    let error = RedisStore::connect(format!("{}/2", server.url()))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Misconfigured);
    assert!(
        error_chain(&error).contains("database"),
        "{}",
        error_chain(&error)
    );
    assert!(
        RedisStore::connect(format!("{}/1", server.url()))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn changed_password_fails_until_it_is_restored() {
    let Some(server) = RedisServer::start(&["--requirepass", "first"]) else {
        return;
    };
    let store = store_at(&format!("redis://:first@127.0.0.1:{}", server.port()));
    store.create(&key(), session()).await.unwrap();
    let admin = |line: &str| server.command(&format!("AUTH {line}\r\nCLIENT KILL TYPE normal"));
    let _ = admin("first\r\nCONFIG SET requirepass second");
    tokio::time::sleep(Duration::from_millis(100)).await;
    let error = store.load(&key()).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Misconfigured);

    let _ = admin("second\r\nCONFIG SET requirepass first");
    let kept = eventually(async || store.load(&key()).await).await;
    assert!(kept.is_some());
}

#[tokio::test]
async fn documented_acl_suffices_and_a_lesser_one_is_reported() {
    let Some(server) = RedisServer::start(&[]) else {
        return;
    };
    let commands = "+hmget +eval +set +select +exists +hget +hset +pexpire +pttl +unlink +get \
                    +zadd +zrem +zrange +zcard +zremrangebyscore";
    let made = server.command(&format!("ACL SETUSER app on >pw ~okta:* -@all {commands}"));
    assert_eq!(made, "+OK\r\n");
    let made = server.command("ACL SETUSER less on >pw ~okta:* -@all +hmget");
    assert_eq!(made, "+OK\r\n");
    let at = |user: &str| format!("redis://{user}:pw@127.0.0.1:{}/1", server.port());

    let store = RedisStore::connect(at("app")).await.unwrap();
    let session = session().with_sid(Some("idx"));
    store.create(&key(), session.clone()).await.unwrap();
    assert!(store.save(&key(), 1, session.clone()).await.unwrap());
    assert!(store.lock(&key(), "token", HOUR).await.unwrap());
    store.unlock(&key(), "token").await.unwrap();
    assert_eq!(store.delete_user(&session.owner).await.unwrap(), 1);
    store.create(&key(), session.clone()).await.unwrap();
    let other = SessionKey::new("other");
    store.create(&other, session.clone()).await.unwrap();
    let limited = store.limit_user(&session.owner, 1, &other).await;
    assert_eq!(limited.unwrap(), 1);
    assert!(store.delete(&other).await.unwrap());

    let error = RedisStore::connect(at("less")).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Misconfigured);
    let store = RedisStore::connect(format!("redis://less:pw@127.0.0.1:{}", server.port())).await;
    let error = store.unwrap().create(&key(), session).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Misconfigured);
    assert!(
        error_chain(&error).contains("NOPERM"),
        "{}",
        error_chain(&error)
    );
}

#[tokio::test]
async fn full_redis_rejects_new_sessions_and_keeps_old_ones() {
    let Some(server) = RedisServer::start(&["--maxmemory-policy", "noeviction"]) else {
        return;
    };
    let store = RedisStore::connect(server.url()).await.unwrap();
    store.create(&key(), session()).await.unwrap();
    assert_eq!(server.command("CONFIG SET maxmemory 1"), "+OK\r\n");
    let newcomer = SessionKey::new("newcomer");
    let error = store.create(&newcomer, session()).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Full);
    assert!(store.load(&key()).await.unwrap().is_some());
    // A sign-out needs no memory.
    assert!(store.delete(&key()).await.unwrap());

    assert_eq!(server.command("CONFIG SET maxmemory 0"), "+OK\r\n");
    store.create(&newcomer, session()).await.unwrap();
}

#[tokio::test]
async fn redis_cluster_is_rejected_by_name() {
    let name = format!("okta-tower-nodes-{}.conf", std::process::id());
    let config = std::env::temp_dir().join(name).display().to_string();
    let arguments = ["--cluster-enabled", "yes", "--cluster-config-file", &config];
    let Some(server) = RedisServer::start(&arguments) else {
        return;
    };
    let error = RedisStore::connect(server.url()).await.unwrap_err();
    drop(server);
    let _ = std::fs::remove_file(&config);
    assert_eq!(error.kind(), StoreErrorKind::Misconfigured);
    assert!(
        error_chain(&error).contains("Cluster"),
        "{}",
        error_chain(&error)
    );
}

#[tokio::test]
async fn foreign_server_is_an_error_without_its_words() {
    for words in [
        "HTTP/1.1 400 Bad Request\r\n\r\n",
        "-SECRET of-a-session\r\n",
        "-secretofasession\r\n",
        "+hello\r\n",
        "*6\r\n$1\r\na\r\n$1\r\nb\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n",
        "",
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("redis://{}", listener.local_addr().unwrap());
        thread::spawn(move || {
            while let Ok((mut connection, _)) = listener.accept() {
                let _ = connection.write_all(words.as_bytes());
            }
        });
        let error = in_time(store_at(&address).load(&key())).await.unwrap_err();
        let text = error_chain(&error);
        assert!(!text.contains("of-a-session"), "{text}");
        assert!(!text.contains("secretof"), "{text}");
    }
}

#[tokio::test]
async fn foreign_data_under_a_session_key_is_an_error() {
    let Some(server) = RedisServer::start(&[]) else {
        return;
    };
    let store = RedisStore::builder(server.url()).prefix("p:");
    let store = store.connect().await.unwrap();
    let _ = server.command("HSET p:session:half data x version 1");
    let _ = server.command("SET p:session:text x");
    for name in ["half", "text"] {
        let error = store.load(&SessionKey::new(name)).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unusable, "{name}");
    }
}
