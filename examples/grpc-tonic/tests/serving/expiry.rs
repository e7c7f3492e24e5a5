//! Streams at the expiry of their token. The leeway is 60 s.

use futures_util::stream;
use grpc_tonic::pb::{Balance, Entry, GetBalanceRequest};
use tokio_stream::{StreamExt, iter};
use tonic::Code;

use crate::world::{World, with};

fn checking() -> GetBalanceRequest {
    let account = "checking".to_owned();
    GetBalanceRequest { account }
}

#[tokio::test(flavor = "multi_thread")]
async fn response_stream_ends_when_its_token_expires() {
    let world = World::start().await;
    let mut ledger = world.ledger().await;
    let token = world.viewer().expires_in(100);
    let watch = ledger.watch(with(&token, checking())).await;
    let mut watch = watch.unwrap().into_inner();
    assert_eq!(watch.message().await.unwrap().unwrap().cents, 10_000);

    world.pass(159).await;
    // The token is still valid: the stream reports a change that another token makes.
    let entry = Entry {
        account: "checking".to_owned(),
        cents: 1,
    };
    let posted = world
        .ledger()
        .await
        .post(with(&world.admin(), iter([entry])))
        .await;
    posted.unwrap();
    assert_eq!(watch.message().await.unwrap().unwrap().cents, 10_001);

    world.pass(1).await;
    let ended = watch.message().await.unwrap_err();
    assert_eq!(ended.code(), Code::Unauthenticated);
    assert_eq!(ended.message(), "the access token has expired");
    // A new call with the expired token is rejected by the layer.
    let refused = ledger.watch(with(&token.expires_in(-61), checking())).await;
    assert_eq!(refused.unwrap_err().code(), Code::Unauthenticated);
}

#[tokio::test(flavor = "multi_thread")]
async fn request_stream_ends_when_its_token_expires() {
    let world = World::start().await;
    let mut ledger = world.ledger().await;
    let entry = Entry {
        account: "checking".to_owned(),
        cents: 1,
    };
    let endless = iter([entry]).chain(stream::pending());
    let token = world.admin().expires_in(100);
    let post = tokio::spawn(async move { ledger.post(with(&token, endless)).await });
    world.pass(159).await;
    world.clock.wait_for_sleepers(2).await;
    assert!(!post.is_finished());
    world.pass(1).await;
    let ended = post.await.unwrap().unwrap_err();
    assert_eq!(ended.code(), Code::Unauthenticated);
}

#[tokio::test(flavor = "multi_thread")]
async fn bidirectional_stream_ends_when_its_token_expires() {
    let world = World::start().await;
    let mut ledger = world.ledger().await;
    let belief = Balance {
        account: "savings".to_owned(),
        cents: 0,
    };
    let endless = iter([belief]).chain(stream::pending());
    let token = world.admin().expires_in(100);
    let answers = ledger.reconcile(with(&token, endless)).await;
    let mut answers = answers.unwrap().into_inner();
    assert_eq!(answers.message().await.unwrap().unwrap().cents, 500_000);
    world.pass(160).await;
    let ended = answers.message().await.unwrap_err();
    assert_eq!(ended.code(), Code::Unauthenticated);
}
