//! Floods of unknown keys affect neither the issuer nor valid tokens.

use http::StatusCode;
use okta_tower_test::{Endpoint, Fault, Key, ManualClock};

use super::scripted::{Scripted, answer};
use super::world::{
    Flood, WEEK, cooled_down, issuer, keys_requests, outcome, request, result, seconds, settings,
    surprise, until, within,
};

#[tokio::test]
async fn failed_attempts_count_against_the_cool_down() {
    let world = cooled_down().await;
    world.issuer.fault(
        Endpoint::Keys,
        Fault::Status(StatusCode::INTERNAL_SERVER_ERROR),
    );
    let mut flood = Flood::new();
    // For ten minutes, a client sends a token with a new unknown key every second.
    for _ in 0..600 {
        let bogus = request(&world.okta, &flood.token());
        tokio::task::yield_now().await;
        until(|| !world.state().is_refreshing).await;
        world.clock.advance(seconds(1));
        bogus.abort();
    }
    // One for each cool-down, and two more at the beginning.
    let requests = keys_requests(&world) - 1;
    assert!((50..=62).contains(&requests), "{requests}");
}

#[tokio::test]
async fn retry_after_is_respected_for_demanded_fetches() {
    let key = Key::generate(okta_tower::Algorithm::Rs256);
    let keys = serde_json::json!({ "keys": [key.to_jwk()] }).to_string();
    let server = Scripted::start([
        answer("404 Not Found", "", ""),
        answer("200 OK", "cache-control: max-age=3600\r\n", &keys),
        answer("503 Service Unavailable", "retry-after: 120\r\n", ""),
    ]);
    let server = server.await;
    let clock = ManualClock::new();
    let okta = within(server.settings(&clock).start()).await.unwrap();
    assert_eq!(server.requests(), 2);

    let mut flood = Flood::new();
    within(clock.wait_for_sleepers(1)).await;
    clock.advance(seconds(10));
    assert_eq!(
        outcome(request(&okta, &flood.token())).await,
        "key_unconfirmed"
    );
    // Metadata and keys, both without success.
    assert_eq!(server.requests(), 4);
    for _ in 0..11 {
        within(clock.wait_for_sleepers(1)).await;
        clock.advance(seconds(10));
        assert_eq!(result(&okta, &flood.token()), "key_unconfirmed");
        tokio::task::yield_now().await;
        assert!(!okta.key_state().is_refreshing);
    }
    assert_eq!(server.requests(), 4);
    within(clock.wait_for_sleepers(1)).await;
    clock.advance(seconds(10));
    until(|| server.requests() == 6).await;
}

#[tokio::test]
async fn flood_of_unknown_keys_neither_delays_nor_hides_keys() {
    let world = cooled_down().await;
    let good = world.good();
    let mut flood = Flood::new();
    let mut bogus = |count: usize| {
        for round in 0..count {
            let result = world.result(&flood.token());
            assert!(matches!(result, "waits" | "unknown_key"), "{result}");
            if round % 100 == 0 {
                assert_eq!(world.result(&good), "accepted");
            }
        }
    };
    for fetches in 2..=4 {
        bogus(5000);
        within(world.issuer.wait_for_requests(Endpoint::Keys, fetches)).await;
        until(|| !world.state().is_refreshing).await;
    }

    // The rotation happens in the cool-down that the flood has caused, and the flood goes on.
    let new = Key::generate(world.issuer.algorithm());
    world.issuer.publish_key(&new);
    let rotated = (world.issuer.token().key(new)).expires_in(WEEK).sign();
    bogus(5000);
    assert_eq!(world.result(&rotated), "unknown_key");
    until(|| world.state().next_attempt == Some(seconds(10))).await;
    world.pass(seconds(9)).await;
    bogus(1000);
    assert_eq!(keys_requests(&world), 4);
    world.pass(seconds(1)).await;
    assert_eq!(keys_requests(&world), 5);
    assert_eq!(world.result(&rotated), "accepted");
    bogus(1000);
    assert_eq!(world.result(&rotated), "accepted");
}

