//! Sealed sessions from their first cookie to their end.

use std::{sync::Arc, time::Duration};

use http::{HeaderMap, HeaderValue, header::SET_COOKIE};
use serde_json::json;

use crate::browser::session::{
    CreateError, Session, Sessions,
    fixture::{
        self, KEY, OTHER_KEY, Scripted, World, cookies, identify, new_session, process, process_of,
        set, settle, take,
    },
    record::{Record, TokenRetention},
};
use crate::{
    base::cache::Text,
    browser::{
        cookies::CookieValue,
        provision::{Admission, HookFuture, Identity, OnSignIn},
        seal::Purpose,
    },
    claims::{NoExtra, Via},
    error::SessionError,
    oauth::TokenFailure,
};

const DUE: u64 = 3540;
const NEEDED: u64 = 3600;

/// Uses a session for so many seconds. Its cookie is sealed again from time to time.
async fn in_use(world: &World, browser: &mut HeaderMap, seconds: u64) {
    let mut left = seconds;
    while left > 0 {
        let step = left.min(1800);
        left -= step;
        world.clock.advance(step);
        if left > 0 {
            assert_eq!(answered(world, browser).await, Ok("00u1".into()));
        }
    }
}

/// Makes a request, and takes the cookies of its response.
async fn answered(world: &World, browser: &mut HeaderMap) -> Result<String, &'static str> {
    match world.sessions.current(browser).await {
        Ok(Some(verified)) => {
            let mut headers = HeaderMap::new();
            world
                .sessions
                .finish(&verified, world.sessions.now(), &mut headers);
            take(browser, headers.get_all(SET_COOKIE));
            Ok(verified.subject().to_owned())
        }
        Ok(None) => Err("anonymous"),
        Err(error) => Err(error.as_str()),
    }
}

/// Returns the fields that the response to a request sets.
async fn finished(world: &World, browser: &HeaderMap) -> Vec<HeaderValue> {
    let verified = world.sessions.current(browser).await.unwrap().unwrap();
    let mut headers = HeaderMap::new();
    world
        .sessions
        .finish(&verified, world.sessions.now(), &mut headers);
    headers.get_all(SET_COOKIE).iter().cloned().collect()
}

#[tokio::test]
async fn session_cookie_identifies_the_caller() {
    let world = World::new();
    let browser = world.signed_in().await;
    for _ in 0..2 {
        let caller = world.sessions.current(&browser).await.unwrap().unwrap();
        assert_eq!(
            (caller.via(), caller.user_id()),
            (Via::Session, Some("00u1"))
        );
        assert!(caller.groups().contains("viewer"));
        assert!(caller.scopes().contains("offline_access"));
        let session = Session::<NoExtra>::of(&caller).unwrap();
        assert_eq!(session.access_token().unwrap().expose(), "access-0");
        assert_eq!(
            session.local::<serde_json::Value>(),
            Some(json!({ "id": 7 }))
        );
        let ends_at = crate::base::clock::unix_seconds(session.ends_at());
        assert_eq!(ends_at, fixture::START + 24 * 3600);
    }
    assert_eq!(world.current(&HeaderMap::new()).await, Err("anonymous"));
}

#[tokio::test]
async fn sign_in_ends_the_previous_session_of_the_browser() {
    let world = World::new();
    let planted = world.signed_in().await;
    let mut browser = planted.clone();
    let created = world
        .sessions
        .create(new_session(), &browser)
        .await
        .unwrap();
    assert_eq!(created.replaced.unwrap().expose(), "refresh-0");
    take(&mut browser, &created.set_cookies);
    assert_eq!(world.current(&browser).await, Ok("00u1".into()));
    // A planted cookie is worthless.
    assert_eq!(world.current(&planted).await, Err("session_ended"));
}

#[tokio::test]
async fn changed_or_cut_cookie_is_rejected() {
    let world = World::new();
    let browser = world.signed_in().await;
    let good = cookies(&browser);
    assert_eq!(world.current(&browser).await, Ok("00u1".into()));
    let (name, value) = &good[0];
    for place in (0..value.len()).step_by(7) {
        let mut changed = value.clone().into_bytes();
        changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
        let mut other = HeaderMap::new();
        set(
            &mut other,
            &[(name.clone(), String::from_utf8(changed).unwrap())],
        );
        let refused = world.current(&other).await.unwrap_err();
        assert!(
            ["session_unreadable", "session_unknown_key"].contains(&refused),
            "{place} {refused}"
        );
        let mut cut = HeaderMap::new();
        set(&mut cut, &[(name.clone(), value[..place].to_owned())]);
        assert!(world.current(&cut).await.is_err(), "{place}");
    }
}

