//! Tokens whose key nobody knows: what they may cause, and how long they may wait.

use okta_tower_test::{Endpoint, Key};

use super::world::{
    Flood, WEEK, World, cooled_down, hours, keys_requests, outcome, request, seconds, surprise,
    until, within,
};

#[tokio::test]
async fn the_first_token_of_a_new_key_waits_for_it_and_is_accepted() {
    let world = cooled_down().await;
    let token = surprise(&world);
    assert_eq!(outcome(request(&world.okta, &token)).await, "accepted");
    assert_eq!(keys_requests(&world), 2);
    assert_eq!(
        world.okta.metrics().get("okta_tower_key_waits_total", ""),
        Some(1)
    );
    // From here on it is a key like any other.
    assert_eq!(world.verdict(&token), "accepted");
    assert_eq!(keys_requests(&world), 2);
}

#[tokio::test]
async fn a_new_key_changes_nothing_for_a_forger() {
    let world = cooled_down().await;
    surprise(&world);
    let forged = world.forged();
    assert_eq!(
        outcome(request(&world.okta, &forged)).await,
        "bad_signature"
    );
    assert_eq!(keys_requests(&world), 2);
}

#[tokio::test]
async fn requests_at_the_same_time_share_one_fetch() {
    let world = cooled_down().await;
    let token = surprise(&world);
    let held = world.issuer.hold_next(Endpoint::Keys);
    let first = request(&world.okta, &token);
    within(held.arrived()).await;
    // These come while it is under way, and join it.
    let others: Vec<_> = (0..50).map(|_| request(&world.okta, &token)).collect();
    within(world.clock.wait_for_sleepers(51)).await;
    held.release();
    for request in others.into_iter().chain([first]) {
        assert_eq!(outcome(request).await, "accepted");
    }
    assert_eq!(keys_requests(&world), 2);
}

#[tokio::test]
async fn a_request_waits_two_seconds_at_most() {
    let world = cooled_down().await;
    let token = surprise(&world);
    let held = world.issuer.hold_next(Endpoint::Keys);
    let waiting = request(&world.okta, &token);
    within(held.arrived()).await;
    world
        .clock
        .advance(seconds(2) - std::time::Duration::from_millis(1));
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    world.clock.advance(std::time::Duration::from_millis(1));
    assert_eq!(outcome(waiting).await, "key_unconfirmed");
    // The fetch went on, and what it brings is there for the next request.
    held.release();
    until(|| world.verdict(&token) == "accepted").await;
}

#[tokio::test]
async fn a_caller_who_goes_away_does_not_take_the_fetch_with_him() {
    let world = cooled_down().await;
    let token = surprise(&world);
    let held = world.issuer.hold_next(Endpoint::Keys);
    let waiting = request(&world.okta, &token);
    within(held.arrived()).await;
    waiting.abort();
    assert!(within(waiting).await.is_err());
    held.release();
    until(|| !world.state().is_refreshing).await;
    assert_eq!(world.verdict(&token), "accepted");
    assert_eq!(keys_requests(&world), 2);
}

#[tokio::test]
async fn during_the_cool_down_nobody_waits_and_an_attempt_is_made_at_its_end() {
    let world = World::start().await;
    let token = surprise(&world);
    world.pass(seconds(1)).await;
    assert_eq!(world.verdict(&token), "unknown_key");
    until(|| world.state().next_attempt == Some(seconds(9))).await;
    world.pass(seconds(8)).await;
    assert_eq!(keys_requests(&world), 1);
    world.pass(seconds(1)).await;
    assert_eq!(keys_requests(&world), 2);
    assert_eq!(world.verdict(&token), "accepted");
}

#[tokio::test]
async fn near_the_end_of_the_cool_down_it_is_worth_waiting() {
    let world = World::start().await;
    let token = surprise(&world);
    world.pass(seconds(9)).await;
    let waiting = request(&world.okta, &token);
    // The refresher and the request.
    within(world.clock.wait_for_sleepers(2)).await;
    until(|| world.state().next_attempt == Some(seconds(1))).await;
    assert_eq!(keys_requests(&world), 1);
    world.clock.advance(seconds(1));
    assert_eq!(outcome(waiting).await, "accepted");
    assert_eq!(keys_requests(&world), 2);
}

#[tokio::test]
async fn a_key_that_the_last_fetch_did_not_bring_is_neither_waited_for_nor_asked_for() {
    let world = cooled_down().await;
    let bogus = Flood::new().token();
    assert_eq!(outcome(request(&world.okta, &bogus)).await, "unknown_key");
    assert_eq!(keys_requests(&world), 2);
    within(world.clock.wait_for_sleepers(1)).await;
    for _ in 0..2 {
        // Past the cool-down, so that another unknown key would be worth a fetch.
        world.pass(seconds(10)).await;
        assert_eq!(world.verdict(&bogus), "unknown_key");
        tokio::task::yield_now().await;
        assert_eq!(keys_requests(&world), 2);
        assert!(world.state().next_attempt.unwrap() > seconds(60));
    }
    // Okta's key documents may lag behind its signatures: after a while it is worth another look.
    world.pass(seconds(10)).await;
    assert_eq!(outcome(request(&world.okta, &bogus)).await, "unknown_key");
    assert_eq!(keys_requests(&world), 3);
}

#[tokio::test]
async fn a_key_that_was_missing_and_is_published_after_all_is_found_by_any_fetch() {
    let world = cooled_down().await;
    let late = Key::generate(world.issuer.algorithm());
    let token = (world.issuer.token().key(late.clone()))
        .expires_in(WEEK)
        .sign();
    assert_eq!(outcome(request(&world.okta, &token)).await, "unknown_key");
    world.issuer.publish_key(&late);
    within(world.clock.wait_for_sleepers(1)).await;
    world.pass(hours(1)).await;
    assert_eq!(world.verdict(&token), "accepted");
}

#[tokio::test]
async fn nobody_waits_where_no_wait_is_allowed() {
    for change in [
        |settings: okta_tower::OktaBuilder| settings.max_waiting_requests(0),
        |settings: okta_tower::OktaBuilder| settings.unknown_key_wait(seconds(0)),
    ] {
        let world = World::with(change).await;
        world.pass(seconds(10)).await;
        let token = surprise(&world);
        assert_eq!(outcome(request(&world.okta, &token)).await, "unknown_key");
        // The fetch is made all the same.
        until(|| world.verdict(&token) == "accepted").await;
        assert_eq!(keys_requests(&world), 2);
    }
}

#[tokio::test]
async fn a_request_joins_a_fetch_that_nobody_asked_for() {
    let world = World::start().await;
    let held = world.issuer.hold_next(Endpoint::Keys);
    world.clock.advance(world.clock.next_due().unwrap());
    let token = surprise(&world);
    within(held.arrived()).await;
    let waiting = request(&world.okta, &token);
    within(world.clock.wait_for_sleepers(1)).await;
    held.release();
    assert_eq!(outcome(waiting).await, "accepted");
    assert_eq!(keys_requests(&world), 2);
}
