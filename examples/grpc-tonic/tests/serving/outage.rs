//! An issuer that is down from the start and returns.

use std::time::Duration;

use grpc_tonic::pb::GetBalanceRequest;
use tonic::Code;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use crate::{
    raw::{bearer, call, grpc},
    world::{PATIENCE, World, with},
};

fn checking() -> GetBalanceRequest {
    let account = "checking".to_owned();
    GetBalanceRequest { account }
}

#[tokio::test(flavor = "multi_thread")]
async fn outage_at_start_is_503_until_the_issuer_returns() {
    let world = World::start_without_issuer().await;
    let mut ledger = world.ledger().await;
    let viewer = world.viewer();

    let refused = ledger
        .get_balance(with(&viewer, checking()))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    let headers = [grpc(), bearer(&viewer)];
    let answer = call(&world, "/bank.v1.Ledger/GetBalance", &headers, &checking()).await;
    assert!(answer.is_headers_alone && answer.trailers.is_none());
    assert_eq!(answer.header("grpc-status"), Some("14"));
    assert_eq!(answer.header("grpc-message"), Some("try again later"));
    // Anonymous calls get their response without keys.
    let anonymous = ledger.get_balance(checking()).await.unwrap_err();
    assert_eq!(anonymous.code(), Code::Unauthenticated);
    until_health_says(&world, "NOT_SERVING").await;

    world.issuer.resume().await;
    world.clock.advance(Duration::from_secs(60));
    until_health_says(&world, "SERVING").await;
    let balance = ledger.get_balance(with(&viewer, checking())).await.unwrap();
    assert_eq!(balance.into_inner().cents, 10_000);
}

async fn until_health_says(world: &World, expected: &str) {
    let mut health = HealthClient::new(world.channel().await);
    let service = "bank.v1.Ledger".to_owned();
    let watch = health.watch(HealthCheckRequest { service }).await;
    let mut watch = watch.unwrap().into_inner();
    let reported = tokio::time::timeout(PATIENCE, async {
        while watch
            .message()
            .await
            .unwrap()
            .unwrap()
            .status()
            .as_str_name()
            != expected
        {}
    });
    reported
        .await
        .unwrap_or_else(|_| panic!("health does not say {expected}"));
}
