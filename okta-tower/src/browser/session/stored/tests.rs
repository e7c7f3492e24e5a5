//! Sessions in a store, from their first cookie to their end, in one process and in two.

use std::{sync::Arc, time::Duration};

use http::{HeaderMap, header::SET_COOKIE};

use crate::browser::session::{
    CreateError, Session, Sessions,
    fixture::{
        ISSUER, WatchedStore, World, cookies, identify, new_session, process_of, set, settle,
        sign_in, take,
    },
    record::{Record, TokenRetention},
};
use crate::{
    browser::{
        seal::Purpose,
        store::{Owner, SessionStore, StoredSession},
    },
    claims::NoExtra,
    oauth::TokenFailure,
};

const DUE: u64 = 3540;
const NEEDED: u64 = 3600;
const TENTH: Duration = Duration::from_millis(100);

/// Uses a session for so many seconds.
async fn in_use(world: &World, browser: &HeaderMap, seconds: u64) {
    let mut left = seconds;
    while left > 0 {
        let step = left.min(1800);
        left -= step;
        world.clock.advance(step);
        if left > 0 {
            assert_eq!(world.current(browser).await, Ok("00u1".into()));
        }
    }
}

/// Spawns a request. Returns the access token of its session, or the reason for the rejection.
fn request(
    sessions: &Arc<Sessions>,
    browser: &HeaderMap,
) -> tokio::task::JoinHandle<Result<String, &'static str>> {
    let (sessions, browser) = (Arc::clone(sessions), browser.clone());
    tokio::spawn(async move { access_token(&sessions, &browser).await })
}

async fn access_token(
    sessions: &Arc<Sessions>,
    browser: &HeaderMap,
) -> Result<String, &'static str> {
    match sessions.current(browser).await {
        Ok(Some(verified)) => {
            let session = Session::<NoExtra>::of(&verified).unwrap();
            Ok(session.access_token().unwrap().expose().to_owned())
        }
        Ok(None) => Err("anonymous"),
        Err(error) => Err(error.as_str()),
    }
}

async fn until_refreshing(world: &World, times: usize) {
    while world.issuer.refreshes() < times {
        tokio::task::yield_now().await;
    }
}

async fn loaded(store: &Arc<WatchedStore>) -> StoredSession {
    store.load(&store.last_key()).await.unwrap().unwrap()
}

#[tokio::test]
async fn request_costs_one_load_and_no_write() {
    let (world, store) = World::stored();
    let browser = world.signed_in().await;
    for loads in 1..4 {
        assert_eq!(world.current(&browser).await, Ok("00u1".into()));
        assert_eq!((store.loads(), store.saves()), (loads, 0));
    }
    assert_eq!(world.current(&HeaderMap::new()).await, Err("anonymous"));
    assert_eq!(store.loads(), 3);
}

#[tokio::test]
async fn store_has_the_hash_of_the_id_and_sealed_data() {
    let (world, store) = World::stored();
    let browser = world.signed_in().await;
    let id = cookies(&browser)[0].1.clone();
    assert_eq!((cookies(&browser).len(), id.len()), (1, 43));
    let key = store.last_key();
    assert!(key.as_str().len() == 43 && key.as_str() != id);
    let stored = loaded(&store).await;
    assert_eq!(stored.owner, Owner::new(ISSUER, "00u1"));
    assert_eq!(stored.sid.as_deref(), Some("sid-1"));
    let data = String::from_utf8(stored.data).unwrap();
    for secret in ["ada", "refresh-0", "access-0", &id] {
        assert!(!data.contains(secret), "{secret}");
    }
    // Another sign-in has another id.
    let other = world.signed_in().await;
    assert_ne!(cookies(&other)[0].1, id);
}

#[tokio::test]
async fn malformed_id_is_rejected_without_a_load() {
    let (world, store) = World::stored();
    let name = cookies(&world.signed_in().await)[0].0.clone();
    let verdict = async |value: &str| {
        let mut browser = HeaderMap::new();
        set(&mut browser, &[(name.clone(), value.to_owned())]);
        world.sessions.current(&browser).await.unwrap_err().as_str()
    };
    for none in [
        "x",
        &"A".repeat(42),
        &"A".repeat(44),
        &"!".repeat(43),
        // Not canonical: the last character has bits that mean nothing.
        &"B".repeat(43),
    ] {
        assert_eq!(verdict(none).await, "session_unreadable");
    }
    assert_eq!(store.loads(), 0);
    assert_eq!(verdict(&"A".repeat(43)).await, "session_ended");
    assert_eq!(store.loads(), 1);
}

