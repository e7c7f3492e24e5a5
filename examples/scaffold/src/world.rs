//! Fixtures for the tests of examples: an issuer and an `Okta` on a clock that the test moves.

use std::time::Duration;

use okta_tower::{Okta, OktaBuilder};
use okta_tower_test::{Issuer, ManualClock};

use crate::{Listeners, Program, listen::Address};

/// The longest real time that a test waits for another process or a socket.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Polls until the condition holds. For conditions in other processes, which the test's clock does
/// not control.
///
/// # Panics
/// If the condition does not hold within [`PATIENCE`].
pub async fn until<F>(holds: impl Fn() -> F)
where
    F: Future<Output = bool>,
{
    let asked = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let held = tokio::time::timeout(PATIENCE, asked).await;
    held.expect("the condition holds in time");
}

/// An issuer and an application's `Okta`. Nothing here waits for real time to pass.
#[derive(Debug)]
pub struct World {
    /// The clock of the issuer and of `Okta`.
    pub clock: ManualClock,
    /// The issuer whose tokens are accepted.
    pub issuer: Issuer,
    /// The handle to pass to the example.
    pub okta: Okta,
}

impl World {
    /// Starts with a running issuer.
    ///
    /// # Panics
    /// If the issuer or `Okta` does not start.
    pub async fn start() -> Self {
        let (clock, issuer, okta) = Self::parts().await;
        let okta = okta.start().await.expect("the issuer is running");
        Self::ready(clock, issuer, okta).await
    }

    /// Starts with an issuer that is down.
    ///
    /// # Panics
    /// If the settings are wrong.
    pub async fn start_without_issuer() -> Self {
        let (clock, issuer, okta) = Self::parts().await;
        issuer.stop_listening().await;
        let okta = okta.start_lazy().expect("a lazy start sends no request");
        Self::ready(clock, issuer, okta).await
    }

    async fn parts() -> (ManualClock, Issuer, OktaBuilder) {
        let clock = ManualClock::new();
        let issuer = Issuer::builder().clock(clock.clone()).start().await;
        let issuer = issuer.expect("a free port");
        let okta = issuer.okta_builder();
        (clock, issuer, okta)
    }

    async fn ready(clock: ManualClock, issuer: Issuer, okta: Okta) -> Self {
        // The key refresher sleeps until its next attempt.
        clock.wait_for_sleepers(1).await;
        Self {
            clock,
            issuer,
            okta,
        }
    }

    /// Binds a free port on this machine to serve an example on.
    ///
    /// # Panics
    /// If no port is free.
    pub async fn listen(&self) -> Listeners {
        let address = Address::resolve(Program::new("example"), "127.0.0.1:0").await;
        let listeners = address.expect("an address").bind().await;
        listeners.expect("a free port")
    }

    /// Advances the clock while one open stream waits for its token to expire, in steps no longer
    /// than the stream's own wait.
    pub async fn pass(&self, seconds: u64) {
        let mut left = seconds;
        while left > 0 {
            // The stream's wait and the key refresher.
            self.clock.wait_for_sleepers(2).await;
            let step = left.min(60);
            self.clock.advance(Duration::from_secs(step));
            left -= step;
        }
    }
}
