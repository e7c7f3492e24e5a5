//! An org, and an application that may call its API, on one clock.

use std::{future::Future, time::Duration};

use okta_tower::{
    ManagementApi, Okta,
    api::{ApiError, ApiErrorKind, Users},
};
use okta_tower_test::{Issuer, ManualClock, User};

pub(crate) const TOKEN: &str = "00tTestToken-of_the_org";

pub(crate) struct World {
    pub(crate) issuer: Issuer,
    pub(crate) clock: ManualClock,
    pub(crate) okta: Okta,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(ManagementApi::new().token(TOKEN)).await
    }

    pub(crate) async fn with(api: ManagementApi) -> Self {
        let clock = ManualClock::new();
        let issuer = Issuer::builder()
            .clock(clock.clone())
            .api_token(TOKEN)
            .user(ada())
            .start()
            .await
            .unwrap();
        Self::of(issuer, clock, api).await
    }

    pub(crate) async fn of(issuer: Issuer, clock: ManualClock, api: ManagementApi) -> Self {
        let okta = Okta::builder(issuer.url()).clock(clock.clone()).api(api);
        let okta = okta.danger().allow_http_on_loopback().start().await;
        within(clock.wait_for_sleepers(1)).await;
        Self {
            okta: okta.unwrap(),
            issuer,
            clock,
        }
    }

    pub(crate) fn users(&self) -> Users {
        self.okta.api().users()
    }

    pub(crate) fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Waits until a call is asleep beside the refresher of keys, and moves the clock.
    pub(crate) async fn pass_once_asleep(&self, seconds: u64) {
        within(self.clock.wait_for_sleepers(2)).await;
        self.pass(seconds);
    }

    pub(crate) fn calls(&self, result: &str) -> u64 {
        let metrics = self.okta.metrics();
        metrics.get("okta_tower_api_calls_total", result).unwrap()
    }
}

/// Somebody with a profile of her own.
pub(crate) fn ada() -> User {
    User::new("ada@example.com")
        .name("Ada Lovelace")
        .groups(["Everyone", "admin"])
        .attribute("department", "R&D \"x\" \\")
}

pub(crate) fn kind<T: std::fmt::Debug>(result: Result<T, ApiError>) -> ApiErrorKind {
    result.unwrap_err().kind()
}

/// Waits for it, and fails rather than hang.
pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    let limit = Duration::from_secs(10);
    (tokio::time::timeout(limit, future).await).expect("nothing happened for ten seconds")
}
