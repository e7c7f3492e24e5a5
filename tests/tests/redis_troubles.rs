//! What `RedisStore` does when Redis is down, stands still, refuses, or is something else. Its time-outs are real: the bounds
//! that are asserted are several times what is waited for.

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
/// What a loaded machine may add to a time-out.
const AT_MOST: Duration = Duration::from_secs(5);

fn key() -> SessionKey {
    SessionKey::new("a key")
}

fn session() -> StoredSession {
    let owner = Owner::new("https://issuer.example", "00u1");
    StoredSession::new(b"sealed".to_vec(), 1, owner, SystemTime::now() + HOUR)
}

/// A store with short time-outs.
fn store_at(address: &str) -> RedisStore {
    let builder = RedisStore::builder(address);
    let builder = builder.timeout(TIMEOUT).connect_timeout(TIMEOUT / 2);
    builder.connect_lazily().expect("a store")
}

/// An error with everything below it, as a log would show it.
fn told(error: &StoreError) -> String {
    let mut told = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(error) = source {
        told += &format!(": {error} {error:?}");
        source = error.source();
    }
    told
}

async fn in_time<T>(operation: impl Future<Output = T>) -> T {
    let started = Instant::now();
    let answer = operation.await;
    assert!(
        started.elapsed() < AT_MOST,
        "it took {:?}",
        started.elapsed()
    );
    answer
}

