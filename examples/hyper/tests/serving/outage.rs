//! An issuer that is down from the start and returns.

use std::time::Duration;

use scaffold::{demo, world::PATIENCE};
use tokio::time::timeout;

use crate::world::{World, clients, header};

#[tokio::test(flavor = "multi_thread")]
async fn outage_at_start_is_503_until_the_issuer_returns() {
    for client in clients() {
        let world = World::start_without_issuer().await;
        let viewer = demo::viewer(&world.issuer);
        let refused = world.get(&client, "/api/me", Some(&viewer)).await;
        assert_eq!(refused.status(), 503);
        assert!(header(&refused, "retry-after").is_some());
        assert_eq!(world.get(&client, "/health", None).await.status(), 503);
        // Anonymous requests and unknown paths get their response without keys.
        assert_eq!(world.get(&client, "/api/me", None).await.status(), 401);
        assert_eq!(world.get(&client, "/nothing", None).await.status(), 404);

        world.issuer.resume().await;
        world.clock.advance(Duration::from_secs(60));
        let healthy = timeout(PATIENCE, async {
            while world.get(&client, "/health", None).await.status() != 200 {
                tokio::task::yield_now().await;
            }
        });
        healthy.await.expect("the server recovers");
        let served = world.get(&client, "/api/me", Some(&viewer)).await;
        assert_eq!(served.status(), 200);
    }
}
