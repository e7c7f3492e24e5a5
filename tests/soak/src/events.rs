//! Key rotations and outages of the issuer.

use std::{sync::Arc, time::Duration};

use okta_tower_test::{Fault, Issuer};
use reqwest::StatusCode;
use tokio::time::{Instant, sleep};

use crate::{callers::get, tally::Outcome, world::World};

/// The events until the end, each after a pause. The last one ends in time.
pub(crate) async fn run(world: Arc<World>, mut random: fastrand::Rng, end: Instant) {
    // The first sessions and tokens are in the cache by then.
    sleep(Duration::from_secs(5)).await;
    while Instant::now() + Duration::from_secs(20) < end {
        match random.u8(0..4) {
            0 => rotate(&world, "Rotation").await,
            1 => withdraw(&world).await,
            2 => outage(&world, &mut random, false).await,
            _ => outage(&world, &mut random, true).await,
        }
        sleep(Duration::from_secs(random.u64(8..16))).await;
    }
}

/// The next key, which may be known already, becomes active.
async fn rotate(world: &Arc<World>, name: &str) {
    let rotating = Arc::clone(world);
    // Creating a key takes a moment.
    let rotated = tokio::task::spawn_blocking(move || rotating.rotate(Issuer::rotate));
    rotated.await.expect("the issuer has a new key");
    world.tally().event(name);
}

/// The active key is withdrawn. Its tokens are invalid once the quickstart has the new key.
async fn withdraw(world: &Arc<World>) {
    let withdrawn = world.keys().admin;
    let rotating = Arc::clone(world);
    let rotated = tokio::task::spawn_blocking(move || {
        rotating.rotate(|issuer| drop(issuer.rotate_in_emergency()));
    });
    rotated.await.expect("the issuer has a new key");
    world.tally().event("Withdrawal");
    loop {
        let keys = world.keys();
        let status = get(world, "/api/me", Some(&keys.admin)).await;
        let outcome = match status {
            StatusCode::OK => {
                world.accepted(keys.epoch);
                world.withdraw(&withdrawn);
                Outcome::Right
            }
            status if keys.may_be_unknown(status) => Outcome::KeyNotFetched,
            _ => Outcome::Wrong,
        };
        world.tally().add("NewKey", status, outcome);
        if outcome != Outcome::KeyNotFetched {
            return;
        }
        sleep(Duration::from_millis(200)).await;
    }
}

/// The issuer fails for some seconds. Sign-ins wait for the end.
async fn outage(world: &Arc<World>, random: &mut fastrand::Rng, rotates: bool) {
    let during = world.outage.write().await;
    let length = Duration::from_millis(random.u64(3000..10_000));
    let fault = match random.u8(0..4) {
        0 => None,
        1 => Some(Fault::Status(StatusCode::SERVICE_UNAVAILABLE)),
        2 => Some(Fault::Hang),
        _ => Some(Fault::Garbage),
    };
    let name = match &fault {
        None => "Outage by refused connections".to_owned(),
        Some(fault) => format!("Outage by {fault:?}"),
    };
    world.tally().event(&name);
    match &fault {
        None => world.issuer.stop_listening().await,
        Some(fault) => world.issuer.fault_everywhere(fault),
    }
    sleep(length / 2).await;
    if rotates {
        rotate(world, "Rotation in an outage").await;
    }
    sleep(length / 2).await;
    world.issuer.heal();
    world.issuer.resume().await;
    world.restart_patience();
    drop(during);
}
