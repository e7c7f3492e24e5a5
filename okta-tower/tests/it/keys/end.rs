//! The refresher starts when it is polled, and ends with the last handle.

use std::convert::Infallible;

use http::{Request, Response};
use okta_tower_test::{Endpoint, Fault};

use tower::{Layer, service_fn};

use super::world::{Flood, WEEK, hours, issuer, seconds, settings, until, within};

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
