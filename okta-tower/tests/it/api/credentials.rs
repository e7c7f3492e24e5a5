//! Who may call: API tokens, and services with keys.

use std::time::Duration;

use okta_tower::{
    Algorithm, ManagementApi,
    api::{ApiErrorKind as Kind, NewUser},
};
use okta_tower_test::{Client, Endpoint, Fault, Issuer, Key, ManualClock};

use super::world::{World, ada, kind, within, world_on, world_with};

const CLIENT: &str = "0oaService";

async fn service(algorithm: Algorithm, scopes: &[&str]) -> (World, Key) {
    let key = Key::generate(algorithm);
    let clock = ManualClock::new();
    let issuer = Issuer::builder()
        .clock(clock.clone())
        .client(Client::with_key(CLIENT, &key).scopes(["okta.users.read", "okta.users.manage"]))
        .user(ada());
    let issuer = issuer.start().await.unwrap();
    let api = ManagementApi::new().service(CLIENT, key.private_pem(), Some(key.kid()));
    let api = if scopes.is_empty() {
        api
    } else {
        api.scopes(scopes.iter().copied())
    };
    (world_on(issuer, clock, api).await, key)
}

#[tokio::test]
async fn service_token_is_requested_once_and_reused() {
    for algorithm in [Algorithm::Rs256, Algorithm::Es256] {
        let (world, _) = service(algorithm, &[]).await;
        for _ in 0..3 {
            world.users().get("ada").await.unwrap();
        }
        assert_eq!(world.issuer.requests(Endpoint::OrgToken), 1);
        let headers = world.issuer.last_headers(Endpoint::User).unwrap();
        assert!(
            headers["authorization"]
                .to_str()
                .unwrap()
                .starts_with("Bearer ")
        );
    }
}

#[tokio::test]
async fn concurrent_calls_share_one_token_request() {
    let (world, _) = service(Algorithm::Es256, &[]).await;
    let held = world.issuer.hold_next(Endpoint::OrgToken);
    let call = || {
        let users = world.users();
        tokio::spawn(async move { users.get("ada").await })
    };
    let calls: Vec<_> = (0..20).map(|_| call()).collect();
    within(held.arrived()).await;
    held.release();
    for call in calls {
        assert!(within(call).await.unwrap().is_ok());
    }
    assert_eq!(world.issuer.requests(Endpoint::OrgToken), 1);
}

#[tokio::test]
async fn canceled_call_leaves_the_token_request_to_the_next() {
    let (world, _) = service(Algorithm::Es256, &[]).await;
    world.issuer.fault_next(Endpoint::OrgToken, Fault::Hang);
    let users = world.users();
    let impatient = tokio::spawn(async move { users.get("ada").await });
    within(world.issuer.wait_for_requests(Endpoint::OrgToken, 1)).await;
    impatient.abort();
    assert!(within(world.users().get("ada")).await.is_ok());
}

#[tokio::test]
async fn service_token_is_renewed_a_minute_before_expiry() {
    let (world, _) = service(Algorithm::Es256, &[]).await;
    world.users().get("ada").await.unwrap();
    world.advance(3600 - 61);
    world.users().get("ada").await.unwrap();
    assert_eq!(world.issuer.requests(Endpoint::OrgToken), 1);
    world.advance(1);
    world.users().get("ada").await.unwrap();
    assert_eq!(world.issuer.requests(Endpoint::OrgToken), 2);
}

#[tokio::test]
async fn revoked_service_token_is_renewed_once() {
    let (world, _) = service(Algorithm::Es256, &["okta.users.manage"]).await;
    world.users().get("ada").await.unwrap();
    world.issuer.revoke_api_tokens();
    // A write is retried too: the rejected request had no effect.
    world.users().deactivate("ada").await.unwrap();
    assert_eq!(world.issuer.requests(Endpoint::OrgToken), 2);
    world.issuer.fault(
        Endpoint::User,
        Fault::Status(http::StatusCode::UNAUTHORIZED),
    );
    assert_eq!(kind(world.users().get("ada").await), Kind::Unauthorized);
    assert_eq!(world.issuer.requests(Endpoint::OrgToken), 3);
    assert_eq!(world.issuer.requests(Endpoint::User), 3);
}