#[tokio::test]
async fn requests_to_two_processes_make_one_token_request() {
    for moment in [DUE, NEEDED - 1] {
        let (world, store) = World::stored();
        let other = world.another_process(&store);
        let browser = world.signed_in().await;
        in_use(&world, &browser, moment).await;
        world.issuer.hold();
        let requests: Vec<_> = (0..100)
            .map(|number| {
                let sessions = [&world.sessions, &other][number % 2];
                request(sessions, &browser)
            })
            .collect();
        until_refreshing(&world, 1).await;
        settle().await;
        world.issuer.release();
        for request in requests {
            assert_eq!(world.clock.run(request).await, Ok("access-1".into()));
        }
        assert_eq!(world.issuer.refreshes(), 1);
        assert_eq!(*world.issuer.asked.lock().unwrap(), ["refresh-0"]);
        // No response sets another cookie.
        let verified = world.sessions.current(&browser).await.unwrap().unwrap();
        let mut headers = HeaderMap::new();
        world
            .sessions
            .finish(&verified, world.sessions.now(), &mut headers);
        assert!(!headers.contains_key(SET_COOKIE));
    }
}

#[tokio::test]
async fn disconnected_request_loses_no_new_tokens() {
    let (world, _store) = World::stored();
    let browser = world.signed_in().await;
    in_use(&world, &browser, DUE).await;
    world.issuer.hold();
    let waiting = request(&world.sessions, &browser);
    until_refreshing(&world, 1).await;
    waiting.abort();
    world.issuer.release();
    settle().await;
    assert_eq!(
        access_token(&world.sessions, &browser).await,
        Ok("access-1".into())
    );
    assert_eq!(world.issuer.refreshes(), 1);
}

#[tokio::test]
async fn sign_out_during_refresh_revokes_the_new_tokens() {
    for signs_out in [true, false] {
        let (world, store) = World::stored();
        let other = world.another_process(&store);
        let browser = world.signed_in().await;
        in_use(&world, &browser, NEEDED - 1).await;
        world.issuer.hold();
        let waiting = request(&world.sessions, &browser);
        until_refreshing(&world, 1).await;
        if signs_out {
            // In the other process: only the store tells this one.
            let ended = other.end(&browser).await;
            assert_eq!(ended.refresh_token.unwrap().expose(), "refresh-0");
            assert!(ended.id_token.is_some() && ended.store_error.is_none());
        }
        world.issuer.release();
        let outcome = world.clock.run(waiting).await;
        settle().await;
        let revoked = world.issuer.revoked.lock().unwrap().clone();
        if signs_out {
            assert_eq!(outcome, Err("session_ended"));
            assert_eq!(revoked, ["refresh-1"]);
            assert_eq!(world.current(&browser).await, Err("session_ended"));
            assert_eq!(identify(&other, &browser).await, Err("session_ended"));
        } else {
            assert_eq!(outcome, Ok("access-1".into()));
            assert!(revoked.is_empty());
        }
    }
}

