//! Concurrency limits, for cached and for waiting requests.

use http::StatusCode;
use okta_tower::{Require, RouteRules};
use okta_tower_test::Endpoint;
use tower::{Layer, Service, ServiceBuilder, ServiceExt, service_fn};

use crate::{
    layer::readiness::picky::{LIMIT, Picky, unknown_key, wait_for_waiters, waits},
    layer::world::{Body, World, ask, to, who, with},
};

#[tokio::test]
async fn concurrency_limit_holds_for_cached_requests() {
    let world = World::start().await;
    let picky = Picky::default();
    let service = ServiceBuilder::new()
        .layer(world.okta.layer())
        .concurrency_limit(LIMIT)
        .service(picky.clone());
    let token = world.token().sign();
    let requests: Vec<_> = (0..9)
        .map(|_| {
            let (service, token) = (service.clone(), token.clone());
            tokio::spawn(async move { ask(&service, with(&token)).await })
        })
        .collect();
    for request in requests {
        assert_eq!(request.await.unwrap().body, "served");
    }
    assert_eq!((picky.served(), picky.most()), (9, LIMIT));
}

#[tokio::test]
async fn concurrency_limit_holds_for_waiting_requests() {
    let world = World::start().await;
    let picky = Picky::default();
    let service = ServiceBuilder::new()
        .layer(world.okta.layer())
        .concurrency_limit(LIMIT)
        .service(picky.clone());
    let (token, held) = unknown_key(&world).await;
    let requests: Vec<_> = (0..9)
        .map(|_| {
            let (service, token) = (service.clone(), token.clone());
            tokio::spawn(async move { ask(&service, with(&token)).await })
        })
        .collect();
    held.arrived().await;
    // All nine wait, more than the limit: a waiting request holds no slot.
    wait_for_waiters(&world.okta, 9).await;
    assert_eq!(picky.served(), 0);
    held.release();
    for request in requests {
        assert_eq!(request.await.unwrap().body, "served");
    }
    assert_eq!(picky.served(), 9);
    assert!(picky.most() <= LIMIT, "{}", picky.most());
    assert_eq!(world.issuer.requests(Endpoint::Keys), 2);
}

#[tokio::test]
async fn one_service_serves_others_while_requests_wait() {
    let world = World::start().await;
    let picky = Picky::default();
    let mut service = world.okta.layer().layer(picky.clone());
    let good = world.token().sign();
    let (token, held) = unknown_key(&world).await;
    let request = |token: &str| with(token).body(Body::default()).unwrap();

    let mut waiting = Vec::new();
    for count in 1..=3 {
        let future = service.ready().await.unwrap().call(request(&token));
        waiting.push(tokio::spawn(future));
        wait_for_waiters(&world.okta, count).await;
        // The service stays usable: it now holds a clone, which is polled again.
        let response = service.ready().await.unwrap().call(request(&good)).await;
        assert_eq!(response.unwrap().status(), StatusCode::OK);
    }
    assert_eq!(picky.served(), 3);
    held.arrived().await;
    held.release();
    for future in waiting {
        assert_eq!(future.await.unwrap().unwrap().status(), StatusCode::OK);
    }
    assert_eq!(picky.served(), 6);
}

#[tokio::test]
async fn rejected_request_does_not_call_the_inner_service() {
    let world = World::start().await;
    let picky = Picky::default();
    let service = world.okta.layer().layer(picky.clone());
    let (_, held) = unknown_key(&world).await;
    let token = world.token().header("kid", "never-published").sign();
    let request = tokio::spawn(async move { ask(&service, with(&token)).await });
    held.arrived().await;
    // The wait of two seconds, while the fetch is held back.
    world.clock.wait_for_sleepers(1).await;
    world.advance(2);
    let answer = request.await.unwrap();
    assert_eq!(
        (answer.status, answer.reason()),
        (StatusCode::SERVICE_UNAVAILABLE, Some("key_unconfirmed"))
    );
    assert_eq!(picky.served(), 0);
    assert_eq!(waits(&world.okta), 1, "and it waits once");
}

#[tokio::test]
async fn public_route_does_not_wait_for_an_unknown_key() {
    let world = World::start().await;
    let table = RouteRules::new()
        .at("/", Require::authenticated())
        .at("/health", Require::public())
        .build()
        .unwrap();
    let service = world.okta.layer().rules(table).layer(service_fn(who));
    let (token, held) = unknown_key(&world).await;
    assert_eq!(
        ask(&service, to("/health", &token)).await.body,
        "hello nobody"
    );
    assert_eq!(waits(&world.okta), 0);
    let request = tokio::spawn(async move { ask(&service, with(&token)).await });
    wait_for_waiters(&world.okta, 1).await;
    held.release();
    assert_eq!(request.await.unwrap().body, "hello ada@example.com");
}

#[tokio::test]
async fn dropped_request_releases_its_slot_and_keeps_the_fetch() {
    let world = World::start().await;
    let picky = Picky::default();
    let service = ServiceBuilder::new()
        .layer(world.okta.layer())
        .concurrency_limit(1)
        .service(picky.clone());
    let good = world.token().sign();
    let (token, held) = unknown_key(&world).await;
    let caller = tokio::spawn({
        let (service, token) = (service.clone(), token.clone());
        async move { ask(&service, with(&token)).await }
    });
    wait_for_waiters(&world.okta, 1).await;
    held.arrived().await;
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());

    // The only slot of the inner service is free again.
    assert_eq!(ask(&service, with(&good)).await.body, "served");
    // The fetch goes on, for the next request.
    held.release();
    assert_eq!(ask(&service, with(&token)).await.body, "served");
    assert_eq!(world.issuer.requests(Endpoint::Keys), 2);
}

#[tokio::test]
async fn waiting_for_unknown_keys_holds_no_concurrency_slot() {
    let world = World::start().await;
    let service = ServiceBuilder::new()
        .layer(world.okta.layer())
        .concurrency_limit(1)
        .service(Picky::default());
    let good = world.token().sign();
    let (made_up, held) = unknown_key(&world).await;
    let waiting: Vec<_> = (0..5)
        .map(|_| {
            let (service, made_up) = (service.clone(), made_up.clone());
            tokio::spawn(async move { ask(&service, with(&made_up)).await })
        })
        .collect();
    held.arrived().await;
    wait_for_waiters(&world.okta, 5).await;
    assert_eq!(ask(&service, with(&good)).await.body, "served");
    held.release();
    for request in waiting {
        assert_eq!(request.await.unwrap().body, "served");
    }
}

#[tokio::test]
async fn rejected_request_releases_its_concurrency_slot() {
    let world = World::start().await;
    let service = ServiceBuilder::new()
        .layer(world.okta.layer())
        .concurrency_limit(1)
        .service(Picky::default());
    for _ in 0..3 {
        assert_eq!(
            ask(&service, with("a.b.c")).await.status,
            StatusCode::UNAUTHORIZED
        );
        assert_eq!(
            ask(&service, with(&world.token().sign())).await.body,
            "served"
        );
    }
}
