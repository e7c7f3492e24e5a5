//! Scheduled fetches: when they happen, and what replaces the keys.

use std::time::Duration;

use okta_tower::{clock::Clock, keys::KeyStatus};
use okta_tower_test::{Endpoint, Issuer, ManualClock};

use super::world::{WEEK, World, hours, seconds, until, within};

async fn with_cache_control(value: Option<&str>) -> World {
    let clock = ManualClock::new();
    let builder = Issuer::builder().clock(clock.clone());
    let builder = match value {
        Some(value) => builder.cache_control(value),
        None => builder.without_cache_control(),
    };
    let issuer = builder.start().await.unwrap();
    World::on(issuer, clock, |settings| settings).await
}

#[tokio::test]
async fn refresh_interval_follows_max_age_within_bounds() {
    let cases = [
        (Some("max-age=3832304, must-revalidate"), 3600),
        (Some("max-age=1200"), 1200),
        (Some("max-age=5"), 300),
        (Some("max-age=600, no-cache"), 300),
        (Some("no-store"), 300),
        (Some("max-age=soon"), 3600),
        (None, 3600),
    ];
    for (value, expected) in cases {
        let world = with_cache_control(value).await;
        for _ in 0..3 {
            let next = world.state().next_attempt.unwrap();
            assert_eq!(world.clock.next_due(), Some(next));
            assert!(next <= seconds(expected), "{value:?}: {next:?}");
            assert!(next >= seconds(expected) * 9 / 10, "{value:?}: {next:?}");
            world.next_attempt().await;
        }
    }
}

#[tokio::test]
async fn refresh_intervals_are_jittered() {
    let world = World::start().await;
    let mut waits = vec![world.clock.next_due().unwrap()];
    for _ in 0..10 {
        world.next_attempt().await;
        waits.push(world.clock.next_due().unwrap());
    }
    waits.sort();
    waits.dedup();
    assert!(waits.len() > 5, "{waits:?}");
}

#[tokio::test]
async fn unchanged_keys_are_confirmed_by_304() {
    let world = World::start().await;
    let token = world.good();
    assert_eq!(world.result(&token), "accepted");
    // Twice as long as the stale limit.
    for round in 1..=24 {
        world.pass(hours(1)).await;
        assert_eq!(world.issuer.not_modified(Endpoint::Keys), round);
        assert_eq!(world.state().age, Some(Duration::ZERO));
        assert_eq!(world.state().last_success, Some(world.clock.now()));
        assert_eq!(world.result(&token), "accepted");
    }
    let headers = world.issuer.last_headers(Endpoint::Keys).unwrap();
    assert!(headers.contains_key("if-none-match") && headers.contains_key("if-modified-since"));
    assert_eq!(world.refreshes("success"), 25);
    // The token was verified once: a confirmation of the keys keeps the cache.
    let hits = world
        .okta
        .metrics()
        .get("okta_tower_token_cache_total", "hit");
    assert_eq!(hits, Some(24));
}

#[tokio::test]
async fn fetch_without_validators_is_unconditional() {
    let clock = ManualClock::new();
    let issuer = Issuer::builder().clock(clock.clone()).without_validators();
    let world = World::on(issuer.start().await.unwrap(), clock, |settings| settings).await;
    world.next_attempt().await;
    let headers = world.issuer.last_headers(Endpoint::Keys).unwrap();
    assert!(!headers.contains_key("if-none-match") && !headers.contains_key("if-modified-since"));
    assert_eq!(world.status(), KeyStatus::Fresh);
}

#[tokio::test]
async fn withdrawn_key_is_rejected_after_the_next_refresh() {
    let world = World::start().await;
    let (seen, unseen) = (world.good(), world.good());
    assert_eq!(world.result(&seen), "accepted");
    let withdrawn = world.issuer.rotate_in_emergency();
    assert_eq!(world.result(&seen), "accepted");
    world.next_attempt().await;
    assert_eq!(world.result(&seen), "unknown_key");
    assert_eq!(world.result(&unseen), "unknown_key");
    assert!(!world.state().kids.contains(&withdrawn.kid().to_owned()));
    assert_eq!(world.result(&world.good()), "accepted");
}

#[tokio::test]
async fn key_replaced_under_its_kid_invalidates_its_tokens() {
    let world = World::start().await;
    let (token, forged) = (world.good(), world.issuer.forged_key());
    assert_eq!(world.result(&token), "accepted");
    let other = world
        .issuer
        .token()
        .key(forged.clone())
        .expires_in(WEEK)
        .sign();
    assert_eq!(world.result(&other), "bad_signature");
    world
        .issuer
        .serve_keys(serde_json::json!({ "keys": [forged.to_jwk()] }).to_string());
    world.next_attempt().await;
    assert_eq!(world.result(&token), "bad_signature");
    assert_eq!(world.result(&other), "accepted");
}

