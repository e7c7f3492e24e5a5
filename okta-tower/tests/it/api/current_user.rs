//! The account of the caller.

use std::time::Duration;

use okta_tower::{AuthErrorKind, ManagementApi, Verified, api::User};
use okta_tower_test::{Endpoint, Fault};
use tokio::task::JoinHandle;

use super::world::{TOKEN, World, ada, within, world, world_with};

impl World {
    async fn caller(&self, login: &str) -> Verified {
        let token = self.issuer.token().user(login).expires_in(7 * 86400).sign();
        self.okta.verify(&token).await.unwrap()
    }

    /// The name of the account, or the reason of the error.
    async fn name(&self, caller: &Verified) -> String {
        match within(self.okta.api().current_user(caller)).await {
            Ok(user) => user.display_name(),
            Err(error) => error.reason().to_owned(),
        }
    }

    fn asks(&self, caller: &Verified) -> JoinHandle<Result<User, okta_tower::AuthError>> {
        let (api, caller) = (self.okta.api(), caller.clone());
        tokio::spawn(async move { api.current_user(&caller).await })
    }

    fn asked(&self) -> u64 {
        self.issuer.requests(Endpoint::User)
    }
}

#[tokio::test]
async fn account_is_looked_up_by_id_and_cached_for_a_minute() {
    let world = world().await;
    let caller = world.caller("ada@example.com").await;
    for _ in 0..3 {
        assert_eq!(world.name(&caller).await, "Ada Lovelace");
    }
    assert_eq!(world.asked(), 1);
    world.issuer.add_user(ada().name("Augusta King"));
    world.advance(59);
    assert_eq!(world.name(&caller).await, "Ada Lovelace");
    world.advance(1);
    assert_eq!(world.name(&caller).await, "Augusta King");
    assert_eq!(world.asked(), 2);
}

#[tokio::test]
async fn concurrent_requests_of_a_user_share_one_lookup() {
    let world = world().await;
    let caller = world.caller("ada@example.com").await;
    let held = world.issuer.hold_next(Endpoint::User);
    let waiting: Vec<_> = (0..50).map(|_| world.asks(&caller)).collect();
    within(held.arrived()).await;
    // Another user's request does not wait.
    let other = world.caller("admin@example.com").await;
    assert_eq!(world.name(&other).await, "Alma Admin");
    held.release();
    for request in waiting {
        assert_eq!(
            within(request).await.unwrap().unwrap().display_name(),
            "Ada Lovelace"
        );
    }
    assert_eq!(world.asked(), 2);
}

#[tokio::test]
async fn canceled_request_does_not_cancel_the_shared_lookup() {
    let world = world().await;
    let caller = world.caller("ada@example.com").await;
    let held = world.issuer.hold_next(Endpoint::User);
    let first = world.asks(&caller);
    within(held.arrived()).await;
    let second = world.asks(&caller);
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    held.release();
    assert!(within(second).await.unwrap().is_ok());
    assert_eq!(world.asked(), 1);
}

#[tokio::test]
async fn inactive_account_is_rejected_within_the_cache_time() {
    let world = world().await;
    let caller = world.caller("ada@example.com").await;
    assert_eq!(world.name(&caller).await, "Ada Lovelace");
    for status in [
        "SUSPENDED",
        "DEPROVISIONED",
        "LOCKED_OUT",
        "STAGED",
        "PROVISIONED",
        "NEW_ONE",
    ] {
        world.issuer.set_user_status("ada", status);
        world.advance(60);
        let error = world.okta.api().current_user(&caller).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.reason()),
            (AuthErrorKind::Forbidden, "user_inactive")
        );
        // The rejection is cached too.
        let before = world.asked();
        assert_eq!(world.name(&caller).await, "user_inactive");
        assert_eq!(world.asked(), before);
    }
    for status in ["ACTIVE", "RECOVERY", "PASSWORD_EXPIRED"] {
        world.issuer.set_user_status("ada", status);
        world.advance(60);
        assert_eq!(world.name(&caller).await, "Ada Lovelace", "{status}");
    }
}

#[tokio::test]
async fn unknown_user_is_rejected_and_looked_up_once() {
    let world = world().await;
    let caller = world.caller("ghost@example.com").await;
    for _ in 0..3 {
        let error = world.okta.api().current_user(&caller).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.reason()),
            (AuthErrorKind::Forbidden, "user_unknown")
        );
    }
    assert_eq!(world.asked(), 1);
}

#[tokio::test]
async fn service_caller_has_no_account() {
    let world = world().await;
    let token = world.issuer.token().service("0oaService").sign();
    let service = world.okta.verify(&token).await.unwrap();
    let error = world.okta.api().current_user(&service).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.reason()),
        (AuthErrorKind::Forbidden, "not_a_person")
    );
    assert_eq!(world.asked(), 0);
}

/// A user ID that is another user's login, or that changes the path.
#[tokio::test]
async fn user_id_is_not_taken_for_a_login_or_a_path() {
    let world = world().await;
    for (uid, asked) in [
        ("ada@example.com", 1),
        ("ada", 2),
        ("me", 2),
        ("../users", 2),
    ] {
        let token = world.issuer.token().claim("uid", uid).sign();
        let caller = world.okta.verify(&token).await.unwrap();
        assert_eq!(caller.user_id(), Some(uid));
        assert_eq!(world.name(&caller).await, "user_unknown", "{uid}");
        assert_eq!(world.asked(), asked, "{uid}");
    }
}