#[tokio::test]
async fn at_most_64_requests_wait_and_release_their_slots() {
    let world = cooled_down().await;
    let token = surprise(&world);
    let held = world.issuer.hold_next(Endpoint::Keys);
    let waiting: Vec<_> = (0..64).map(|_| request(&world.okta, &token)).collect();
    within(held.arrived()).await;
    // The refresher is fetching, so all sleepers are requests.
    within(world.clock.wait_for_sleepers(64)).await;
    assert_eq!(world.result(&token), "key_unconfirmed");
    waiting[0].abort();
    until(|| world.clock.sleepers() == 63).await;
    let last = request(&world.okta, &token);
    within(world.clock.wait_for_sleepers(64)).await;
    assert_eq!(world.result(&token), "key_unconfirmed");
    held.release();
    for request in waiting.into_iter().skip(1).chain([last]) {
        assert_eq!(outcome(request).await, "accepted");
    }
    assert_eq!(keys_requests(&world), 2);
}

#[tokio::test]
async fn malformed_tokens_with_unknown_keys_cause_no_fetch() {
    let world = cooled_down().await;
    let token = |header: serde_json::Value| {
        Key::generate(okta_tower::Algorithm::EdDsa).sign_raw(&header.to_string(), "{}")
    };
    let tokens = [
        okta_tower_test::unsigned(r#"{"alg":"none","kid":"new"}"#, "{}"),
        token(serde_json::json!({ "alg": "HS256", "kid": "new" })),
        token(serde_json::json!({ "alg": "EdDSA", "kid": "new" })),
        token(serde_json::json!({ "alg": "RS256" })),
        token(serde_json::json!({ "alg": "RS256", "kid": 1 })),
        token(serde_json::json!({ "alg": "RS256", "kid": "new", "typ": "JWE" })),
        token(serde_json::json!({ "alg": "RS256", "kid": "new", "crit": ["x"], "x": 1 })),
        "not.a.token".to_owned(),
    ];
    for token in tokens {
        assert_ne!(world.result(&token), "waits");
    }
    tokio::task::yield_now().await;
    assert!(world.state().next_attempt.unwrap() > seconds(60));
    assert_eq!(keys_requests(&world), 1);
    // A well-formed token with an unknown key does cause a fetch.
    assert_eq!(world.result(&Flood::new().token()), "waits");
}

#[tokio::test]
async fn unknown_key_causes_no_fetch_before_the_first_keys() {
    let (issuer, clock) = issuer().await;
    issuer.fault(Endpoint::Keys, Fault::Close);
    let okta = settings(&issuer, &clock).start_lazy().unwrap();
    within(clock.wait_for_sleepers(1)).await;
    let mut flood = Flood::new();
    for _ in 0..100 {
        assert_eq!(result(&okta, &flood.token()), "keys_not_loaded");
    }
    tokio::task::yield_now().await;
    assert_eq!(issuer.requests(Endpoint::Keys), 1);
}

#[tokio::test]
async fn failing_issuer_holds_no_connection_of_a_flood() {
    let world = cooled_down().await;
    let good = world.good();
    let mut flood = Flood::new();
    world.issuer.fault(Endpoint::Keys, Fault::Close);
    let first = request(&world.okta, &flood.token());
    assert_eq!(outcome(first).await, "key_unconfirmed");
    // The issuer is asked again, and no request waits for it.
    for _ in 0..100 {
        assert_eq!(world.result(&flood.token()), "key_unconfirmed");
        assert_eq!(world.result(&good), "accepted");
    }
    until(|| world.state().failures == 2).await;
    assert_eq!(keys_requests(&world), 3);
    within(world.clock.wait_for_sleepers(1)).await;
    // Once it answers, a new key is waited for again.
    world.issuer.heal();
    world.pass(seconds(60)).await;
    until(|| world.state().failures == 0).await;
    let token = surprise(&world);
    assert_eq!(outcome(request(&world.okta, &token)).await, "accepted");
}

/// 75 requests a second with made-up keys, through 64 connections, while the issuer hangs.
#[tokio::test]
async fn hanging_issuer_leaves_connections_to_good_tokens() {
    const CONNECTIONS: usize = 64;
    const STEPS: usize = 75 * 20;
    let world = cooled_down().await;
    let good = world.good();
    let mut flood = Flood::new();
    let _held = world.issuer.hold_next(Endpoint::Keys);
    let mut busy = Vec::new();
    let mut full = 0;
    for _ in 0..STEPS {
        busy.retain(|request: &tokio::task::JoinHandle<_>| !request.is_finished());
        if busy.len() < CONNECTIONS {
            busy.push(request(&world.okta, &flood.token()));
            assert_eq!(world.result(&good), "accepted");
        } else {
            full += 1;
        }
        world.clock.advance(seconds(1) / 75);
        for _ in 0..4 {
            tokio::task::yield_now().await;
        }
    }
    assert!(full < STEPS / 100, "{full} of {STEPS} found no connection");
}
