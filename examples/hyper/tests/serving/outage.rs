//! An issuer that is down from the start, and comes back.

use std::time::Duration;

use scaffold::{demo, world::PATIENCE};
use tokio::time::timeout;

use crate::world::{World, clients, header};

#[tokio::test(flavor = "multi_thread")]
async fn callers_are_told_to_come_again_and_are_served_when_it_is_back() {
    for client in clients() {
        let world = World::start_without_issuer().await;
        let viewer = demo::viewer(&world.issuer);
        let refused = world.get(&client, "/api/me", Some(&viewer)).await;
        assert_eq!(refused.status(), 503);
        assert!(header(&refused, "retry-after").is_some());
        assert_eq!(world.get(&client, "/health", None).await.status(), 503);
        // Nobody need wait to be told that credentials are required, or that there is nothing.
        assert_eq!(world.get(&client, "/api/me", None).await.status(), 401);
        assert_eq!(world.get(&client, "/nothing", None).await.status(), 404);

        world.issuer.resume().await;
        world.clock.advance(Duration::from_secs(60));
        let healthy = timeout(PATIENCE, async {
            while world.get(&client, "/health", None).await.status() != 200 {
                tokio::task::yield_now().await;
            }
        });
        healthy.await.expect("it heals");
        let served = world.get(&client, "/api/me", Some(&viewer)).await;
        assert_eq!(served.status(), 200);
    }
}
