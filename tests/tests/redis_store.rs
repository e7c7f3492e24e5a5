//! The conformance suite of stores, on a real Redis.

use cross_tests::redis::RedisServer;
use okta_tower::store::{RedisStore, conformance::Subject};

async fn subject() -> Option<Subject> {
    let server = RedisServer::start(&[])?;
    let store = RedisStore::connect(server.url()).await.expect("a store");
    Some(Subject::in_real_time(store).keeping(server))
}

okta_tower::store_conformance!(subject().await);
