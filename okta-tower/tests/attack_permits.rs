//! Requests that wait for an unknown key keep the ready service, and with it its permits: a flood of made-up `kid`s
//! stops good tokens of known keys wherever a concurrency limit, a buffer or a pool is inside the layer.

mod support;

use std::{convert::Infallible, time::Duration};

use http::{Request, Response};
use okta_tower_test::Endpoint;
use support::{Flood, World, seconds, within};
use tower::{Service, ServiceBuilder, ServiceExt, service_fn};

fn with(token: &str) -> Request<String> {
    let request = Request::get("/").header("authorization", format!("Bearer {token}"));
    request.body(String::new()).unwrap()
}

#[tokio::test]
async fn waiting_bad_tokens_do_not_hold_up_good_ones() {
    let world = World::warm().await;
    world.pass(seconds(10)).await;
    let good = world.token();
    assert_eq!(world.verdict(&good), "accepted");
    let service = ServiceBuilder::new()
        .layer(world.okta.layer())
        .concurrency_limit(4)
        .service(service_fn(|_: Request<String>| async {
            Ok::<_, Infallible>(Response::new(String::new()))
        }));
    // The issuer is slow, as in an outage: the fetch stays under way.
    let _held = world.issuer.hold_next(Endpoint::Keys);
    let mut flood = Flood::new();
    let mut bad = Vec::new();
    for _ in 0..4 {
        let mut one = service.clone();
        let ready = within(one.ready()).await.unwrap();
        bad.push(tokio::spawn(ready.call(with(&flood.token()))));
    }
    within(world.clock.wait_for_sleepers(4)).await;
    let answer = tokio::time::timeout(Duration::from_millis(500), service.oneshot(with(&good))).await;
    assert!(answer.is_ok(), "a good token with a known key waits for strangers' tokens");
}
