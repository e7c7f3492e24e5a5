//! The request counters: each request under one outcome, each rejection under its exact reason.

use http::{
    Method, Request,
    header::{ACCESS_CONTROL_REQUEST_METHOD, ORIGIN},
};
use okta_tower::{Okta, Require};
use tower::{Layer, ServiceBuilder, service_fn};

use super::world::{World, ask, who, with};

fn outcome(okta: &Okta, outcome: &str) -> u64 {
    okta.metrics()
        .get("okta_tower_requests_total", outcome)
        .unwrap()
}

fn refusals(okta: &Okta, reason: &str) -> u64 {
    okta.metrics()
        .get("okta_tower_refusals_total", reason)
        .unwrap()
}

#[tokio::test]
async fn requests_are_counted_by_outcome_and_reason() {
    let world = World::start().await;
    let okta = &world.okta;
    let service = okta.layer().allow_preflight().layer(service_fn(who));
    let good = world.token().sign();
    for _ in 0..3 {
        ask(&service, with(&good)).await;
    }
    ask(&service, Request::get("/")).await;
    ask(&service, with("a b")).await;
    ask(&service, with(&world.token().expires_in(-61).sign())).await;
    ask(&service, with(&world.token().audience("x").sign())).await;
    let preflight = Request::builder()
        .method(Method::OPTIONS)
        .header(ORIGIN, "https://app.example")
        .header(ACCESS_CONTROL_REQUEST_METHOD, "GET");
    ask(&service, preflight).await;

    for (name, count) in [
        ("authenticated", 3),
        ("anonymous", 1),
        ("missing_credentials", 1),
        ("malformed_request", 1),
        ("invalid_token", 2),
        ("forbidden", 0),
        ("unavailable", 0),
        ("misconfigured", 0),
    ] {
        assert_eq!(outcome(okta, name), count, "{name}");
    }
    for (reason, count) in [
        ("missing_credentials", 1),
        ("bad_form", 1),
        ("expired", 1),
        ("wrong_audience", 1),
        ("scope", 0),
    ] {
        assert_eq!(refusals(okta, reason), count, "{reason}");
    }
    let cache = |result| {
        okta.metrics()
            .get("okta_tower_token_cache_total", result)
            .unwrap()
    };
    assert_eq!((cache("hit"), cache("miss")), (2, 3));
}

#[tokio::test]
async fn guard_rejection_is_counted_by_the_outer_layer() {
    let world = World::start().await;
    let service = ServiceBuilder::new()
        .layer(world.okta.layer())
        .layer(Require::group("tellers").layer())
        .service_fn(who);
    ask(&service, with(&world.token().sign())).await;
    assert_eq!(outcome(&world.okta, "forbidden"), 1);
    assert_eq!(refusals(&world.okta, "group"), 1);
}

#[tokio::test]
async fn each_okta_has_its_own_counters() {
    let (one, other) = (World::start().await, World::start().await);
    let service = one.okta.layer().layer(service_fn(who));
    ask(&service, Request::get("/")).await;
    assert_eq!(outcome(&one.okta, "missing_credentials"), 1);
    assert_eq!(outcome(&other.okta, "missing_credentials"), 0);
    let text = one.okta.metrics().to_string();
    assert!(
        text.contains("okta_tower_requests_total{outcome=\"missing_credentials\"} 1\n"),
        "{text}"
    );
}