#[tokio::test]
async fn outage_is_503_and_cached_accounts_serve_until_expiry() {
    let world = world_with(ManagementApi::new().token(TOKEN).max_retries(0)).await;
    let caller = world.caller("ada@example.com").await;
    let other = world.caller("admin@example.com").await;
    assert_eq!(world.name(&caller).await, "Ada Lovelace");
    for fault in [
        Fault::Close,
        Fault::Garbage,
        Fault::Status(http::StatusCode::BAD_GATEWAY),
        Fault::Status(http::StatusCode::UNAUTHORIZED),
        Fault::Status(http::StatusCode::FORBIDDEN),
        Fault::Status(http::StatusCode::BAD_REQUEST),
        Fault::RateLimited(Duration::from_secs(1)),
    ] {
        world.issuer.fault(Endpoint::User, fault.clone());
        let error = within(world.okta.api().current_user(&other))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), AuthErrorKind::Unavailable, "{fault:?}");
        assert_eq!(error.reason(), "user_unavailable");
        assert_eq!(world.name(&caller).await, "Ada Lovelace", "{fault:?}");
        world.advance(5);
    }
    world.advance(60);
    assert_eq!(world.name(&caller).await, "user_unavailable");
    world.issuer.heal();
    world.advance(2);
    assert_eq!(world.name(&caller).await, "Ada Lovelace");
}

#[tokio::test]
async fn failed_lookup_pauses_all_lookups_as_okta_asks() {
    let world = world_with(ManagementApi::new().token(TOKEN).max_retries(0)).await;
    world
        .issuer
        .fault(Endpoint::User, Fault::RateLimited(Duration::from_secs(20)));
    for number in 0..10 {
        let caller = world.caller(&format!("user{number}@example.com")).await;
        assert_eq!(world.name(&caller).await, "user_unavailable");
    }
    assert_eq!(world.asked(), 1);
    world.issuer.heal();
    let caller = world.caller("ada@example.com").await;
    world.advance(20);
    assert_eq!(world.name(&caller).await, "user_unavailable");
    world.advance(1);
    assert_eq!(world.name(&caller).await, "Ada Lovelace");
}

#[tokio::test]
async fn account_lookup_is_awaited_ten_seconds_at_most() {
    let world = world().await;
    let caller = world.caller("ada@example.com").await;
    let held = world.issuer.hold_next(Endpoint::User);
    let request = world.asks(&caller);
    within(held.arrived()).await;
    world.advance_once_asleep(10).await;
    let error = within(request).await.unwrap().unwrap_err();
    assert_eq!(error.reason(), "user_unavailable");
    // The lookup goes on, and its result serves the next request.
    held.release();
    assert_eq!(world.name(&caller).await, "Ada Lovelace");
    assert_eq!(world.asked(), 1);
}

#[tokio::test]
async fn forgotten_account_is_looked_up_again() {
    let world = world().await;
    let caller = world.caller("ada@example.com").await;
    assert_eq!(world.name(&caller).await, "Ada Lovelace");
    world.issuer.add_user(ada().name("Augusta King"));
    world.okta.api().forget_current_user(ada().uid());
    assert_eq!(world.name(&caller).await, "Augusta King");
    // A change through this API invalidates the cache.
    world.users().deactivate(ada().uid()).await.unwrap();
    assert_eq!(world.name(&caller).await, "user_inactive");

    world.issuer.set_user_status("ada", "ACTIVE");
    world.advance(60);
    let held = world.issuer.hold_next(Endpoint::User);
    let request = world.asks(&caller);
    within(held.arrived()).await;
    world.issuer.set_user_status("ada", "SUSPENDED");
    world.okta.api().forget_current_user(ada().uid());
    held.release();
    // The earlier request gets the earlier state; later requests do not.
    assert!(within(request).await.unwrap().is_ok());
    assert_eq!(world.name(&caller).await, "user_inactive");
}

#[tokio::test]
async fn account_cache_respects_its_capacity() {
    let api = ManagementApi::new().token(TOKEN).current_user_capacity(1);
    let world = world_with(api.current_user_ttl(Duration::from_secs(600))).await;
    let ada = world.caller("ada@example.com").await;
    let admin = world.caller("admin@example.com").await;
    for (caller, asked) in [(&ada, 1), (&ada, 1), (&admin, 2), (&admin, 2), (&ada, 3)] {
        world.name(caller).await;
        assert_eq!(world.asked(), asked);
    }
    world.advance(599);
    world.name(&ada).await;
    assert_eq!(world.asked(), 3);
}

#[tokio::test]
async fn caller_of_another_issuer_is_misconfigured() {
    let world = world().await;
    let other = World::start().await;
    let foreign = other.okta.verify(&other.token().sign()).await.unwrap();
    let error = world.okta.api().current_user(&foreign).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.reason()),
        (AuthErrorKind::Misconfigured, "other_issuer")
    );
    // With an `Okta` that has no management API.
    let error = other.okta.api().current_user(&foreign).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.reason()),
        (AuthErrorKind::Misconfigured, "api_missing")
    );
    assert_eq!(world.asked(), 0);
}