/// A session of several cookies.
async fn long_session(world: &World) -> HeaderMap {
    let mut new = new_session();
    new.local = Some(json!("x".repeat(6000)));
    let mut browser = HeaderMap::new();
    let created = world.sessions.create(new, &browser).await.unwrap();
    take(&mut browser, &created.set_cookies);
    browser
}

#[tokio::test]
async fn mixed_missing_or_swapped_chunks_are_rejected() {
    let world = World::new();
    let (one, other) = (long_session(&world).await, long_session(&world).await);
    let (one, other) = (cookies(&one), cookies(&other));
    assert!(one.len() == 3 && other.len() == 3, "{}", one.len());
    let verdict = async |cookies: &[(String, String)]| {
        let mut browser = HeaderMap::new();
        set(&mut browser, cookies);
        world.current(&browser).await
    };
    let own = [one[0].clone(), one[1].clone(), one[2].clone()];
    assert_eq!(verdict(&own).await, Ok("00u1".into()));
    assert_eq!(verdict(&other).await, Ok("00u1".into()));
    for place in 0..3 {
        let mut mixed = own.clone();
        mixed[place] = other[place].clone();
        assert_eq!(verdict(&mixed).await, Err("session_unreadable"));
        let mut missing = own.to_vec();
        missing.remove(place);
        assert!(verdict(&missing).await.is_err());
    }
    let mut exchanged = own.clone();
    let (second, third) = (own[2].1.clone(), own[1].1.clone());
    (exchanged[1].1, exchanged[2].1) = (second, third);
    assert_eq!(verdict(&exchanged).await, Err("session_unreadable"));
    let fewer = own[0].1.replacen("3.", "2.", 1);
    let mut counted = own.clone();
    counted[0].1 = fewer;
    assert_eq!(verdict(&counted).await, Err("session_unreadable"));
    // Cached or not: the whole text is compared.
    assert_eq!(verdict(&own).await, Ok("00u1".into()));
}

#[tokio::test]
async fn session_too_large_for_cookies_is_an_error() {
    let world = World::new();
    let mut new = new_session();
    new.local = Some(json!("x".repeat(20_000)));
    let created = world.sessions.create(new, &HeaderMap::new()).await;
    assert!(matches!(created, Err(CreateError::TooLarge)));
}

#[tokio::test]
async fn unused_session_idles_out_and_used_one_lasts() {
    let world = World::new();
    let mut browser = world.signed_in().await;
    let unused = browser.clone();
    in_use(&world, &mut browser, 3599).await;
    assert_eq!(answered(&world, &mut browser).await, Ok("00u1".into()));
    world.clock.advance(1);
    let mut idle = unused.clone();
    // The first cookie was not used, and the refresh of a moment ago does not revive it.
    assert_eq!(answered(&world, &mut idle).await, Err("session_superseded"));
    in_use(&world, &mut browser, 24 * 3600 - 3600 - 1).await;
    assert_eq!(answered(&world, &mut browser).await, Ok("00u1".into()));
    world.clock.advance(1);
    assert_eq!(answered(&world, &mut browser).await, Err("session_expired"));
}

#[tokio::test]
async fn use_is_sealed_every_quarter_of_idle_time() {
    let world = World::new();
    let browser = world.signed_in().await;
    world.clock.advance(899);
    assert!(finished(&world, &browser).await.is_empty());
    world.clock.advance(1);
    let set = finished(&world, &browser).await;
    assert!(
        set[0].to_str().unwrap().ends_with("; Max-Age=85500"),
        "{set:?}"
    );
    let mut renewed = browser.clone();
    take(&mut renewed, &set);
    world.clock.advance(2639);
    assert!(world.current(&renewed).await.is_ok());
    // What the handler has set itself is not overwritten.
    let verified = world.sessions.current(&browser).await.unwrap().unwrap();
    let own = HeaderValue::from_static("__Host-okta_session=; Max-Age=0");
    let mut headers = HeaderMap::from_iter([(SET_COOKIE, own)]);
    world
        .sessions
        .finish(&verified, world.sessions.now(), &mut headers);
    assert_eq!(headers.get_all(SET_COOKIE).iter().count(), 1);
}

