//! An issuer, the server, and a clock that both go by.

use std::time::Duration;

use grpc_tonic::pb::ledger_client::LedgerClient;
use okta_tower::Okta;
use okta_tower_test::{Issuer, ManualClock, TokenBuilder};
use scaffold::{Address, Program, demo};
use tokio::task::AbortHandle;
use tonic::{Request, transport::Channel};

/// The longest that a real wait may be, for another process or a socket.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct World {
    pub(crate) clock: ManualClock,
    pub(crate) issuer: Issuer,
    /// `host:port`
    pub(crate) address: String,
    server: AbortHandle,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with_issuer(true).await
    }

    /// Where the issuer has been down from the start.
    pub(crate) async fn start_without_issuer() -> Self {
        Self::with_issuer(false).await
    }

    async fn with_issuer(is_up: bool) -> Self {
        let clock = ManualClock::new();
        let issuer = Issuer::builder().clock(clock.clone());
        let issuer = issuer.start().await.unwrap();
        let okta = Okta::builder(issuer.url())
            .clock(clock.clone())
            .danger()
            .allow_http_on_loopback();
        let okta = if is_up {
            okta.start().await.unwrap()
        } else {
            issuer.stop_listening().await;
            okta.start_lazy().unwrap()
        };
        let address = Address::resolve(Program::new("grpc-tonic"), "127.0.0.1:0").await;
        let listeners = address.unwrap().bind().await.unwrap();
        let address = format!("127.0.0.1:{}", listeners.port());
        let server = tokio::spawn(async {
            grpc_tonic::serve(okta, listeners.incoming(), std::future::pending())
                .await
                .unwrap();
        });
        // What refreshes the keys waits for its next turn.
        clock.wait_for_sleepers(1).await;
        Self {
            clock,
            issuer,
            address,
            server: server.abort_handle(),
        }
    }

    pub(crate) fn admin(&self) -> TokenBuilder {
        demo::admin(&self.issuer)
    }

    pub(crate) fn viewer(&self) -> TokenBuilder {
        demo::viewer(&self.issuer)
    }

    pub(crate) async fn channel(&self) -> Channel {
        let endpoint = Channel::from_shared(format!("http://{}", self.address));
        endpoint.unwrap().connect().await.unwrap()
    }

    pub(crate) async fn ledger(&self) -> LedgerClient<Channel> {
        LedgerClient::new(self.channel().await)
    }

    /// Lets time pass while one call is open whose token is waited for, looking at the clock as often as the wait does.
    pub(crate) async fn pass(&self, seconds: u64) {
        let mut left = seconds;
        while left > 0 {
            self.clock.wait_for_sleepers(2).await;
            let step = left.min(60);
            self.clock.advance(Duration::from_secs(step));
            left -= step;
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// A call with a token.
pub(crate) fn with<T>(token: &TokenBuilder, message: T) -> Request<T> {
    let mut request = Request::new(message);
    let header = format!("Bearer {}", token.sign()).parse().unwrap();
    request.metadata_mut().insert("authorization", header);
    request
}