/// Tries for some seconds until an operation succeeds.
async fn eventually<T>(mut operation: impl AsyncFnMut() -> Result<T, StoreError>) -> T {
    let started = Instant::now();
    loop {
        match operation().await {
            Ok(answer) => return answer,
            Err(error) if started.elapsed() > Duration::from_secs(20) => panic!("{}", told(&error)),
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

#[tokio::test]
async fn where_no_redis_is_a_start_fails_with_its_address_and_a_lazy_one_with_each_operation() {
    let port = free_port();
    let address = format!("redis://:pa55word@127.0.0.1:{port}");
    let error = in_time(RedisStore::connect(&*address)).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    let told = told(&error);
    assert!(told.contains(&format!("127.0.0.1:{port}")), "{told}");
    assert!(told.contains("refused"), "{told}");
    assert!(!told.contains("pa55word"), "{told}");

    let store = store_at(&address);
    let error = in_time(store.load(&key())).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    assert!(!format!("{store:?}").contains("pa55word"));
}

#[tokio::test]
async fn a_store_that_starts_before_its_redis_works_once_redis_is_there() {
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
async fn when_redis_ends_operations_fail_in_time_and_when_it_is_back_they_succeed_by_themselves() {
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
    assert!(empty.is_none(), "it is a new Redis, with nothing in it");
    store.create(&key(), session()).await.unwrap();
}

#[tokio::test]
async fn when_redis_stands_still_operations_time_out_and_when_it_goes_on_nothing_is_lost() {
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
    assert!(kept.is_some(), "nobody was signed out");
}

#[tokio::test]
async fn many_requests_at_once_wait_for_a_silent_redis_no_longer_than_one() {
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
async fn a_connection_that_redis_has_closed_in_a_quiet_hour_is_not_noticed() {
    let Some(server) = RedisServer::start(&[]) else {
        return;
    };
    let store = store_at(&server.url());
    store.create(&key(), session()).await.unwrap();
    for _ in 0..3 {
        let closed = server.say("CLIENT KILL TYPE normal SKIPME yes");
        assert_eq!(closed, ":1\r\n", "the store's connection is closed");
        // Its end is on the way to us.
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(store.load(&key()).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_wrong_password_is_told_without_it_and_the_right_one_is_accepted() {
    let Some(server) = RedisServer::start(&["--requirepass", "r1ght:p@ss"]) else {
        return;
    };
    let at = |login: &str| format!("redis://{login}127.0.0.1:{}/2", server.port());
    for login in ["", ":wr0ng@", "default:wr0ng@", "nobody:r1ght%3Ap%40ss@"] {
        let error = RedisStore::connect(at(login)).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Misconfigured, "{login}");
        let told = told(&error);
        assert!(told.contains("password"), "{told}");
        for secret in ["wr0ng", "r1ght", "nobody"] {
            assert!(!told.contains(secret), "{told}");
        }
    }
    for login in [":r1ght%3Ap%40ss@", "default:r1ght%3Ap%40ss@"] {
        let store = RedisStore::connect(at(login)).await.unwrap();
        store.delete(&key()).await.unwrap();
        store.create(&key(), session()).await.unwrap();
    }
}

#[tokio::test]
async fn a_password_that_is_changed_at_redis_is_an_error_until_it_is_changed_back() {
    let Some(server) = RedisServer::start(&["--requirepass", "first"]) else {
        return;
    };
    let store = store_at(&format!("redis://:first@127.0.0.1:{}", server.port()));
    store.create(&key(), session()).await.unwrap();
    let admin = |line: &str| server.say(&format!("AUTH {line}\r\nCLIENT KILL TYPE normal"));
    let _ = admin("first\r\nCONFIG SET requirepass second");
    tokio::time::sleep(Duration::from_millis(100)).await;
    let error = store.load(&key()).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Misconfigured);

    let _ = admin("second\r\nCONFIG SET requirepass first");
    let kept = eventually(async || store.load(&key()).await).await;
    assert!(kept.is_some());
}

#[tokio::test]
async fn the_rights_that_are_documented_are_enough_and_fewer_are_told() {
    let Some(server) = RedisServer::start(&[]) else {
        return;
    };
    let commands = "+hmget +eval +set +select +exists +hget +hset +pexpire +pttl +unlink +get +zadd +zrem \
                    +zrange +zcard +zremrangebyscore";
    let made = server.say(&format!("ACL SETUSER app on >pw ~okta:* -@all {commands}"));
    assert_eq!(made, "+OK\r\n");
    let made = server.say("ACL SETUSER less on >pw ~okta:* -@all +hmget");
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
    assert!(store.delete(&key()).await.unwrap());

    let error = RedisStore::connect(at("less")).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Misconfigured);
    let store = RedisStore::connect(format!("redis://less:pw@127.0.0.1:{}", server.port())).await;
    let error = store.unwrap().create(&key(), session).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Misconfigured);
    assert!(told(&error).contains("NOPERM"), "{}", told(&error));
}

#[tokio::test]
async fn a_full_redis_refuses_a_newcomer_and_keeps_who_is_there() {
    let Some(server) = RedisServer::start(&["--maxmemory-policy", "noeviction"]) else {
        return;
    };
    let store = RedisStore::connect(server.url()).await.unwrap();
    store.create(&key(), session()).await.unwrap();
    assert_eq!(server.say("CONFIG SET maxmemory 1"), "+OK\r\n");
    let newcomer = SessionKey::new("newcomer");
    let error = store.create(&newcomer, session()).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Full);
    assert!(store.load(&key()).await.unwrap().is_some());
    // A sign-out needs no memory.
    assert!(store.delete(&key()).await.unwrap());

    assert_eq!(server.say("CONFIG SET maxmemory 0"), "+OK\r\n");
    store.create(&newcomer, session()).await.unwrap();
}

#[tokio::test]
async fn a_cluster_is_told_to_be_none_of_ours() {
    let config = format!("/dev/shm/okta-tower-nodes-{}.conf", std::process::id());
    let arguments = ["--cluster-enabled", "yes", "--cluster-config-file", &config];
    let Some(server) = RedisServer::start(&arguments) else {
        return;
    };
    let error = RedisStore::connect(server.url()).await.unwrap_err();
    drop(server);
    let _ = std::fs::remove_file(&config);
    assert_eq!(error.kind(), StoreErrorKind::Misconfigured);
    assert!(told(&error).contains("Cluster"), "{}", told(&error));
}

#[tokio::test]
async fn what_is_no_redis_is_an_error_and_none_of_its_words_are_repeated() {
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
        let told = told(&error);
        assert!(!told.contains("of-a-session"), "{told}");
        assert!(!told.contains("secretof"), "{told}");
    }
}

#[tokio::test]
async fn what_somebody_else_has_put_there_is_an_error_and_no_session() {
    let Some(server) = RedisServer::start(&[]) else {
        return;
    };
    let store = RedisStore::builder(server.url()).prefix("p:");
    let store = store.connect().await.unwrap();
    let _ = server.say("HSET p:session:half data x version 1");
    let _ = server.say("SET p:session:text x");
    for name in ["half", "text"] {
        let error = store.load(&SessionKey::new(name)).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unusable, "{name}");
    }
}