#[tokio::test]
async fn service_calls_are_limited_to_its_scopes() {
    let (world, _) = service(Algorithm::Es256, &[]).await;
    assert!(world.users().get("ada").await.is_ok());
    assert!(world.users().groups("ada").await.is_ok());
    let grace = NewUser::new("grace@example.com");
    assert_eq!(kind(world.users().create(&grace).await), Kind::Forbidden);
    assert_eq!(kind(world.users().deactivate("ada").await), Kind::Forbidden);

    let (world, _) = service(Algorithm::Es256, &["okta.users.read", "okta.users.manage"]).await;
    assert!(world.users().create(&grace).await.is_ok());
    assert!(world.users().deactivate("ada").await.is_ok());
}

#[tokio::test]
async fn ungranted_scope_fails_every_call_with_invalid_scope() {
    let (world, _) = service(Algorithm::Es256, &["okta.users.read", "okta.apps.read"]).await;
    let error = world.users().get("ada").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.error_code()),
        (Kind::Unauthorized, Some("invalid_scope"))
    );
    assert!(error.to_string().contains("invalid_scope"), "{error}");
}

#[tokio::test]
async fn assertion_by_another_key_is_rejected() {
    let (world, key) = service(Algorithm::Es256, &[]).await;
    let other = Key::generate(Algorithm::Es256).with_kid(key.kid());
    world.issuer.set_client_key(CLIENT, &other);
    let error = world.users().get("ada").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.error_code()),
        (Kind::Unauthorized, Some("invalid_client"))
    );
    world.issuer.set_client_key(CLIENT, &key);
    world.advance(1);
    assert!(world.users().get("ada").await.is_ok());
}

#[tokio::test]
async fn failed_token_endpoint_is_retried_after_a_second() {
    let (world, _) = service(Algorithm::Es256, &[]).await;
    let down = Fault::Status(http::StatusCode::BAD_GATEWAY);
    world.issuer.fault(Endpoint::OrgToken, down);
    for _ in 0..5 {
        assert_eq!(kind(world.users().get("ada").await), Kind::Unavailable);
    }
    assert_eq!(world.issuer.requests(Endpoint::OrgToken), 1);
    assert_eq!(world.issuer.requests(Endpoint::User), 0);
    world.issuer.heal();
    world.advance(1);
    assert!(world.users().get("ada").await.is_ok());
    // A 429 says nothing about the service's credentials, whatever error code it contains.
    world.issuer.revoke_api_tokens();
    world.advance(3600);
    let limited = r#"{"error":"invalid_grant"}"#.to_owned();
    let limited = Fault::Answer(http::StatusCode::TOO_MANY_REQUESTS, limited);
    world.issuer.fault(Endpoint::OrgToken, limited);
    let error = world.users().get("ada").await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unavailable);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(61)));
}

#[tokio::test]
async fn wrong_api_token_is_rejected_and_not_retried() {
    let world = world_with(ManagementApi::new().token("00tAnother")).await;
    let error = world.users().get("ada").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.error_code()),
        (Kind::Unauthorized, Some("E0000011"))
    );
    assert_eq!(world.issuer.requests(Endpoint::User), 1);
    world.issuer.register_api_token("00tAnother");
    assert!(world.users().get("ada").await.is_ok());
    let headers = world.issuer.last_headers(Endpoint::User).unwrap();
    assert_eq!(headers["authorization"], "SSWS 00tAnother");
}

#[tokio::test]
async fn api_that_is_not_configured_sends_no_request() {
    let world = World::start().await;
    let users = world.users();
    let error = users.get("admin").await.unwrap_err();
    assert_eq!(error.kind(), Kind::NotSetUp);
    assert!(error.to_string().contains("OktaBuilder::api"), "{error}");
    assert_eq!(
        kind(users.create(&NewUser::new("x@example.com")).await),
        Kind::NotSetUp
    );
    assert_eq!(
        kind(users.find_by_login("admin@example.com").await),
        Kind::NotSetUp
    );
    assert_eq!(world.issuer.requests(Endpoint::User), 0);
}

#[tokio::test]
async fn org_url_may_differ_from_the_issuer() {
    let org = Issuer::builder()
        .api_token("00tX")
        .user(ada())
        .start()
        .await
        .unwrap();
    let api = ManagementApi::new().token("00tX").org_url(org.org_url());
    let world = World::with(|okta| okta.api(api)).await;
    assert!(world.users().get("ada").await.is_ok());
    let asked = [&org, &world.issuer].map(|issuer| issuer.requests(Endpoint::User));
    assert_eq!(asked, [1, 0]);
}