#[tokio::test]
async fn use_recorded_during_refresh_loses_no_new_tokens() {
    let (world, store) = World::stored();
    let browser = world.signed_in().await;
    in_use(&world, &browser, DUE).await;
    world.issuer.hold();
    let waiting = request(&world.sessions, &browser);
    until_refreshing(&world, 1).await;
    let mut stored = loaded(&store).await;
    let version = stored.version;
    stored.version += 1;
    assert!(
        store
            .save(&store.last_key(), version, stored)
            .await
            .unwrap()
    );
    world.issuer.release();
    assert_eq!(world.clock.run(waiting).await, Ok("access-1".into()));
    assert_eq!(loaded(&store).await.version, version + 2);
    assert!(world.issuer.revoked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn second_of_two_refreshes_does_no_harm() {
    let (world, store) = World::stored();
    let other = world.another_process(&store);
    let browser = world.signed_in().await;
    in_use(&world, &browser, NEEDED - 1).await;
    world.issuer.hold();
    let slow = request(&world.sessions, &browser);
    until_refreshing(&world, 1).await;
    // So slow that its lock expires, and another process uses the same refresh token.
    world.clock.pass(world.sessions.context.settings.lock_ttl);
    let second = request(&other, &browser);
    until_refreshing(&world, 2).await;
    world.issuer.release();
    let tokens = ["access-1".to_owned(), "access-2".to_owned()];
    assert!(tokens.contains(&world.clock.run(second).await.unwrap()));
    // Its request has stopped waiting, but the session exists.
    assert_eq!(
        world.clock.run(slow).await,
        Err("session_refresh_unavailable")
    );
    let now = access_token(&world.sessions, &browser).await.unwrap();
    assert_eq!(access_token(&other, &browser).await, Ok(now));
    assert_eq!(
        *world.issuer.asked.lock().unwrap(),
        ["refresh-0", "refresh-0"]
    );
    // Both tokens belong to one family: to revoke the second would end the session.
    assert!(world.issuer.revoked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn unreachable_store_is_503_and_keeps_the_session() {
    let (world, store) = World::stored();
    let browser = world.signed_in().await;
    assert_eq!(world.current(&browser).await, Ok("00u1".into()));
    store.set_down(true);
    // Cached or not: a sign-out elsewhere cannot be ruled out.
    let error = world.sessions.current(&browser).await.unwrap_err();
    assert_eq!(error.as_str(), "session_store_unavailable");
    assert_eq!(error.outcome(), crate::error::AuthErrorKind::Unavailable);
    let refused = (world.sessions)
        .create(new_session(), &HeaderMap::new())
        .await;
    assert!(matches!(refused, Err(CreateError::Store)));
    store.set_down(false);
    assert_eq!(world.current(&browser).await, Ok("00u1".into()));
}

#[tokio::test]
async fn new_tokens_are_saved_once_the_store_recovers() {
    let (world, store) = World::stored();
    let browser = world.signed_in().await;
    in_use(&world, &browser, NEEDED - 1).await;
    world.issuer.hold();
    let waiting = request(&world.sessions, &browser);
    until_refreshing(&world, 1).await;
    store.set_down(true);
    world.issuer.release();
    assert_eq!(
        world.clock.run(waiting).await,
        Err("session_store_unavailable")
    );
    world.clock.advance(60);
    settle().await;
    store.set_down(false);
    let waiting = request(&world.sessions, &browser);
    assert_eq!(world.clock.run(waiting).await, Ok("access-1".into()));
    assert_eq!(world.issuer.refreshes(), 1);
}

#[tokio::test]
async fn lock_of_a_dead_process_expires() {
    let (world, store) = World::stored();
    let browser = world.signed_in().await;
    in_use(&world, &browser, NEEDED).await;
    let ttl = world.sessions.context.settings.lock_ttl;
    assert!(store.lock(&store.last_key(), "dead", ttl).await.unwrap());
    world.clock.pass(TENTH);
    let waiting = request(&world.sessions, &browser);
    settle().await;
    world.clock.pass(ttl - TENTH - TENTH);
    settle().await;
    assert_eq!(world.issuer.refreshes(), 0);
    assert_eq!(world.clock.run(waiting).await, Ok("access-1".into()));
    assert_eq!(world.issuer.refreshes(), 1);
}

#[tokio::test]
async fn stuck_lock_delays_requests_for_a_limited_time() {
    let (world, store) = World::stored();
    let browser = world.signed_in().await;
    in_use(&world, &browser, DUE).await;
    let held = Duration::from_secs(3000);
    assert!(store.lock(&store.last_key(), "stuck", held).await.unwrap());
    let before = world.clock.elapsed();
    // The access token is valid: served without the refresh.
    let waiting = request(&world.sessions, &browser);
    assert_eq!(world.clock.run(waiting).await, Ok("access-0".into()));
    assert!(world.clock.elapsed() - before <= Duration::from_secs(2) + TENTH);
    // It has ended: 503, and the session stays.
    world.clock.advance(60);
    let before = world.clock.elapsed();
    let waiting = request(&world.sessions, &browser);
    assert_eq!(
        world.clock.run(waiting).await,
        Err("session_refresh_unavailable")
    );
    assert!(world.clock.elapsed() - before <= world.sessions.context.settings.lock_ttl + TENTH);
    store.unlock(&store.last_key(), "stuck").await.unwrap();
    let waiting = request(&world.sessions, &browser);
    assert_eq!(world.clock.run(waiting).await, Ok("access-1".into()));
}

#[tokio::test]
async fn sign_out_holds_in_every_process_at_once() {
    let (world, store) = World::stored();
    let other = world.another_process(&store);
    let mut browser = world.signed_in().await;
    let bystander = world.signed_in().await;
    let stolen = browser.clone();
    for sessions in [&world.sessions, &other] {
        assert_eq!(identify(sessions, &stolen).await, Ok("00u1".into()));
    }
    let ended = world.sessions.end(&browser).await;
    take(&mut browser, &ended.set_cookies);
    assert!(cookies(&browser).is_empty());
    for sessions in [&world.sessions, &other] {
        let error = sessions.current(&stolen).await.unwrap_err();
        assert_eq!(error.as_str(), "session_ended");
        assert_eq!(identify(sessions, &bystander).await, Ok("00u1".into()));
    }
}

#[tokio::test]
async fn deletion_by_user_or_sid_ends_matching_sessions() {
    let (world, store) = World::stored();
    let browser = world.signed_in().await;
    let others = Owner::new(ISSUER, "00u2");
    assert_eq!(store.delete_user(&others).await.unwrap(), 0);
    assert_eq!(store.delete_sid(ISSUER, "sid-2").await.unwrap(), 0);
    assert_eq!(world.current(&browser).await, Ok("00u1".into()));
    assert_eq!(
        store
            .delete_user(&Owner::new(ISSUER, "00u1"))
            .await
            .unwrap(),
        1
    );
    assert_eq!(world.current(&browser).await, Err("session_ended"));
    let browser = world.signed_in().await;
    assert_eq!(world.current(&browser).await, Ok("00u1".into()));
    assert_eq!(store.delete_sid(ISSUER, "sid-1").await.unwrap(), 1);
    assert_eq!(world.current(&browser).await, Err("session_ended"));
}

#[tokio::test]
async fn sign_out_reports_a_failed_deletion() {
    let (world, store) = World::stored();
    let browser = world.signed_in().await;
    store.set_down(true);
    let ended = world.sessions.end(&browser).await;
    assert!(ended.store_error.is_some() && !ended.set_cookies.is_empty());
    store.set_down(false);
    let ended = world.sessions.end(&browser).await;
    assert!(ended.store_error.is_none());
    assert_eq!(world.current(&browser).await, Err("session_ended"));
}

#[tokio::test]
async fn sign_out_with_a_failed_deletion_holds_in_this_process() {
    let (world, store) = World::stored();
    let browser = world.signed_in().await;
    let bystander = world.signed_in().await;
    store.fail_to_delete();
    let ended = world.sessions.end(&browser).await;
    assert!(ended.store_error.is_some() && ended.refresh_token.is_some());
    assert_eq!(world.current(&browser).await, Err("session_ended"));
    assert_eq!(world.current(&bystander).await, Ok("00u1".into()));
}

#[tokio::test]
async fn sign_in_beyond_the_bound_ends_the_oldest_session() {
    let (world, store) = World::stored();
    // One is in use, and one is unused for longest.
    let used = world.signed_in().await;
    let oldest = world.signed_in().await;
    let oldest_key = store.last_key();
    world.clock.advance(1000);
    assert_eq!(world.current(&used).await, Ok("00u1".into()));
    let mut others = Vec::new();
    for _ in 0..98 {
        others.push(world.signed_in().await);
    }
    assert!(store.load(&oldest_key).await.unwrap().is_some());
    others.push(world.signed_in().await);
    assert_eq!(world.current(&oldest).await, Err("session_ended"));
    others.push(used);
    for browser in &others {
        assert_eq!(world.current(browser).await, Ok("00u1".into()));
    }
    assert_eq!(
        store
            .delete_user(&Owner::new(ISSUER, "00u1"))
            .await
            .unwrap(),
        100
    );
}

#[tokio::test]
async fn stored_session_of_another_application_is_refused() {
    let (world, store) = World::stored();
    let browser = world.signed_in().await;
    let same = world.another_process(&store);
    assert_eq!(identify(&same, &browser).await, Ok("00u1".into()));
    let payroll = sign_in().store(Arc::clone(&store));
    let payroll = process_of("0oaPayroll", payroll, &world.clock, &world.issuer);
    assert_eq!(
        identify(&payroll, &browser).await,
        Err("session_unreadable")
    );
}

#[tokio::test]
async fn stored_record_for_another_audience_is_refused() {
    let (world, store) = World::stored();
    let browser = world.signed_in().await;
    let retention = TokenRetention {
        access_token: true,
        id_token: true,
    };
    for (audience, expected) in [
        ("0oa1", Ok("00u1".into())),
        ("0oaPayroll", Err("session_unreadable")),
    ] {
        let mut new = new_session();
        new.claims = new.claims.replace("0oa1", audience);
        new.tokens.id_token = None;
        let now = world.sessions.now();
        let record = Record::new([5; 16], new, retention, now, now + 9000);
        let (key, seal) = (store.last_key(), &world.sessions.context.seal);
        let data = seal.seal(Purpose::Stored, key.as_str(), &record.to_bytes(now));
        let mut stored = loaded(&store).await;
        let version = stored.version;
        (stored.data, stored.version) = (data.into_bytes(), version + 1);
        assert!(store.save(&key, version, stored).await.unwrap());
        assert_eq!(world.current(&browser).await, expected, "{audience}");
    }
}

#[tokio::test]
async fn use_is_saved_every_quarter_of_idle_time() {
    let (world, store) = World::stored();
    let used = world.signed_in().await;
    let first = loaded(&store).await;
    world.clock.advance(899);
    assert_eq!(world.current(&used).await, Ok("00u1".into()));
    assert_eq!(store.saves(), 0);
    world.clock.advance(1);
    assert_eq!(world.current(&used).await, Ok("00u1".into()));
    assert_eq!(world.current(&used).await, Ok("00u1".into()));
    assert_eq!(store.saves(), 1);
    let touched = loaded(&store).await;
    assert_eq!(touched.version, first.version + 1);
    assert_eq!(touched.ends_at, first.ends_at + Duration::from_secs(900));
    assert_eq!(touched.owner, first.owner);
    let unused = world.signed_in().await;
    world.clock.advance(1800);
    assert_eq!(world.current(&used).await, Ok("00u1".into()));
    world.clock.advance(1800);
    assert_eq!(world.current(&unused).await, Err("session_ended"));
    assert_eq!(world.current(&used).await, Ok("00u1".into()));
}

#[tokio::test]
async fn unsaved_use_does_not_reject_the_request() {
    let (world, store) = World::stored();
    let browser = world.signed_in().await;
    world.clock.advance(900);
    let version = loaded(&store).await.version;
    // Another process is faster.
    let waiting = request(&world.sessions, &browser);
    let mut stored = loaded(&store).await;
    stored.version += 1;
    assert!(
        store
            .save(&store.last_key(), version, stored)
            .await
            .unwrap()
    );
    assert_eq!(world.clock.run(waiting).await, Ok("access-0".into()));
}

#[tokio::test]
async fn used_session_ends_at_its_absolute_end() {
    let (world, _store) = World::stored();
    let browser = world.signed_in().await;
    in_use(&world, &browser, 24 * 3600 - 1).await;
    assert_eq!(world.current(&browser).await, Ok("00u1".into()));
    world.clock.advance(1);
    assert_eq!(world.current(&browser).await, Err("session_ended"));
}

#[tokio::test]
async fn only_invalid_grant_deletes_a_session() {
    let failures = [
        TokenFailure::InvalidClient,
        TokenFailure::Refused("unauthorized_client"),
        TokenFailure::Transient { retry_after: None },
        TokenFailure::InvalidGrant,
    ];
    for failure in failures {
        let (world, store) = World::stored();
        let browser = world.signed_in().await;
        in_use(&world, &browser, NEEDED).await;
        world.issuer.fails_with(failure.clone());
        let error = world.sessions.current(&browser).await.unwrap_err();
        let is_there = store.load(&store.last_key()).await.unwrap().is_some();
        if matches!(failure, TokenFailure::InvalidGrant) {
            assert_eq!(error.as_str(), "session_ended");
            assert!(!is_there);
        } else {
            assert_eq!(error.as_str(), "session_refresh_unavailable");
            assert!(is_there);
            // After a pause, the session recovers.
            assert_eq!(
                world.current(&browser).await,
                Err("session_refresh_unavailable")
            );
            assert_eq!(world.issuer.refreshes(), 1);
            world.clock.advance(1);
            assert_eq!(world.current(&browser).await, Ok("00u1".into()));
        }
    }
}

#[tokio::test]
async fn invalid_grant_after_a_faster_refresh_ends_nothing() {
    let (world, store) = World::stored();
    let other = world.another_process(&store);
    let browser = world.signed_in().await;
    in_use(&world, &browser, NEEDED - 1).await;
    let key = store.last_key();
    let before = loaded(&store).await;
    let waiting = request(&other, &browser);
    assert_eq!(world.clock.run(waiting).await, Ok("access-1".into()));
    let faster = loaded(&store).await;
    // The same again, seen from a slower process, which has loaded the older session.
    let put = async |version, stored: &StoredSession| {
        let mut stored = stored.clone();
        stored.version = version + 1;
        assert!(store.save(&key, version, stored).await.unwrap());
    };
    put(faster.version, &before).await;
    world.issuer.fails_with(TokenFailure::InvalidGrant);
    world.issuer.hold();
    let slow = request(&world.sessions, &browser);
    until_refreshing(&world, 2).await;
    put(faster.version + 1, &faster).await;
    world.issuer.release();
    assert_eq!(world.clock.run(slow).await, Ok("access-1".into()));
    assert!(store.load(&key).await.unwrap().is_some());
}

#[tokio::test]
async fn stored_data_opens_for_its_own_key_only() {
    let (world, store) = World::stored();
    let one = world.signed_in().await;
    let ones = loaded(&store).await;
    let other = world.signed_in().await;
    assert_eq!(world.current(&one).await, Ok("00u1".into()));
    assert_eq!(world.current(&other).await, Ok("00u1".into()));
    // An attacker with write access copies one user's session to another while it is cached here.
    let mut exchanged = loaded(&store).await;
    let version = exchanged.version;
    exchanged.data = ones.data;
    exchanged.version += 1;
    assert!((store.save(&store.last_key(), version, exchanged).await).unwrap());
    assert_eq!(world.current(&one).await, Ok("00u1".into()));
    assert_eq!(world.current(&other).await, Err("session_unreadable"));
}

#[tokio::test]
async fn sign_in_deletes_the_previous_session() {
    let (world, store) = World::stored();
    let planted = world.signed_in().await;
    let key = store.last_key();
    let created = (world.sessions)
        .create(new_session(), &planted)
        .await
        .unwrap();
    assert_eq!(created.replaced.unwrap().expose(), "refresh-0");
    let mut browser = planted.clone();
    take(&mut browser, &created.set_cookies);
    assert_eq!(world.current(&browser).await, Ok("00u1".into()));
    assert_eq!(world.current(&planted).await, Err("session_ended"));
    assert!(store.load(&key).await.unwrap().is_none());
}

#[tokio::test]
async fn refresh_now_refreshes_a_stored_session() {
    let (world, _store) = World::stored();
    let browser = world.signed_in().await;
    let verified = world.sessions.current(&browser).await.unwrap().unwrap();
    let session = Session::<NoExtra>::of(&verified).unwrap();
    let (one, other) = tokio::join!(session.refresh_now(), session.refresh_now());
    for session in [one.unwrap(), other.unwrap()] {
        assert_eq!(session.access_token().unwrap().expose(), "access-1");
    }
    assert_eq!(world.issuer.refreshes(), 1);
    world.issuer.fails_with(TokenFailure::InvalidGrant);
    let session = {
        let verified = world.sessions.current(&browser).await.unwrap().unwrap();
        Session::<NoExtra>::of(&verified).unwrap()
    };
    let refused = session.refresh_now().await.unwrap_err();
    assert_eq!(refused.reason(), "session_ended");
    assert_eq!(world.current(&browser).await, Err("session_ended"));
}

#[tokio::test]
async fn updated_local_data_is_seen_by_every_process() {
    let (world, store) = World::stored();
    let other = world.another_process(&store);
    let browser = world.signed_in().await;
    let session = async |sessions: &Arc<Sessions>| {
        let verified = sessions.current(&browser).await.unwrap().unwrap();
        Session::<NoExtra>::of(&verified).unwrap()
    };
    // Both processes have loaded the session before.
    let (one, two) = (session(&world.sessions).await, session(&other).await);
    one.update_local("first".into()).await.unwrap();
    assert_eq!(
        session(&other).await.local::<String>().as_deref(),
        Some("first")
    );
    let updated = two.update_local("second".into()).await.unwrap();
    assert_eq!(updated.local::<String>().as_deref(), Some("second"));
    assert_eq!(
        session(&world.sessions).await.local::<String>().as_deref(),
        Some("second")
    );
    world.sessions.end(&browser).await;
    let error = one.update_local("third".into()).await.unwrap_err();
    assert_eq!(error.reason(), "session_ended");
}

#[tokio::test]
async fn sealed_cookie_is_unreadable_with_a_store() {
    let sealed = World::new().signed_in().await;
    let (world, store) = World::stored();
    let error = world.sessions.current(&sealed).await.unwrap_err();
    assert_eq!(error.as_str(), "session_unreadable");
    assert_eq!(store.loads(), 0);
}
