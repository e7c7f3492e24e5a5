//! An org, and an application that may call its API.

use okta_tower::{
    ManagementApi,
    api::{ApiError, ApiErrorKind, Users},
};
use okta_tower_test::{Issuer, ManualClock, User};

pub(crate) use crate::world::{World, wait::within};

pub(crate) const TOKEN: &str = "00tTestToken-of_the_org";

pub(crate) async fn world() -> World {
    world_with(ManagementApi::new().token(TOKEN)).await
}

pub(crate) async fn world_with(api: ManagementApi) -> World {
    let clock = ManualClock::new();
    let issuer = Issuer::builder()
        .clock(clock.clone())
        .api_token(TOKEN)
        .user(ada())
        .start()
        .await
        .unwrap();
    world_on(issuer, clock, api).await
}

pub(crate) async fn world_on(issuer: Issuer, clock: ManualClock, api: ManagementApi) -> World {
    World::on(issuer, clock, |okta| okta.api(api)).await
}

impl World {
    pub(crate) fn users(&self) -> Users {
        self.okta.api().users()
    }

    /// Waits until a call sleeps alongside the refresher of keys, and moves the clock.
    pub(crate) async fn advance_once_asleep(&self, seconds: u64) {
        within(self.clock.wait_for_sleepers(2)).await;
        self.advance(seconds);
    }

    pub(crate) fn calls(&self, result: &str) -> u64 {
        let metrics = self.okta.metrics();
        metrics.get("okta_tower_api_calls_total", result).unwrap()
    }
}

/// A user with a profile of her own.
pub(crate) fn ada() -> User {
    User::new("ada@example.com")
        .name("Ada Lovelace")
        .groups(["Everyone", "admin"])
        .attribute("department", "R&D \"x\" \\")
}

pub(crate) fn kind<T: std::fmt::Debug>(result: Result<T, ApiError>) -> ApiErrorKind {
    result.unwrap_err().kind()
}