#[tokio::test]
async fn session_without_refresh_token_ends_with_access_token() {
    let world = World::new();
    let mut new = new_session();
    new.tokens.refresh_token = None;
    let mut browser = HeaderMap::new();
    let created = world.sessions.create(new, &browser).await.unwrap();
    take(&mut browser, &created.set_cookies);
    in_use(&world, &mut browser, 3599).await;
    assert_eq!(answered(&world, &mut browser).await, Ok("00u1".into()));
    world.clock.advance(1);
    assert_eq!(answered(&world, &mut browser).await, Err("session_expired"));
    assert_eq!(world.issuer.refreshes(), 0);
}

#[tokio::test]
async fn concurrent_requests_make_one_token_request() {
    for moment in [DUE, NEEDED - 1] {
        let world = World::new();
        let mut browser = world.signed_in().await;
        in_use(&world, &mut browser, moment).await;
        world.issuer.hold();
        let mut requests = Vec::new();
        for _ in 0..100 {
            let (sessions, browser) = (Arc::clone(&world.sessions), browser.clone());
            requests.push(tokio::spawn(async move {
                let verified = sessions.current(&browser).await.unwrap().unwrap();
                let mut headers = HeaderMap::new();
                sessions.finish(&verified, sessions.now(), &mut headers);
                let session = Session::<NoExtra>::of(&verified).unwrap();
                let token = session.access_token().unwrap().expose().to_owned();
                (token, headers)
            }));
        }
        while world.issuer.refreshes() == 0 {
            tokio::task::yield_now().await;
        }
        world.issuer.release();
        for request in requests {
            let (token, headers) = request.await.unwrap();
            assert_eq!(token, "access-1");
            // Each response sets the new cookie: one of them arrives first.
            let mut renewed = browser.clone();
            take(&mut renewed, headers.get_all(SET_COOKIE));
            assert_ne!(cookies(&renewed), cookies(&browser));
            assert_eq!(world.current(&renewed).await, Ok("00u1".into()));
        }
        assert_eq!(world.issuer.refreshes(), 1);
    }
}

#[tokio::test]
async fn disconnected_request_loses_no_new_tokens() {
    let world = World::new();
    let mut browser = world.signed_in().await;
    in_use(&world, &mut browser, DUE).await;
    world.issuer.hold();
    let mut waiting = Box::pin(world.sessions.current(&browser));
    let polled = futures_poll(&mut waiting).await;
    assert!(polled.is_none());
    while world.issuer.refreshes() == 0 {
        tokio::task::yield_now().await;
    }
    drop(waiting);
    world.issuer.release();
    assert_eq!(answered(&world, &mut browser).await, Ok("00u1".into()));
    assert_eq!(world.issuer.refreshes(), 1);
    in_use(&world, &mut browser, DUE).await;
    assert_eq!(answered(&world, &mut browser).await, Ok("00u1".into()));
    assert_eq!(
        *world.issuer.asked.lock().unwrap(),
        ["refresh-0", "refresh-1"]
    );
}

/// Polls once.
async fn futures_poll<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    std::future::poll_fn(|context| {
        std::task::Poll::Ready(match std::pin::Pin::new(&mut *future).poll(context) {
            std::task::Poll::Ready(output) => Some(output),
            std::task::Poll::Pending => None,
        })
    })
    .await
}

#[tokio::test]
async fn older_cookie_serves_in_grace_and_brings_the_newest() {
    let world = World::new();
    let mut browser = world.signed_in().await;
    in_use(&world, &mut browser, NEEDED - 10).await;
    let old = browser.clone();
    assert_eq!(answered(&world, &mut browser).await, Ok("00u1".into()));
    world.clock.advance(29);
    let mut late = old.clone();
    assert_eq!(answered(&world, &mut late).await, Ok("00u1".into()));
    assert_ne!(cookies(&late), cookies(&old));
    assert_eq!(world.current(&late).await, Ok("00u1".into()));
    world.clock.advance(1);
    let mut too_late = old.clone();
    assert_eq!(
        answered(&world, &mut too_late).await,
        Err("session_superseded")
    );
    assert_eq!(world.current(&late).await, Ok("00u1".into()));
    // The old refresh token was not used again.
    assert_eq!(world.issuer.refreshes(), 1);
}

