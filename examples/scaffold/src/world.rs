//! What tests of an example begin with: an issuer and an `Okta` that go by one clock, which the test moves.

use std::time::Duration;

use okta_tower::{Okta, OktaBuilder};
use okta_tower_test::{Issuer, ManualClock};

use crate::{Address, Listeners, Program};

/// The longest that a test may really wait: for another process, or a socket.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Asks until it holds: what another process does cannot be told by a clock that the test moves.
///
/// # Panics
/// Where it does not hold for as long as [`PATIENCE`].
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
    held.expect("it holds in time");
}

/// An issuer, and an application's `Okta`. Nothing in it waits for real time to pass.
#[derive(Debug)]
pub struct World {
    /// What both go by.
    pub clock: ManualClock,
    /// Whose tokens are taken.
    pub issuer: Issuer,
    /// What the example is given.
    pub okta: Okta,
}

impl World {
    /// Where the issuer is there.
    ///
    /// # Panics
    /// Where it cannot be started.
    pub async fn start() -> Self {
        let (clock, issuer, okta) = Self::parts().await;
        let okta = okta.start().await.expect("the issuer is there");
        Self::ready(clock, issuer, okta).await
    }

    /// Where the issuer has been down from the start.
    ///
    /// # Panics
    /// Where the settings are wrong.
    pub async fn start_without_issuer() -> Self {
        let (clock, issuer, okta) = Self::parts().await;
        issuer.stop_listening().await;
        let okta = okta.start_lazy().expect("nobody is asked yet");
        Self::ready(clock, issuer, okta).await
    }

    async fn parts() -> (ManualClock, Issuer, OktaBuilder) {
        let clock = ManualClock::new();
        let issuer = Issuer::builder().clock(clock.clone()).start().await;
        let issuer = issuer.expect("a free port");
        let okta = Okta::builder(issuer.url())
            .clock(clock.clone())
            .danger()
            .allow_http_on_loopback();
        (clock, issuer, okta)
    }

    async fn ready(clock: ManualClock, issuer: Issuer, okta: Okta) -> Self {
        // What refreshes the keys waits for its next turn.
        clock.wait_for_sleepers(1).await;
        Self {
            clock,
            issuer,
            okta,
        }
    }

    /// A free port of this machine, to serve an example on.
    ///
    /// # Panics
    /// Where there is none.
    pub async fn listen(&self) -> Listeners {
        let address = Address::resolve(Program::new("example"), "127.0.0.1:0").await;
        let listeners = address.expect("an address").bind().await;
        listeners.expect("a free port")
    }

    /// Lets time pass while one stream is open that waits for its token to expire, in steps as short as that wait's.
    pub async fn pass(&self, seconds: u64) {
        let mut left = seconds;
        while left > 0 {
            // The stream's wait, beside what refreshes the keys.
            self.clock.wait_for_sleepers(2).await;
            let step = left.min(60);
            self.clock.advance(Duration::from_secs(step));
            left -= step;
        }
    }
}
