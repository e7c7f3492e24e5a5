//! The test world: an issuer, an `Okta` that trusts the issuer, and one clock for both.

pub(crate) mod answer;
pub(crate) mod challenge;
#[cfg(feature = "sign-in")]
pub(crate) mod cookies;
pub(crate) mod log;
pub(crate) mod wait;

use std::time::Duration;

use http::StatusCode;
use okta_tower::{Okta, OktaBuilder};
use okta_tower_test::{Endpoint, Fault, Issuer, ManualClock, TokenBuilder};

use self::wait::within;

/// An issuer and an application that trusts it. Their clock stands still until a test moves it.
pub(crate) struct World {
    pub(crate) issuer: Issuer,
    pub(crate) clock: ManualClock,
    pub(crate) okta: Okta,
}

impl World {
    /// With the defaults of both sides and the issuer's keys loaded.
    pub(crate) async fn start() -> Self {
        Self::with(|okta| okta).await
    }

    /// With settings of the test's own.
    pub(crate) async fn with(change: impl FnOnce(OktaBuilder) -> OktaBuilder) -> Self {
        let (issuer, clock) = issuer().await;
        Self::on(issuer, clock, change).await
    }

    /// On an issuer of the test's own. Returns once the refresher sleeps.
    pub(crate) async fn on(
        issuer: Issuer,
        clock: ManualClock,
        change: impl FnOnce(OktaBuilder) -> OktaBuilder,
    ) -> Self {
        let okta = okta(&issuer, &clock, change).await;
        within(clock.wait_for_sleepers(1)).await;
        Self {
            issuer,
            clock,
            okta,
        }
    }

    /// With an issuer that answers 503: no keys.
    pub(crate) async fn start_without_keys() -> Self {
        let (issuer, clock) = issuer().await;
        issuer.fault_everywhere(&Fault::Status(StatusCode::SERVICE_UNAVAILABLE));
        let okta = settings(&issuer, &clock).start_lazy().unwrap();
        issuer.wait_for_requests(Endpoint::Keys, 1).await;
        Self {
            issuer,
            clock,
            okta,
        }
    }

    /// A valid token of Ada's, to be changed.
    pub(crate) fn token(&self) -> TokenBuilder {
        self.issuer.token().user("ada@example.com")
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

/// An issuer on a clock of its own.
pub(crate) async fn issuer() -> (Issuer, ManualClock) {
    let clock = ManualClock::new();
    let issuer = Issuer::builder().clock(clock.clone()).start().await;
    (issuer.unwrap(), clock)
}

/// The settings of an application that trusts this issuer and goes by this clock.
pub(crate) fn settings(issuer: &Issuer, clock: &ManualClock) -> OktaBuilder {
    issuer.okta_builder().clock(clock.clone())
}

/// The application itself, with its keys loaded.
pub(crate) async fn okta(
    issuer: &Issuer,
    clock: &ManualClock,
    change: impl FnOnce(OktaBuilder) -> OktaBuilder,
) -> Okta {
    let started = within(change(settings(issuer, clock)).start()).await;
    started.unwrap()
}