#[tokio::test]
async fn only_invalid_grant_ends_a_session() {
    let failures = [
        TokenFailure::InvalidClient,
        TokenFailure::Refused("unauthorized_client"),
        TokenFailure::Transient { retry_after: None },
        TokenFailure::Transient {
            retry_after: Some(Duration::from_secs(20)),
        },
    ];
    for failure in failures {
        let world = World::new();
        let mut browser = world.signed_in().await;
        in_use(&world, &mut browser, DUE).await;
        world.issuer.fails_with(failure.clone());
        // The token lives: the request is served.
        assert_eq!(
            answered(&world, &mut browser).await,
            Ok("00u1".into()),
            "{failure:?}"
        );
        // A pause without token requests.
        assert_eq!(answered(&world, &mut browser).await, Ok("00u1".into()));
        assert_eq!(world.issuer.refreshes(), 1);
        // The token has ended: 503, the cookie stays.
        world.clock.advance(60);
        world.issuer.fails_with(failure.clone());
        let before = cookies(&browser);
        let refused = answered(&world, &mut browser).await.unwrap_err();
        assert_eq!(refused, "session_refresh_unavailable", "{failure:?}");
        assert_eq!(cookies(&browser), before);
        // When the provider recovers, so does the session.
        world.clock.advance(130);
        assert_eq!(answered(&world, &mut browser).await, Ok("00u1".into()));
        assert_eq!(world.issuer.refreshes(), 3);
    }
    let world = World::new();
    let mut browser = world.signed_in().await;
    in_use(&world, &mut browser, DUE).await;
    world.issuer.fails_with(TokenFailure::InvalidGrant);
    assert_eq!(answered(&world, &mut browser).await, Err("session_ended"));
}

#[tokio::test]
async fn slow_refresh_delays_a_live_session_two_seconds() {
    let world = World::new();
    let mut browser = world.signed_in().await;
    in_use(&world, &mut browser, DUE).await;
    world.issuer.hold();
    let (sessions, request) = (Arc::clone(&world.sessions), browser.clone());
    let waiting = tokio::spawn(async move { identify(&sessions, &request).await });
    while world.issuer.refreshes() == 0 {
        tokio::task::yield_now().await;
    }
    // Until the request waits.
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    world.clock.advance(2);
    assert_eq!(waiting.await.unwrap(), Ok("00u1".into()));
    world.issuer.release();
    assert_eq!(answered(&world, &mut browser).await, Ok("00u1".into()));
    assert_eq!(world.issuer.refreshes(), 1);
}

#[tokio::test]
async fn sign_out_ends_every_cookie_of_the_session() {
    let world = World::new();
    let mut browser = world.signed_in().await;
    let first = browser.clone();
    in_use(&world, &mut browser, DUE).await;
    assert_eq!(answered(&world, &mut browser).await, Ok("00u1".into()));
    let stolen = browser.clone();
    assert_eq!(world.current(&stolen).await, Ok("00u1".into()));
    let ended = world.sessions.end(&browser).await;
    // The cache entry of a moment ago is invalid.
    assert_eq!(world.current(&stolen).await, Err("session_ended"));
    assert!(world.current(&first).await.is_err());
    assert_eq!(ended.refresh_token.unwrap().expose(), "refresh-1");
    assert!(ended.id_token.is_some() && ended.store_error.is_none());
    take(&mut browser, &ended.set_cookies);
    assert!(cookies(&browser).is_empty());
    // Another user's session is not affected.
    let other = world.signed_in().await;
    assert_eq!(world.current(&other).await, Ok("00u1".into()));
}

#[tokio::test]
async fn sign_out_with_older_cookie_ends_the_newest() {
    let world = World::new();
    let mut browser = world.signed_in().await;
    in_use(&world, &mut browser, DUE).await;
    let old = browser.clone();
    assert_eq!(answered(&world, &mut browser).await, Ok("00u1".into()));
    let ended = world.sessions.end(&old).await;
    assert_eq!(ended.refresh_token.unwrap().expose(), "refresh-1");
    assert_eq!(world.current(&browser).await, Err("session_ended"));
}

