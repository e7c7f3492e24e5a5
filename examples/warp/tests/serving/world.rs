//! The application in its own world, and its clients.

use std::ops::Deref;

use okta_tower_test::TokenBuilder;
use reqwest::{Client, Method, Response};
use tokio::task::AbortHandle;

/// The two ways to combine layer and routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    LayerFirst,
    WarpFirst,
}

pub(crate) const BOTH: [Way; 2] = [Way::LayerFirst, Way::WarpFirst];

/// A running application with its issuer and clock.
pub(crate) struct World {
    world: scaffold::world::World,
    url: String,
    server: AbortHandle,
}

impl World {
    pub(crate) async fn start(way: Way) -> Self {
        Self::serve(way, scaffold::world::World::start().await).await
    }

    /// Starts with an issuer that is down.
    pub(crate) async fn start_without_issuer(way: Way) -> Self {
        Self::serve(way, scaffold::world::World::start_without_issuer().await).await
    }

    async fn serve(way: Way, world: scaffold::world::World) -> Self {
        let app = match way {
            Way::LayerFirst => warp_example::layer_first(&world.okta).unwrap(),
            Way::WarpFirst => warp_example::warp_first(&world.okta),
        };
        let listeners = world.listen().await;
        let url = listeners.url().to_owned();
        let connections = listeners.incoming();
        let server = scaffold::serve(app, connections, std::future::pending());
        let server = tokio::spawn(async {
            let _: Result<(), ()> = server.await;
        });
        Self {
            world,
            url,
            server: server.abort_handle(),
        }
    }

    pub(crate) async fn get(
        &self,
        client: &Client,
        path: &str,
        token: Option<&TokenBuilder>,
    ) -> Response {
        let headers = token.map(|token| ("authorization", format!("Bearer {}", token.sign())));
        self.ask(client, Method::GET, path, headers.as_slice())
            .await
    }

    pub(crate) async fn ask(
        &self,
        client: &Client,
        method: Method,
        path: &str,
        headers: &[(&str, String)],
    ) -> Response {
        let request = client.request(method, format!("{}{path}", self.url));
        let request = (headers.iter()).fold(request, |request, (name, value)| {
            request.header(*name, value)
        });
        request.send().await.unwrap()
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

pub(crate) fn client() -> Client {
    Client::builder().no_proxy().build().unwrap()
}

pub(crate) fn header<'a>(answer: &'a Response, name: &str) -> Option<&'a str> {
    let value = answer.headers().get(name);
    value.map(|value| value.to_str().unwrap())
}
