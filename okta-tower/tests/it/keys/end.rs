//! The refresher starts when it is polled, and ends with the last handle.

use std::convert::Infallible;

use http::{Request, Response};
use okta_tower_test::{Endpoint, Fault};

use tower::{Layer, service_fn};

use super::world::{
    Flood, WEEK, World, hours, issuer, outcome, request, result, seconds, settings, until, within,
};
use crate::world::log::Log;

const ENDED: &str = "the refresher of the signing keys has ended";

fn running(okta: &okta_tower::Okta) -> Option<u64> {
    okta.metrics().get("okta_tower_key_refresher_running", "")
}

async fn inner(_: Request<()>) -> Result<Response<()>, Infallible> {
    Ok(Response::new(()))
}

#[tokio::test]
async fn pair_fetches_nothing_before_it_is_polled() {
    let (issuer, clock) = issuer().await;
    let (okta, refresher) = settings(&issuer, &clock).pair().unwrap();
    tokio::task::yield_now().await;
    assert_eq!(issuer.connections(), 0);
    let state = okta.key_state();
    assert!(!state.is_running && !state.is_refreshing && state.next_attempt.is_none());

    let task = tokio::spawn(refresher);
    until(|| okta.is_ready()).await;
    assert!(okta.key_state().is_running);
    task.abort();
}

#[tokio::test]
async fn refresher_ends_with_the_last_handle() {
    let (issuer, clock) = issuer().await;
    let (okta, refresher) = settings(&issuer, &clock).pair().unwrap();
    let refresher = tokio::spawn(refresher);
    until(|| okta.is_ready()).await;

    let layer = okta.layer();
    let service = layer.layer(service_fn(inner));
    let other = okta.clone();
    let handles: [Box<dyn std::any::Any>; 3] = [Box::new(okta), Box::new(layer), Box::new(other)];
    for handle in handles {
        drop(handle);
        tokio::task::yield_now().await;
        assert!(!refresher.is_finished());
    }
    drop(service);
    within(refresher).await.unwrap();
    assert_eq!(clock.sleepers(), 0);
}

#[tokio::test]
async fn refresher_ends_with_the_last_handle_during_a_fetch() {
    let (issuer, clock) = issuer().await;
    issuer.fault(Endpoint::Discovery, Fault::Hang);
    let (okta, refresher) = settings(&issuer, &clock).pair().unwrap();
    let refresher = tokio::spawn(refresher);
    within(issuer.wait_for_requests(Endpoint::Discovery, 1)).await;
    assert!(okta.key_state().is_refreshing);
    drop(okta);
    within(refresher).await.unwrap();
    within(issuer.wait_for_connections(0)).await;
}

#[tokio::test]
async fn dropped_refresher_ends_every_wait() {
    let (issuer, clock) = issuer().await;
    let (okta, refresher) = settings(&issuer, &clock).pair().unwrap();
    let refresher = tokio::spawn(refresher);
    until(|| okta.is_ready()).await;
    clock.advance(seconds(10));
    let unknown = Flood::new().token();

    let waiting = tokio::spawn({
        let (okta, unknown) = (okta.clone(), unknown.clone());
        async move { okta.verify(&unknown).await }
    });
    let held = issuer.hold_next(Endpoint::Keys);
    within(held.arrived()).await;
    refresher.abort();
    // The waiting request ends at once, without a move of the clock.
    let refusal = within(waiting).await.unwrap().unwrap_err();
    assert_eq!(refusal.reason(), "key_unconfirmed");
    let state = okta.key_state();
    assert!(!state.is_running && !state.is_refreshing && state.next_attempt.is_none());

    // The keys serve until they are too stale.
    assert_eq!(
        within(okta.verify(&unknown)).await.unwrap_err().reason(),
        "key_unconfirmed"
    );
    let token = issuer.token().expires_in(WEEK).sign();
    assert!(okta.verify(&token).await.is_ok());
    clock.advance(hours(12));
    assert_eq!(
        okta.verify(&token).await.unwrap_err().reason(),
        "keys_too_stale"
    );
}

#[tokio::test]
async fn unknown_key_is_503_after_an_idle_refresher_ended() {
    let (issuer, clock) = issuer().await;
    let log = Log::capture();
    let (okta, refresher) = settings(&issuer, &clock).pair().unwrap();
    let refresher = tokio::spawn(refresher);
    within(clock.wait_for_sleepers(1)).await;
    let known = issuer.token().expires_in(WEEK).sign();
    assert!(okta.is_ready());
    assert_eq!((running(&okta), log.count("ERROR", ENDED)), (Some(1), 0));

    refresher.abort();
    until(|| !okta.key_state().is_running).await;
    assert!(!okta.is_ready());
    assert_eq!((running(&okta), log.count("ERROR", ENDED)), (Some(0), 1));
    issuer.rotate_in_emergency();
    let unknown = issuer.token().expires_in(WEEK).sign();
    for _ in 0..5 {
        assert_eq!(result(&okta, &unknown), "key_unconfirmed");
        clock.advance(seconds(20));
    }
    // The known keys serve on.
    assert_eq!(result(&okta, &known), "accepted");
}

#[tokio::test]
async fn unknown_key_is_401_while_the_refresher_runs() {
    let log = Log::capture();
    let world = World::start().await;
    let unknown = request(&world.okta, &Flood::new().token());
    assert_eq!(outcome(unknown).await, "unknown_key");
    assert!(world.okta.is_ready());
    assert_eq!(running(&world.okta), Some(1));
    // With the last handle the refresher ends, and that is no error.
    drop(world.okta);
    until(|| world.clock.sleepers() == 0).await;
    assert_eq!(log.count("ERROR", ENDED), 0);
}

#[test]
fn refresher_ends_with_its_runtime() {
    let log = Log::capture();
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().build().unwrap()
    };
    let short = runtime();
    let (issuer, okta, clock) = short.block_on(async {
        let world = World::start().await;
        (world.issuer, world.okta, world.clock)
    });
    assert!(okta.is_ready());
    drop(short);
    assert!(!okta.is_ready());
    assert_eq!(log.count("ERROR", ENDED), 1);
    clock.advance(seconds(20));
    let unknown = Flood::new().token();
    let error = runtime().block_on(okta.verify(&unknown)).unwrap_err();
    assert_eq!(error.reason(), "key_unconfirmed");
    drop(issuer);
}

#[tokio::test]
async fn unknown_key_is_503_if_the_refresher_is_not_polled() {
    let (issuer, clock) = issuer().await;
    let log = Log::capture();
    let keys = issuer.key_set().to_string();
    let (okta, refresher) = settings(&issuer, &clock).keys(keys).pair().unwrap();
    assert!(okta.is_ready());
    assert_eq!(running(&okta), Some(0));
    let unknown = Flood::new().token();
    let waiting = request(&okta, &unknown);
    within(clock.wait_for_sleepers(1)).await;
    clock.advance(seconds(2));
    assert_eq!(outcome(waiting).await, "key_unconfirmed");
    assert_eq!(result(&okta, &unknown), "key_unconfirmed");
    assert_eq!(log.count("ERROR", ENDED), 0);
    drop(refresher);
    assert_eq!(log.count("ERROR", ENDED), 1);
    assert!(!okta.is_ready());
}