#[tokio::test]
async fn response_in_flight_sets_no_cookie_after_sign_out() {
    for signs_out in [true, false] {
        // A use that is due to be recorded, and a refresh that the browser does not know.
        for moment in [900, DUE] {
            let world = World::new();
            let mut browser = world.signed_in().await;
            in_use(&world, &mut browser, moment).await;
            let verified = world.sessions.current(&browser).await.unwrap().unwrap();
            if signs_out {
                world.sessions.end(&browser).await;
            }
            let mut headers = HeaderMap::new();
            let now = world.sessions.now();
            let is_set = world.sessions.finish(&verified, now, &mut headers);
            assert_eq!(is_set, !signs_out, "{moment}");
            assert_eq!(headers.contains_key(SET_COOKIE), !signs_out, "{moment}");
        }
    }
}

const RETENTION: TokenRetention = TokenRetention {
    access_token: true,
    id_token: true,
};

#[tokio::test]
async fn session_of_another_application_is_refused() {
    let world = World::new();
    let browser = world.signed_in().await;
    let same = process(fixture::sign_in(), &world.clock, &world.issuer);
    assert_eq!(identify(&same, &browser).await, Ok("00u1".into()));
    // Another client with the same keys, and one at another origin.
    let payroll = process_of(
        "0oaPayroll",
        fixture::sign_in(),
        &world.clock,
        &world.issuer,
    );
    assert_eq!(
        identify(&payroll, &browser).await,
        Err("session_unreadable")
    );
    let elsewhere = "https://payroll.example.com/authorization-code/callback";
    let elsewhere = fixture::sign_in().redirect_uri(elsewhere);
    let elsewhere = process(elsewhere, &world.clock, &world.issuer);
    assert_eq!(
        identify(&elsewhere, &browser).await,
        Err("session_unreadable")
    );
}

#[tokio::test]
async fn sealed_record_for_another_audience_is_refused() {
    let world = World::new();
    for (audience, expected) in [
        ("0oa1", Ok("00u1".into())),
        ("0oaPayroll", Err("session_unreadable")),
    ] {
        let mut new = new_session();
        new.claims = new.claims.replace("0oa1", audience);
        new.tokens.id_token = None;
        let now = world.sessions.now();
        let record = Record::new([5; 16], new, RETENTION, now, now + 9000);
        let context = &world.sessions.context;
        let name = context.cookie.name();
        let sealed = (context.seal).seal(Purpose::Session, name, &record.to_bytes(now));
        let mut browser = HeaderMap::new();
        set(&mut browser, &[(name.to_owned(), sealed)]);
        assert_eq!(world.current(&browser).await, expected, "{audience}");
    }
}

#[tokio::test]
async fn refresh_after_sign_out_revokes_its_tokens() {
    let world = World::new();
    let mut browser = world.signed_in().await;
    in_use(&world, &mut browser, DUE).await;
    world.issuer.hold();
    let (sessions, request) = (Arc::clone(&world.sessions), browser.clone());
    let waiting = tokio::spawn(async move { identify(&sessions, &request).await });
    while world.issuer.refreshes() == 0 {
        tokio::task::yield_now().await;
    }
    world.sessions.end(&browser).await;
    world.issuer.release();
    assert_eq!(waiting.await.unwrap(), Err("session_ended"));
    assert_eq!(world.current(&browser).await, Err("session_ended"));
    while world.issuer.revoked.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(*world.issuer.revoked.lock().unwrap(), ["refresh-1"]);
}

#[tokio::test]
async fn refresh_slower_than_another_process_revokes_nothing() {
    let world = World::new();
    let other = process(fixture::sign_in(), &world.clock, &Scripted::new());
    let mut browser = world.signed_in().await;
    in_use(&world, &mut browser, DUE).await;
    world.issuer.hold();
    let (sessions, request) = (Arc::clone(&world.sessions), browser.clone());
    let waiting = tokio::spawn(async move { identify(&sessions, &request).await });
    while world.issuer.refreshes() == 0 {
        tokio::task::yield_now().await;
    }
    // Another process refreshes the session, and this one sees the newer cookie.
    let verified = other.current(&browser).await.unwrap().unwrap();
    let mut headers = HeaderMap::new();
    other.finish(&verified, other.now(), &mut headers);
    take(&mut browser, headers.get_all(SET_COOKIE));
    assert_eq!(world.current(&browser).await, Ok("00u1".into()));
    world.issuer.release();
    assert_eq!(waiting.await.unwrap(), Ok("00u1".into()));
    settle().await;
    // Both tokens belong to one family: to revoke the second would end the session.
    assert!(world.issuer.revoked.lock().unwrap().is_empty());
    assert_eq!(world.current(&browser).await, Ok("00u1".into()));
}