#[tokio::test]
async fn regular_rotation_rejects_no_valid_token() {
    let world = World::start().await;
    for _ in 0..4 {
        let before = world.good();
        world.issuer.rotate();
        let after = world.good();
        // The new key was published before, and the old one still is.
        assert_eq!(world.result(&before), "accepted");
        assert_eq!(world.result(&after), "accepted");
        world.next_attempt().await;
        assert_eq!(world.state().kids.len(), 3);
        assert_eq!(world.result(&before), "accepted");
        assert_eq!(world.result(&after), "accepted");
        world.issuer.withdraw_expired_key();
        world.next_attempt().await;
        assert_eq!(world.result(&before), "unknown_key");
        assert_eq!(world.result(&after), "accepted");
    }
    assert_eq!(world.state().failures, 0);
}

#[tokio::test]
async fn document_without_a_usable_key_replaces_nothing() {
    let world = World::start().await;
    let (token, kids) = (world.good(), world.state().kids);
    let cases = [
        ("no_usable_key", r#"{"keys":[]}"#),
        (
            "no_usable_key",
            r#"{"keys":[{"kty":"oct","kid":"x","k":"c2VjcmV0"}]}"#,
        ),
        ("no_usable_key", r#"{"keys":[null,1,"key",[],{}]}"#),
        ("invalid_document", r#"{"keys":{}}"#),
        ("invalid_document", r#"{"keys":null}"#),
        ("invalid_document", "{}"),
        ("invalid_document", "[]"),
        ("invalid_document", ""),
        ("invalid_document", "{\"keys\":["),
        ("invalid_document", r#"{"keys":[],"Keys":[],"keys":[]}"#),
    ];
    for (failures, (kind, document)) in (1..).zip(cases) {
        world.issuer.serve_keys(document);
        world.next_attempt().await;
        assert_eq!(world.last_failure(), Some(kind), "{document}");
        let state = world.state();
        assert_eq!(state.failures, failures, "{document}");
        assert_eq!(state.status, KeyStatus::Stale, "{document}");
        assert_eq!(state.kids, kids, "{document}");
        assert_eq!(world.result(&token), "accepted", "{document}");
    }
    // The validators of unused documents are not kept: the next fetch reads the document again.
    world.issuer.serve_true_documents();
    world.issuer.rotate_in_emergency();
    world.next_attempt().await;
    assert_eq!(world.status(), KeyStatus::Fresh);
    assert_eq!(world.result(&token), "unknown_key");
    assert_eq!(world.result(&world.good()), "accepted");
}

#[tokio::test]
async fn wall_clock_set_back_changes_nothing() {
    let world = World::start().await;
    let due = world.clock.next_due();
    world.clock.skew(-60 * 24 * 3600);
    assert_eq!(world.status(), KeyStatus::Fresh);
    assert_eq!(world.result(&world.good()), "accepted");
    assert_eq!(world.clock.next_due(), due);
}

#[tokio::test]
async fn wall_clock_ahead_of_uptime_causes_a_fetch() {
    let world = World::start().await;
    world.pass(seconds(10)).await;
    // Suspended for an hour: the keys are still trusted, and the first token causes a fetch.
    world.clock.skew(3600);
    assert_eq!(world.result(&world.good()), "accepted");
    within(world.issuer.wait_for_requests(Endpoint::Keys, 2)).await;
    until(|| !world.state().is_refreshing).await;
    // Suspended for a month: the keys are too stale until the next fetch.
    world.pass(seconds(10)).await;
    world.clock.skew(30 * 24 * 3600);
    assert_eq!(world.status(), KeyStatus::TooStale);
    assert_eq!(world.result(&world.good()), "keys_too_stale");
    within(world.issuer.wait_for_requests(Endpoint::Keys, 3)).await;
    until(|| world.status() == KeyStatus::Fresh).await;
    assert_eq!(world.result(&world.good()), "accepted");
}

#[tokio::test]
async fn missed_refreshes_are_made_up_by_one() {
    let world = World::start().await;
    world.pass(hours(11)).await;
    assert_eq!(world.issuer.requests(Endpoint::Keys), 2);
    assert_eq!(world.status(), KeyStatus::Fresh);
}

#[tokio::test]
async fn late_older_response_changes_nothing() {
    let world = World::with(|settings| settings.fetch_timeout(Duration::from_millis(500))).await;
    let token = world.good();
    let older = world.issuer.hold_next(Endpoint::Keys);
    world.clock.advance(world.clock.next_due().unwrap());
    within(older.arrived()).await;
    assert!(world.state().is_refreshing);
    world.issuer.rotate_in_emergency();
    // The fetch times out, and the next one brings the newer keys.
    within(world.clock.wait_for_sleepers(1)).await;
    assert_eq!(world.last_failure(), Some("timeout"));
    world.next_attempt().await;
    let kids = world.state().kids;
    assert_eq!(kids[0], world.issuer.active_key().kid());
    older.release();
    within(world.issuer.wait_for_connections(0)).await;
    assert_eq!(world.state().kids, kids);
    assert_eq!(world.result(&token), "unknown_key");
    assert_eq!(world.result(&world.good()), "accepted");
}
