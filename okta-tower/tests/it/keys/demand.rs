//! Tokens with unknown keys: which fetches they cause, and how long they wait.

use std::convert::Infallible;

use http::{Request, Response, StatusCode};
use okta_tower::Algorithm;
use okta_tower_test::{Endpoint, Issuer, Key, ManualClock};
use tower::{Layer, ServiceExt, service_fn};

use super::world::{
    Flood, WEEK, World, at_once, burst_spent, cooled_down, hours, keys_requests, outcome, request,
    seconds, surprise, until, within,
};

#[tokio::test]
async fn first_token_of_a_new_key_waits_and_is_accepted() {
    let world = cooled_down().await;
    let token = surprise(&world);
    assert_eq!(outcome(request(&world.okta, &token)).await, "accepted");
    assert_eq!(keys_requests(&world), 2);
    assert_eq!(
        world.okta.metrics().get("okta_tower_key_waits_total", ""),
        Some(1)
    );
    // Later requests use the key without a fetch.
    assert_eq!(world.result(&token), "accepted");
    assert_eq!(keys_requests(&world), 2);
}

#[tokio::test]
async fn forged_token_is_rejected_after_a_rotation() {
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
async fn concurrent_requests_share_one_fetch() {
    let world = cooled_down().await;
    let token = surprise(&world);
    let held = world.issuer.hold_next(Endpoint::Keys);
    let first = request(&world.okta, &token);
    within(held.arrived()).await;
    // These arrive during the fetch and join it.
    let others: Vec<_> = (0..50).map(|_| request(&world.okta, &token)).collect();
    within(world.clock.wait_for_sleepers(51)).await;
    held.release();
    for request in others.into_iter().chain([first]) {
        assert_eq!(outcome(request).await, "accepted");
    }
    assert_eq!(keys_requests(&world), 2);
}

#[tokio::test]
async fn request_waits_two_seconds_at_most() {
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
    // The fetch went on, and the next request uses its result.
    held.release();
    until(|| world.result(&token) == "accepted").await;
}

#[tokio::test]
async fn client_disconnect_does_not_cancel_the_fetch() {
    let world = cooled_down().await;
    let token = surprise(&world);
    let held = world.issuer.hold_next(Endpoint::Keys);
    let waiting = request(&world.okta, &token);
    within(held.arrived()).await;
    waiting.abort();
    assert!(within(waiting).await.is_err());
    held.release();
    until(|| !world.state().is_refreshing).await;
    assert_eq!(world.result(&token), "accepted");
    assert_eq!(keys_requests(&world), 2);
}

#[tokio::test]
async fn unknown_key_in_the_cool_down_is_fetched_at_its_end() {
    let world = burst_spent().await;
    let token = surprise(&world);
    world.pass(seconds(1)).await;
    assert_eq!(world.result(&token), "unknown_key");
    until(|| world.state().next_attempt == Some(seconds(9))).await;
    world.pass(seconds(8)).await;
    assert_eq!(keys_requests(&world), 4);
    world.pass(seconds(1)).await;
    assert_eq!(keys_requests(&world), 5);
    assert_eq!(world.result(&token), "accepted");
}

#[tokio::test]
async fn unknown_key_near_the_cool_down_end_waits() {
    let world = burst_spent().await;
    let token = surprise(&world);
    world.pass(seconds(9)).await;
    let waiting = request(&world.okta, &token);
    // The refresher and the request.
    within(world.clock.wait_for_sleepers(2)).await;
    until(|| world.state().next_attempt == Some(seconds(1))).await;
    assert_eq!(keys_requests(&world), 4);
    world.clock.advance(seconds(1));
    assert_eq!(outcome(waiting).await, "accepted");
    assert_eq!(keys_requests(&world), 5);
}

#[tokio::test]
async fn key_missing_from_the_last_fetch_causes_no_fetch() {
    let world = cooled_down().await;
    let bogus = Flood::new().token();
    assert_eq!(outcome(request(&world.okta, &bogus)).await, "unknown_key");
    assert_eq!(keys_requests(&world), 2);
    within(world.clock.wait_for_sleepers(1)).await;
    for _ in 0..2 {
        // Past the cool-down: another unknown key would cause a fetch.
        world.pass(seconds(10)).await;
        assert_eq!(world.result(&bogus), "unknown_key");
        tokio::task::yield_now().await;
        assert_eq!(keys_requests(&world), 2);
        assert!(world.state().next_attempt.unwrap() > seconds(60));
    }
    // Okta's key document may lag behind its signatures, so the key is fetched again after a while.
    world.pass(seconds(10)).await;
    assert_eq!(outcome(request(&world.okta, &bogus)).await, "unknown_key");
    assert_eq!(keys_requests(&world), 3);
}

#[tokio::test]
async fn missing_key_published_later_is_found_by_any_fetch() {
    let world = cooled_down().await;
    let late = Key::generate(world.issuer.algorithm());
    let token = (world.issuer.token().key(late.clone()))
        .expires_in(WEEK)
        .sign();
    assert_eq!(outcome(request(&world.okta, &token)).await, "unknown_key");
    world.issuer.publish_key(&late);
    within(world.clock.wait_for_sleepers(1)).await;
    world.pass(hours(1)).await;
    assert_eq!(world.result(&token), "accepted");
}

#[tokio::test]
async fn unknown_key_is_fetched_without_wait_if_none_is_allowed() {
    for change in [
        |settings: okta_tower::OktaBuilder| settings.max_waiting_requests(0),
        |settings: okta_tower::OktaBuilder| settings.unknown_key_wait(seconds(0)),
    ] {
        let world = World::with(change).await;
        world.pass(seconds(10)).await;
        let token = surprise(&world);
        assert_eq!(outcome(request(&world.okta, &token)).await, "unknown_key");
        // The fetch is made nevertheless.
        until(|| world.result(&token) == "accepted").await;
        assert_eq!(keys_requests(&world), 2);
    }
}

#[tokio::test]
async fn request_joins_a_scheduled_fetch() {
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

#[tokio::test]
async fn rotations_right_after_the_start_are_found_at_once() {
    let world = World::start().await;
    // Three in a row, while the clock stands still. Then one per cool-down.
    for fetches in 2..=4 {
        let token = surprise(&world);
        assert_eq!(outcome(request(&world.okta, &token)).await, "accepted");
        assert_eq!(keys_requests(&world), fetches);
    }
    let token = surprise(&world);
    assert_eq!(world.result(&token), "unknown_key");
    until(|| world.state().next_attempt == Some(seconds(10))).await;
    world.pass(seconds(10)).await;
    assert_eq!(world.result(&token), "accepted");
    assert_eq!(keys_requests(&world), 5);
}

#[tokio::test]
async fn scheduled_fetch_does_not_delay_a_demanded_one() {
    let world = World::start().await;
    world.next_attempt().await;
    assert_eq!(keys_requests(&world), 2);
    let token = surprise(&world);
    assert_eq!(outcome(request(&world.okta, &token)).await, "accepted");
    assert_eq!(keys_requests(&world), 3);
}

#[tokio::test]
async fn key_requested_during_a_fetch_waits_for_the_next_one() {
    let world = World::start().await;
    let held = world.issuer.hold_next(Endpoint::Keys);
    world.clock.advance(world.clock.next_due().unwrap());
    within(held.arrived()).await;
    // The held response was made before the rotation.
    let token = surprise(&world);
    let waiting = request(&world.okta, &token);
    within(world.clock.wait_for_sleepers(1)).await;
    held.release();
    assert_eq!(outcome(waiting).await, "accepted");
    assert_eq!(keys_requests(&world), 3);
}

#[tokio::test]
async fn fetch_that_outlasts_its_time_is_not_waited_for() {
    let world = cooled_down().await;
    let token = surprise(&world);
    let held = world.issuer.hold_next(Endpoint::Keys);
    let first = request(&world.okta, &token);
    within(held.arrived()).await;
    let millisecond = std::time::Duration::from_millis(1);
    world.clock.advance(seconds(1) - millisecond);
    assert_eq!(world.result(&token), "waits");
    world.clock.advance(millisecond);
    assert_eq!(world.result(&token), "key_unconfirmed");

    let service = (world.okta.layer()).layer(service_fn(async |_: Request<()>| {
        Ok::<_, Infallible>(Response::new(()))
    }));
    let call = Request::get("/").header("authorization", format!("Bearer {token}"));
    let response = at_once(service.oneshot(call.body(()).unwrap()));
    let response = response.expect("no wait").unwrap();
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(response.headers().contains_key("retry-after"));
    // A known key is not affected, and the first request still waits for the fetch.
    assert!(!first.is_finished());
    held.release();
    assert_eq!(outcome(first).await, "accepted");
    assert_eq!(world.result(&token), "accepted");
}

/// Sixty tokens with made-up keys a second, for a minute, with fetches that take 50 ms.
#[tokio::test]
async fn steady_unknown_keys_get_401_while_the_issuer_answers() {
    // Its keys are made fast: a busy thread could let a fetch time out.
    let clock = ManualClock::new();
    let issuer = Issuer::builder()
        .algorithm(Algorithm::EdDsa)
        .clock(clock.clone());
    let world = World::on(issuer.start().await.unwrap(), clock, |settings| {
        let settings = settings.algorithms([Algorithm::EdDsa, Algorithm::Rs256]);
        let settings = settings.refresh_interval(seconds(10)..=seconds(11));
        // Most fetches are by the schedule.
        let settings = settings.unknown_key_cooldown(seconds(25));
        settings
            .fetch_timeout(seconds(60))
            .connect_timeout(seconds(60))
    })
    .await;
    let mut flood = Flood::new();
    let mut requests = Vec::new();
    let mut under_way = 0;
    for step in 0..60 * 64 {
        if step % (60 * 7) == 0 {
            world.issuer.rotate();
        }
        if step < 60 * 60 {
            requests.push(request(&world.okta, &flood.token()));
        }
        tokio::task::yield_now().await;
        world.clock.advance(seconds(1) / 60);
        under_way += 1;
        if under_way == 3 {
            until(|| !world.state().is_refreshing).await;
        }
        if !world.state().is_refreshing {
            under_way = 0;
        }
    }
    let mut answers = std::collections::BTreeMap::new();
    for request in requests {
        *answers.entry(outcome(request).await).or_insert(0) += 1;
    }
    assert_eq!(world.refreshes("success"), keys_requests(&world));
    assert_eq!(answers, [("unknown_key", 3600)].into());
    // The first one, a burst, one for a cool-down, and those of the schedule.
    let fetches = keys_requests(&world);
    assert!(fetches > 6, "{fetches}");
}