#[tokio::test]
async fn cookie_key_rotation_signs_no_user_out() {
    let world = World::new();
    let keys = |keys: String| fixture::sign_in().cookie_keys(keys);
    let process = |sign_in| process(sign_in, &world.clock, &world.issuer);
    let both = process(keys(format!("{KEY},{OTHER_KEY}")));
    let promoted = process(keys(format!("{OTHER_KEY},{KEY}")));
    let new_only = process(keys(OTHER_KEY.to_owned()));
    let old = world.signed_in().await;
    for sessions in [&world.sessions, &both, &promoted] {
        assert_eq!(identify(sessions, &old).await, Ok("00u1".into()));
    }
    let created = promoted
        .create(new_session(), &HeaderMap::new())
        .await
        .unwrap();
    let mut new = HeaderMap::new();
    take(&mut new, &created.set_cookies);
    for sessions in [&both, &promoted, &new_only] {
        assert_eq!(identify(sessions, &new).await, Ok("00u1".into()));
    }
    // A key that is unknown here: rejected, but not destroyed, as another process can open it.
    for (sessions, browser) in [(&new_only, &old), (&world.sessions, &new)] {
        let error = sessions.current(browser).await.unwrap_err();
        assert_eq!(error.as_str(), "session_unknown_key");
    }
}

#[tokio::test]
async fn newer_generation_of_another_process_is_served() {
    let world = World::new();
    let other = process(fixture::sign_in(), &world.clock, &world.issuer);
    let mut browser = world.signed_in().await;
    in_use(&world, &mut browser, DUE).await;
    let old = browser.clone();
    // The other process refreshes.
    let verified = other.current(&browser).await.unwrap().unwrap();
    let mut headers = HeaderMap::new();
    other.finish(&verified, other.now(), &mut headers);
    take(&mut browser, headers.get_all(SET_COOKIE));
    assert_eq!(world.current(&browser).await, Ok("00u1".into()));
    // Here the old one serves as it is while its token lives, and is never used for a refresh.
    assert_eq!(world.current(&old).await, Ok("00u1".into()));
    world.clock.advance(60);
    assert_eq!(world.current(&old).await, Err("session_superseded"));
    assert_eq!(world.issuer.refreshes(), 1);
}

#[tokio::test]
async fn generation_older_than_another_process_has_is_not_issued() {
    let world = World::new();
    let other = process(fixture::sign_in(), &world.clock, &world.issuer);
    let mut browser = world.signed_in().await;
    in_use(&world, &mut browser, DUE).await;
    let old = browser.clone();
    assert_eq!(answered(&world, &mut browser).await, Ok("00u1".into()));
    // While this process knows no newer one, an older cookie gets its newest generation.
    assert!(!finished(&world, &old).await.is_empty());
    // The other process makes the next generation, and this one sees it.
    let verified = other.current(&browser).await.unwrap().unwrap();
    let session = Session::<NoExtra>::of(&verified).unwrap();
    session.refresh_now().await.unwrap();
    let mut headers = HeaderMap::new();
    other.finish(&verified, other.now(), &mut headers);
    take(&mut browser, headers.get_all(SET_COOKIE));
    assert_eq!(world.current(&browser).await, Ok("00u1".into()));
    assert!(finished(&world, &old).await.is_empty());
}

