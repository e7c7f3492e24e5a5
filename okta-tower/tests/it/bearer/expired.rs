//! `Okta::expired` ends when the credentials of a long-running request expire.

use std::time::Duration;

use okta_tower::TokenErrorKind;

use super::world::World;

async fn world(leeway: u64) -> World {
    World::with(|okta| okta.leeway(Duration::from_secs(leeway))).await
}

/// Whether the wait has ended, after all other tasks had their turn.
async fn has_ended(task: &tokio::task::JoinHandle<()>) -> bool {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    task.is_finished()
}

#[tokio::test]
async fn wait_ends_exactly_when_the_token_expires() {
    for (leeway, lifetime) in [(0, 10), (60, 10), (60, 3600), (300, 200)] {
        let world = world(leeway).await;
        let token = world.issuer.token().expires_in(lifetime).sign();
        let caller = world.okta.verify(&token).await.unwrap();
        let wait = tokio::spawn(world.okta.expired(&caller));
        let end = leeway + lifetime.unsigned_abs();
        for second in 0..end {
            assert!(!has_ended(&wait).await, "after {second} of {end} seconds");
            assert!(world.okta.verify(&token).await.is_ok());
            world.advance(1);
        }
        assert!(has_ended(&wait).await, "{leeway} {lifetime}");
        let refused = world.okta.verify(&token).await.unwrap_err();
        let reason = refused.token_error().unwrap().kind();
        assert_eq!(reason, TokenErrorKind::Expired);
    }
}

#[tokio::test]
async fn clock_set_forward_ends_the_wait_within_a_minute() {
    let world = world(0).await;
    let token = world.issuer.token().expires_in(3600).sign();
    let caller = world.okta.verify(&token).await.unwrap();
    let wait = tokio::spawn(world.okta.expired(&caller));
    assert!(!has_ended(&wait).await);
    world.clock.skew(3600);
    assert!(!has_ended(&wait).await, "the next check is not due yet");
    world.advance(60);
    assert!(has_ended(&wait).await);
}

#[tokio::test]
async fn wait_of_an_expired_token_ends_at_once() {
    let world = world(60).await;
    let token = world.issuer.token().expires_in(1).sign();
    let caller = world.okta.verify(&token).await.unwrap();
    world.advance(61);
    world.okta.expired(&caller).await;
}
