//! The server in its own world.

use std::ops::Deref;

use grpc_tonic::pb::ledger_client::LedgerClient;
use okta_tower_test::TokenBuilder;
use scaffold::demo;
pub(crate) use scaffold::world::PATIENCE;
use tokio::task::AbortHandle;
use tonic::{Request, transport::Channel};

/// A running server with its issuer and clock.
pub(crate) struct World {
    world: scaffold::world::World,
    /// `host:port`
    pub(crate) address: String,
    server: AbortHandle,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::serve(scaffold::world::World::start().await).await
    }

    /// Starts with an issuer that is down.
    pub(crate) async fn start_without_issuer() -> Self {
        Self::serve(scaffold::world::World::start_without_issuer().await).await
    }

    async fn serve(world: scaffold::world::World) -> Self {
        let listeners = world.listen().await;
        let address = format!("127.0.0.1:{}", listeners.port());
        let okta = world.okta.clone();
        let server = tokio::spawn(async {
            grpc_tonic::serve(okta, listeners.incoming(), std::future::pending())
                .await
                .unwrap();
        });
        Self {
            world,
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
}

impl Deref for World {
    type Target = scaffold::world::World;

    fn deref(&self) -> &Self::Target {
        &self.world
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Returns a call with a token.
pub(crate) fn with<T>(token: &TokenBuilder, message: T) -> Request<T> {
    let mut request = Request::new(message);
    let header = format!("Bearer {}", token.sign()).parse().unwrap();
    request.metadata_mut().insert("authorization", header);
    request
}