#[tokio::test]
async fn peek_neither_uses_nor_refreshes_a_session() {
    let world = World::new();
    let browser = world.signed_in().await;
    // Asked every minute, the session idles out as if it was not asked.
    for minute in 1..60 {
        world.clock.advance(60);
        let caller = world.sessions.peek(&browser).await.unwrap().unwrap();
        let idle_end = world.sessions.idle_end(&caller).unwrap();
        assert_eq!(idle_end, fixture::START + 3600, "{minute}");
    }
    world.clock.advance(60);
    let error = world.sessions.peek(&browser).await.unwrap_err();
    assert_eq!(error.as_str(), "session_idle");
    assert_eq!(world.issuer.refreshes(), 0);
    assert!(
        world
            .sessions
            .peek(&HeaderMap::new())
            .await
            .unwrap()
            .is_none()
    );
    // A use postpones the end.
    let mut used = world.signed_in().await;
    world.clock.advance(1800);
    assert_eq!(answered(&world, &mut used).await, Ok("00u1".into()));
    let caller = world.sessions.peek(&used).await.unwrap().unwrap();
    let expected = world.sessions.now() + 3600;
    assert_eq!(world.sessions.idle_end(&caller), Some(expected));
}

#[tokio::test]
async fn refresh_now_sets_the_new_cookie() {
    let world = World::new();
    let browser = world.signed_in().await;
    let verified = world.sessions.current(&browser).await.unwrap().unwrap();
    let session = Session::<NoExtra>::of(&verified).unwrap();
    let (one, other) = tokio::join!(session.refresh_now(), session.refresh_now());
    for session in [one.unwrap(), other.unwrap()] {
        assert_eq!(session.access_token().unwrap().expose(), "access-1");
    }
    assert_eq!(world.issuer.refreshes(), 1);
    let mut headers = HeaderMap::new();
    world
        .sessions
        .finish(&verified, world.sessions.now(), &mut headers);
    let mut renewed = browser.clone();
    take(&mut renewed, headers.get_all(SET_COOKIE));
    let caller = world.sessions.current(&renewed).await.unwrap().unwrap();
    let session = Session::<NoExtra>::of(&caller).unwrap();
    assert_eq!(session.access_token().unwrap().expose(), "access-1");
    // A user who was locked out a minute ago is noticed.
    world.issuer.fails_with(TokenFailure::InvalidGrant);
    let refused = session.refresh_now().await.unwrap_err();
    assert_eq!(refused.reason(), "session_ended");
    assert_eq!(world.current(&renewed).await, Err("session_ended"));
}

#[tokio::test]
async fn updated_local_data_is_in_the_next_cookie() {
    let world = World::new();
    let browser = world.signed_in().await;
    let verified = world.sessions.current(&browser).await.unwrap().unwrap();
    let session = Session::<NoExtra>::of(&verified).unwrap();
    let updated = session.update_local(json!({ "id": 8 })).await.unwrap();
    assert_eq!(
        updated.local::<serde_json::Value>(),
        Some(json!({ "id": 8 }))
    );
    assert_eq!(updated.access_token().unwrap().expose(), "access-0");
    assert_eq!(world.issuer.refreshes(), 0);
    let mut headers = HeaderMap::new();
    (world.sessions).finish(&verified, world.sessions.now(), &mut headers);
    let mut renewed = browser.clone();
    take(&mut renewed, headers.get_all(SET_COOKIE));
    let other = process(fixture::sign_in(), &world.clock, &world.issuer);
    let local = async |sessions: &Arc<Sessions>, browser: &HeaderMap| {
        let caller = sessions.current(browser).await;
        let session = Session::<NoExtra>::of(&caller.unwrap().unwrap()).unwrap();
        session.local::<serde_json::Value>()
    };
    for sessions in [&world.sessions, &other] {
        assert_eq!(local(sessions, &renewed).await, Some(json!({ "id": 8 })));
    }
    // The refresh keeps it.
    let mut browser = renewed;
    in_use(&world, &mut browser, DUE).await;
    assert_eq!(answered(&world, &mut browser).await, Ok("00u1".into()));
    assert_eq!(world.issuer.refreshes(), 1);
    assert_eq!(
        local(&world.sessions, &browser).await,
        Some(json!({ "id": 8 }))
    );
}

