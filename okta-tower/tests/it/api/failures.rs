//! Rate limits, outages and invalid responses.

use std::time::Duration;

use http::StatusCode;
use okta_tower::{ManagementApi, api::ApiErrorKind as Kind};
use okta_tower_test::{Endpoint, Fault, Issuer, ManualClock};

use super::world::{TOKEN, World, kind, within, world, world_on, world_with};

fn limited(seconds: u64) -> Fault {
    Fault::RateLimited(Duration::from_secs(seconds))
}

#[tokio::test]
async fn short_rate_limit_is_awaited_by_reads_and_writes() {
    let world = world().await;
    world.issuer.fault_next(Endpoint::User, limited(3));
    let users = world.users();
    let call = tokio::spawn(async move { users.get("ada").await });
    // One second more than Okta says.
    world.advance_once_asleep(3).await;
    assert_eq!(world.issuer.requests(Endpoint::User), 1);
    world.advance_once_asleep(1).await;
    assert!(within(call).await.unwrap().is_ok());
    assert_eq!(world.issuer.requests(Endpoint::User), 2);

    world.issuer.fault_next(Endpoint::Lifecycle, limited(3));
    let users = world.users();
    let call = tokio::spawn(async move { users.deactivate("ada").await });
    world.advance_once_asleep(4).await;
    assert!(within(call).await.unwrap().is_ok());
    assert_eq!(world.issuer.requests(Endpoint::Lifecycle), 2);
}

#[tokio::test]
async fn long_rate_limit_is_returned_at_once_with_its_duration() {
    let world = world().await;
    world.issuer.fault(Endpoint::User, limited(5));
    let error = within(world.users().get("ada")).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.error_code()),
        (Kind::RateLimited, Some("E0000047"))
    );
    assert_eq!(error.retry_after(), Some(Duration::from_secs(6)));
    assert_eq!(world.issuer.requests(Endpoint::User), 1);
    assert_eq!(world.calls("rate_limited"), 1);
}

#[tokio::test]
async fn rate_limit_waits_are_bounded_in_time_and_number() {
    let world = world_with(ManagementApi::new().token(TOKEN).max_retries(5)).await;
    world.issuer.fault(Endpoint::User, limited(1));
    let users = world.users();
    let call = tokio::spawn(async move { users.get("ada").await });
    // 5 s in total: twice 2 s, and no third time.
    world.advance_once_asleep(2).await;
    within(world.issuer.wait_for_requests(Endpoint::User, 2)).await;
    world.advance_once_asleep(2).await;
    assert_eq!(kind(within(call).await.unwrap()), Kind::RateLimited);
    assert_eq!(world.issuer.requests(Endpoint::User), 3);

    let world = world_with(ManagementApi::new().token(TOKEN).max_retries(0)).await;
    world.issuer.fault(Endpoint::User, limited(1));
    assert_eq!(
        kind(within(world.users().get("ada")).await),
        Kind::RateLimited
    );
    assert_eq!(world.issuer.requests(Endpoint::User), 1);
}

#[tokio::test]
async fn rate_limit_is_measured_by_oktas_clock() {
    for skew in [-7200, 7200] {
        let okta_clock = ManualClock::new();
        let issuer = Issuer::builder().clock(okta_clock.clone()).api_token(TOKEN);
        let issuer = issuer.start().await.unwrap();
        let clock = ManualClock::new();
        clock.skew(skew);
        let world = world_on(issuer, clock, ManagementApi::new().token(TOKEN)).await;
        world.issuer.fault(Endpoint::User, limited(30));
        let error = within(world.users().get("admin")).await.unwrap_err();
        assert_eq!(error.retry_after(), Some(Duration::from_secs(31)), "{skew}");
    }
}

#[tokio::test]
async fn transient_failure_of_a_read_is_retried_once() {
    let world = world().await;
    let faults = [
        Fault::Close,
        Fault::Status(StatusCode::INTERNAL_SERVER_ERROR),
        Fault::Status(StatusCode::BAD_GATEWAY),
        Fault::Status(StatusCode::SERVICE_UNAVAILABLE),
    ];
    for fault in faults {
        let before = world.issuer.requests(Endpoint::User);
        world.issuer.fault_next(Endpoint::User, fault.clone());
        let users = world.users();
        let call = tokio::spawn(async move { users.get("ada").await });
        world.advance_once_asleep(1).await;
        assert!(within(call).await.unwrap().is_ok(), "{fault:?}");
        assert_eq!(world.issuer.requests(Endpoint::User), before + 2);

        world.issuer.fault(Endpoint::User, fault.clone());
        let users = world.users();
        let call = tokio::spawn(async move { users.get("ada").await });
        world.advance_once_asleep(1).await;
        assert_eq!(
            kind(within(call).await.unwrap()),
            Kind::Unavailable,
            "{fault:?}"
        );
        assert_eq!(world.issuer.requests(Endpoint::User), before + 4);
        world.issuer.heal();
    }
}

#[tokio::test]
async fn silent_or_stopped_org_is_unavailable() {
    let clock = ManualClock::new();
    let issuer = Issuer::builder().clock(clock.clone()).api_token(TOKEN);
    let issuer = issuer.start().await.unwrap();
    let world = World::on(issuer, clock, |okta| {
        okta.fetch_timeout(Duration::from_millis(200))
            .api(ManagementApi::new().token(TOKEN).max_retries(0))
    })
    .await;
    let (issuer, users) = (&world.issuer, world.users());
    for fault in [
        Fault::Hang,
        Fault::HangBody,
        Fault::Drip(Duration::from_millis(100)),
    ] {
        issuer.fault(Endpoint::User, fault);
        assert_eq!(kind(within(users.get("admin")).await), Kind::Unavailable);
    }
    issuer.heal();
    assert!(users.get("admin").await.is_ok());
    issuer.stop_listening().await;
    let error = within(users.get("admin")).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (Kind::Unavailable, None));
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn unreadable_response_is_not_retried() {
    let world = world().await;
    for fault in [
        Fault::Garbage,
        Fault::Body("[]".into()),
        Fault::Body(r#"{"id":"00u1"}"#.into()),
        Fault::Empty,
        Fault::Gzip(0),
        Fault::Huge(9 * 1024 * 1024),
        Fault::HugeAnnounced(9 * 1024 * 1024),
        Fault::Redirect(format!("{}/api/v1/users/viewer", world.issuer.org_url())),
    ] {
        let before = world.issuer.requests(Endpoint::User);
        world.issuer.fault_next(Endpoint::User, fault.clone());
        let answer = within(world.users().get("ada")).await;
        assert_eq!(kind(answer), Kind::Unreadable, "{fault:?}");
        assert_eq!(world.issuer.requests(Endpoint::User), before + 1);
    }
    // A megabyte is allowed: a page holds 200 users.
    world
        .issuer
        .fault_next(Endpoint::User, Fault::Huge(1024 * 1024));
    assert!(world.users().get("ada").await.is_ok());
}
