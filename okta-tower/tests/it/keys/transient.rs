//! Transient failures of the issuer and of the machine must not reject valid tokens or accept bad
//! ones.

use std::{convert::Infallible, time::SystemTime};

use http::{Request, Response, StatusCode, header::AUTHORIZATION};
use okta_tower::{AuthErrorKind, Okta, clock::Clock, keys::KeyStatus};
use okta_tower_test::{Endpoint, Fault, ManualClock};
use tower::{Layer, service_fn};

use super::scripted::{Scripted, answer};
use super::world::{Flood, World, at_once, hours, seconds, until, within};
use crate::world::answer::{Body, ask};

async fn kind(okta: &Okta, token: &str) -> Option<AuthErrorKind> {
    within(okta.verify(token))
        .await
        .err()
        .map(|error| error.kind())
}

/// The issuer has failed, so the token is not called invalid.
#[tokio::test]
async fn token_of_an_unfetched_key_is_503_during_an_outage() {
    let world = World::start().await;
    world.pass(seconds(10)).await;
    let status = StatusCode::BAD_GATEWAY;
    world.issuer.fault(Endpoint::Keys, Fault::Status(status));
    world.issuer.rotate();
    world.issuer.rotate();
    let good = world.good();
    let kind = kind(&world.okta, &good).await;
    assert_eq!(world.status(), KeyStatus::Stale);
    assert_eq!(
        kind,
        Some(AuthErrorKind::Unavailable),
        "a good token is called invalid"
    );
}

/// A long `Retry-After` is bounded.
#[tokio::test]
async fn long_retry_after_does_not_delay_a_start_for_an_hour() {
    let busy = answer("503 Service Unavailable", "retry-after: 86400\r\n", "");
    let server = Scripted::start([busy]).await;
    let clock = ManualClock::new();
    let okta = server.settings(&clock).start_lazy().unwrap();
    within(clock.wait_for_sleepers(1)).await;
    assert_eq!(okta.key_state().status, KeyStatus::NotLoaded);
    let next = okta.key_state().next_attempt.unwrap();
    assert!(
        next <= seconds(60),
        "not ready, and the next attempt is in {next:?}"
    );
}

/// The same with keys loaded: after one 429 with a long `Retry-After`, a rotation must not go
/// unseen although the issuer has recovered.
#[tokio::test]
async fn long_retry_after_does_not_hide_a_rotation_for_an_hour() {
    let issuer = okta_tower_test::Issuer::start().await;
    let document =
        |key: okta_tower_test::Key| serde_json::json!({ "keys": [key.to_jwk()] }).to_string();
    let (old, new) = (
        okta_tower_test::Key::generate(okta_tower::Algorithm::Rs256),
        okta_tower_test::Key::generate(okta_tower::Algorithm::Rs256),
    );
    let missing = answer("404 Not Found", "", "");
    let server = Scripted::start([
        missing.clone(),
        answer("200 OK", "cache-control: max-age=300\r\n", &document(old)),
        missing.clone(),
        // There is no metadata, so discovery is tried each time.
        answer("429 Too Many Requests", "retry-after: 3600\r\n", ""),
        missing.clone(),
        answer("200 OK", "", &document(new.clone())),
    ])
    .await;
    drop(issuer);
    let clock = ManualClock::new();
    let okta = within(server.settings(&clock).start()).await.unwrap();
    within(clock.wait_for_sleepers(1)).await;
    clock.advance(seconds(300));
    within(clock.wait_for_sleepers(1)).await;
    assert_eq!(okta.key_state().failures, 1);
    let token = new.sign_raw(&format!(r#"{{"alg":"RS256","kid":"{}"}}"#, new.kid()), "{}");
    // Half an hour of requests.
    for _ in 0..30 {
        clock.advance(seconds(60));
        let _ = at_once(okta.verify(&token));
        tokio::task::yield_now().await;
        until(|| !okta.key_state().is_refreshing).await;
    }
    assert!(
        server.requests() > 4,
        "half an hour later there was no further fetch"
    );
}

/// Linux's monotonic clock stands still while a machine is suspended or a virtual machine paused;
/// the wall clock does not. Without a comparison of both, keys withdrawn days ago would be trusted.
#[tokio::test]
async fn withdrawn_key_is_rejected_after_days_of_suspension() {
    let world = World::start().await;
    let leaked = world.issuer.active_key();
    world.issuer.rotate_in_emergency();
    // Suspended for three days: `uptime` and timers stood still.
    world.clock.set_wall(world.clock.now() + hours(72));
    let forged = (world.issuer.token().user("eve@example.com"))
        .key(leaked)
        .expires_in(3600)
        .sign();
    let state = world.state();
    let age = SystemTime::duration_since(&world.clock.now(), state.last_success.unwrap()).unwrap();
    assert_eq!(
        age,
        hours(72),
        "by the wall clock, past the stale limit of 12 h"
    );
    assert_ne!(
        world.result(&forged),
        "accepted",
        "signed with a key withdrawn 72 hours ago, status {:?}",
        state.status
    );
}

/// Through the layer, too, whether the request may still wait for an attempt or not.
#[tokio::test]
async fn layer_rejects_an_unfetched_key_with_503_during_an_outage() {
    let world = World::start().await;
    world.pass(seconds(10)).await;
    let status = StatusCode::BAD_GATEWAY;
    world.issuer.fault(Endpoint::Keys, Fault::Status(status));
    world.issuer.rotate();
    world.issuer.rotate();
    let service = world.okta.layer().layer(service_fn(served));
    let bearer = |token: &str| Request::get("/").header(AUTHORIZATION, format!("Bearer {token}"));
    let (good, made_up) = (world.good(), Flood::new().token());
    for _ in 0..5 {
        for token in [&good, &made_up] {
            let answer = within(ask(&service, bearer(token))).await;
            assert_eq!(answer.reason(), Some("key_unconfirmed"));
            assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        }
    }
    // Once the issuer has answered, the made-up key is the client's fault.
    world.issuer.heal();
    world.next_attempt().await;
    let answer = within(ask(&service, bearer(&good))).await;
    assert_eq!(answer.status, StatusCode::OK);
    for _ in 0..5 {
        let answer = within(ask(&service, bearer(&made_up))).await;
        assert_eq!(answer.reason(), Some("unknown_key"));
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
}

async fn served(_: Request<Body>) -> Result<Response<Body>, Infallible> {
    Ok(Response::new(Body::default()))
}