#[tokio::test]
async fn update_during_a_refresh_loses_neither() {
    let world = World::new();
    let mut browser = world.signed_in().await;
    in_use(&world, &mut browser, 1800).await;
    let verified = world.sessions.current(&browser).await.unwrap().unwrap();
    let session = Session::<NoExtra>::of(&verified).unwrap();
    world.issuer.hold();
    let refreshing = session.clone();
    let refreshing = tokio::spawn(async move { refreshing.refresh_now().await });
    while world.issuer.refreshes() == 0 {
        tokio::task::yield_now().await;
    }
    let updating = tokio::spawn(async move { session.update_local(json!(9)).await });
    settle().await;
    world.issuer.release();
    refreshing.await.unwrap().unwrap();
    let updated = updating.await.unwrap().unwrap();
    assert_eq!(updated.local::<u8>(), Some(9));
    assert_eq!(updated.access_token().unwrap().expose(), "access-1");
}

#[tokio::test]
async fn update_of_an_ended_or_too_large_session_fails() {
    let world = World::new();
    let browser = world.signed_in().await;
    let verified = world.sessions.current(&browser).await.unwrap().unwrap();
    let session = Session::<NoExtra>::of(&verified).unwrap();
    let error = session
        .update_local("x".repeat(50_000).into())
        .await
        .unwrap_err();
    assert_eq!(error.reason(), "session_too_large");
    assert_eq!(world.current(&browser).await, Ok("00u1".into()));
    world.sessions.end(&browser).await;
    let error = session.update_local(json!(1)).await.unwrap_err();
    assert_eq!(error.reason(), "session_ended");
}

/// Denies, fails, or admits with other data, as its text says.
struct Hook(&'static str);

impl OnSignIn for Hook {
    fn on_sign_in<'a>(&'a self, identity: &'a Identity) -> HookFuture<'a> {
        assert_eq!(identity.email(), Some("ada@example.com"));
        Box::pin(async {
            match self.0 {
                "deny" => Ok(Admission::deny("left")),
                "fail" => Err("database".into()),
                "hang" => std::future::pending().await,
                "panic" => panic!("a bug of the application"),
                "large" => Ok(Admission::allow_with("x".repeat(50_000).into())),
                "allow" => Ok(Admission::allow()),
                local => Ok(Admission::allow_with(json!(local))),
            }
        })
    }
}

#[tokio::test]
async fn refresh_hook_changes_data_or_ends_the_session() {
    let kept = Some(json!({ "id": 7 }));
    for (says, expected, revoked) in [
        ("tenant", Ok(Some(json!("tenant"))), 0),
        ("allow", Ok(kept.clone()), 0),
        ("fail", Ok(kept.clone()), 0),
        ("hang", Ok(kept.clone()), 0),
        ("panic", Ok(kept.clone()), 0),
        ("large", Ok(kept), 0),
        ("deny", Err("session_ended"), 1),
    ] {
        let world = World::with(fixture::sign_in().on_refresh(Hook(says)));
        let mut browser = world.signed_in().await;
        in_use(&world, &mut browser, NEEDED - 1).await;
        world.clock.advance(1);
        let sessions = Arc::clone(&world.sessions);
        let request = tokio::spawn(async move {
            let caller = sessions
                .current(&browser)
                .await
                .map_err(SessionError::as_str)?;
            let session = Session::<NoExtra>::of(&caller.unwrap()).unwrap();
            assert_eq!(session.access_token().unwrap().expose(), "access-1");
            Ok(session.local::<serde_json::Value>())
        });
        assert_eq!(world.clock.run(request).await, expected, "{says}");
        settle().await;
        assert_eq!(
            world.issuer.revoked.lock().unwrap().len(),
            revoked,
            "{says}"
        );
    }
}

#[tokio::test]
async fn debug_prints_nothing_of_a_session() {
    let world = World::new();
    let browser = world.signed_in().await;
    let caller = world.sessions.current(&browser).await.unwrap().unwrap();
    let session = Session::<NoExtra>::of(&caller).unwrap();
    let text = format!("{:?} {session:?} {caller:?}", world.sessions);
    for secret in ["ada", "00u1", "access-0", "refresh-0", KEY] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[tokio::test]
async fn cookie_is_compared_with_the_whole_cached_text() {
    let world = World::new();
    let browser = long_session(&world).await;
    let CookieValue::Whole(cookie) = world.sessions.context.cookie.gather(&browser) else {
        panic!("whole");
    };
    let text = cookie.concat();
    assert!((&cookie).is(text.as_bytes()));
    for other in [&text[..text.len() - 1], &format!("{text}A"), ""] {
        assert!(!(&cookie).is(other.as_bytes()));
    }
}
