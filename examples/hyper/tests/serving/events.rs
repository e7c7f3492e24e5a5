//! Streams at the expiry of their token. The leeway is 60 s.

use scaffold::{demo, world::PATIENCE};
use tokio::time::timeout;

use crate::world::{World, clients, header};

#[tokio::test(flavor = "multi_thread")]
async fn stream_ends_when_its_token_expires() {
    for client in clients() {
        let world = World::start().await;
        let token = demo::viewer(&world.issuer).expires_in(100);
        let mut answer = world.get(&client, "/api/events", Some(&token)).await;
        assert_eq!(header(&answer, "content-type"), Some("text/event-stream"));
        assert_eq!(&*answer.chunk().await.unwrap().unwrap(), b"data: 0\n\n");

        world.pass(159).await;
        let next = timeout(PATIENCE, answer.chunk()).await.unwrap();
        assert!(next.unwrap().unwrap().starts_with(b"data: "));

        world.pass(1).await;
        let rest = timeout(PATIENCE, async {
            while answer.chunk().await.unwrap().is_some() {}
        });
        rest.await.expect("the stream ends");
        let expired = token.expires_in(-60);
        let again = world.get(&client, "/api/events", Some(&expired)).await;
        assert_eq!(again.status(), 401);
    }
}
