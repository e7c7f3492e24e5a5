//! Outages: how long the keys serve, and how an outage ends.

use okta_tower::{OktaBuilder, keys::KeyStatus};
use okta_tower_test::{Endpoint, Fault};

use super::world::{World, hours, seconds};

#[tokio::test]
async fn stale_keys_serve_for_twelve_hours() {
    let world = World::start().await;
    let (seen, unseen) = (world.good(), world.good());
    assert_eq!(world.result(&seen), "accepted");
    world.issuer.stop_listening().await;
    world.pass(hours(12) - seconds(1)).await;
    assert_eq!(world.status(), KeyStatus::Stale);
    assert!(world.okta.is_ready());
    assert_eq!(world.result(&seen), "accepted");
    assert_eq!(world.result(&unseen), "accepted");

    world.pass(seconds(1)).await;
    assert_eq!(world.status(), KeyStatus::TooStale);
    assert!(!world.okta.is_ready());
    for token in [&seen, &unseen, &world.forged()] {
        assert_eq!(world.result(token), "keys_too_stale");
    }
    assert_eq!(
        world.okta.metrics().get("okta_tower_keys_ready", ""),
        Some(0)
    );

    world.issuer.resume().await;
    // The next attempt is at most a minute away, however long the outage was.
    world.pass(seconds(60)).await;
    assert_eq!(world.status(), KeyStatus::Fresh);
    assert_eq!(world.result(&seen), "accepted");
    assert_eq!(world.result(&unseen), "accepted");
}

#[tokio::test]
async fn stale_limit_is_at_least_three_refresh_intervals() {
    let limit = |limit| move |settings: OktaBuilder| settings.stale_limit(limit);
    let short = World::with(limit(hours(4))).await;
    short.issuer.stop_listening().await;
    short.pass(hours(4) - seconds(1)).await;
    assert_eq!(short.status(), KeyStatus::Stale);
    short.pass(seconds(1)).await;
    assert_eq!(short.status(), KeyStatus::TooStale);

    let slow = World::with(|settings| {
        settings
            .refresh_interval(hours(10)..=hours(10))
            .stale_limit(hours(12))
    });
    let slow = slow.await;
    slow.issuer.stop_listening().await;
    slow.pass(hours(26)).await;
    assert_eq!(slow.status(), KeyStatus::Stale);
    slow.pass(hours(4)).await;
    assert_eq!(slow.status(), KeyStatus::TooStale);
}

#[tokio::test]
async fn failed_refresh_is_retried_with_growing_pauses() {
    let world = World::start().await;
    world.issuer.fault(Endpoint::Keys, Fault::Close);
    let mut pauses = Vec::new();
    for failures in 1..=8 {
        world.next_attempt().await;
        let state = world.state();
        assert_eq!((state.failures, state.status), (failures, KeyStatus::Stale));
        let failure = state.last_failure.unwrap();
        assert_eq!(failure.kind().as_str(), "connection");
        assert_eq!(failure.endpoint().as_str(), "keys");
        assert!(std::error::Error::source(&failure).is_some());
        pauses.push(world.clock.next_due().unwrap());
    }
    // With keys loaded, a pause is at least the cool-down, and at most a minute.
    assert_eq!(pauses[0], seconds(10));
    assert!(
        pauses[7] >= seconds(30) && pauses[7] <= seconds(60),
        "{pauses:?}"
    );
    assert!(pauses.is_sorted_by(|one, next| *one <= *next * 2));
    assert_eq!(world.refreshes("connection"), 8);

    world.issuer.heal();
    world.next_attempt().await;
    let state = world.state();
    assert_eq!((state.failures, state.status), (0, KeyStatus::Fresh));
    assert!(state.last_failure.is_none());
    let text = world.okta.metrics().to_string();
    for line in [
        r#"okta_tower_key_refreshes_total{result="success"} 2"#,
        r#"okta_tower_key_refreshes_total{result="connection"} 8"#,
        "okta_tower_keys 2",
        "okta_tower_keys_ready 1",
        "okta_tower_keys_age_seconds 0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
}
