//! What the metrics say about the keys, the waits for them, and the cache of tokens.

use okta_tower_test::{Endpoint, Fault};

use super::world::{World, cooled_down, request, seconds, surprise, within};

/// One figure. `None`: the metric has no such label.
fn figure(world: &World, name: &str, label: &str) -> Option<u64> {
    world.okta.metrics().get(name, label)
}

#[tokio::test]
async fn last_attempts_have_their_times_by_result() {
    let name = "okta_tower_key_refresh_timestamp_seconds";
    let world = World::start().await;
    let first = figure(&world, name, "success").unwrap();
    // An attempt that never failed has no time.
    assert_eq!(figure(&world, name, "status"), None);

    world.issuer.fault_next(Endpoint::Keys, Fault::Garbage);
    world.next_attempt().await;
    let failure = figure(&world, name, "invalid_document").unwrap();
    assert!(failure > first, "{failure} after {first}");
    assert_eq!(figure(&world, name, "success"), Some(first));

    world.next_attempt().await;
    assert!(figure(&world, name, "success").unwrap() > failure);
    assert_eq!(figure(&world, name, "invalid_document"), Some(failure));
}

#[tokio::test]
async fn requests_that_wait_for_a_key_are_measured() {
    let name = "okta_tower_key_waiting_requests";
    let world = cooled_down().await;
    assert_eq!(figure(&world, name, ""), Some(0));
    let token = surprise(&world);
    let held = world.issuer.hold_next(Endpoint::Keys);
    let requests = [(); 3].map(|()| request(&world.okta, &token));
    within(held.arrived()).await;
    within(world.clock.wait_for_sleepers(3)).await;
    assert_eq!(figure(&world, name, ""), Some(3));
    held.release();
    for request in requests {
        assert!(request.await.unwrap().is_ok());
    }
    assert_eq!(figure(&world, name, ""), Some(0));
}

#[tokio::test]
async fn cache_is_measured_as_tokens_enter_and_leave() {
    let usage = |world: &World| {
        ["entries", "bytes", "max_bytes"].map(|unit| {
            let name = format!("okta_tower_cache_{unit}");
            assert_eq!(figure(world, &name, "sessions"), None, "sign-in is off");
            figure(world, &name, "tokens").unwrap()
        })
    };
    let world = World::start().await;
    let [entries, bytes, max_bytes] = usage(&world);
    assert_eq!((entries, bytes), (0, 0));
    assert!(max_bytes > 0);
    let short = world.token().expires_in(30).sign();
    for token in [&short, &world.good()] {
        assert_eq!(world.result(token), "accepted");
    }
    let [entries, bytes, _] = usage(&world);
    assert_eq!(entries, 2);
    assert!(bytes > 2 * short.len() as u64, "{bytes}");
    // A rejected token does not enter, and an expired one leaves at the next look-up.
    world.pass(seconds(90)).await;
    assert_eq!(world.result(&world.forged()), "bad_signature");
    assert_eq!(world.result(&short), "expired");
    let [entries, less, _] = usage(&world);
    assert_eq!(entries, 1);
    assert!(less < bytes);
}
