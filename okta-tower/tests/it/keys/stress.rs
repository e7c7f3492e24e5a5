//! Many threads at once: no demanded fetch is lost or made twice, and no valid token is rejected.

use okta_tower::clock::Clock;
use okta_tower_test::{Endpoint, Key};

use super::world::{Flood, WEEK, World, seconds};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rotations_under_load_are_found_within_the_cool_down() {
    let world = World::start().await;
    let good = world.good();
    let mut flood = Flood::new();
    for _ in 0..10 {
        let new = Key::generate(world.issuer.algorithm());
        world.issuer.publish_key(&new);
        let rotated = (world.issuer.token().key(new)).expires_in(WEEK).sign();
        let (fetches, since) = (world.issuer.requests(Endpoint::Keys), world.clock.uptime());
        while world.result(&rotated) != "accepted" {
            let requests: Vec<_> = (0..16)
                .map(|_| flood.token())
                .chain([rotated.clone(), good.clone()])
                .map(|token| {
                    let okta = world.okta.clone();
                    tokio::spawn(async move { okta.verify(&token).await.is_ok() })
                })
                .collect();
            // Waiting requests use this clock. It must stand still during a fetch: otherwise a
            // fetch would take longer than a cool-down.
            while !requests.iter().all(tokio::task::JoinHandle::is_finished) {
                if !world.state().is_refreshing {
                    world.clock.advance(seconds(1) / 10);
                }
                tokio::task::yield_now().await;
            }
            let mut is_accepted = false;
            for request in requests {
                is_accepted = request.await.unwrap();
            }
            assert!(is_accepted, "the last was the good one");
            world.clock.advance(seconds(1));
        }
        // One fetch that was under way, those of a burst, the one with the new key among them, and
        // one for each cool-down that has passed. On a busy machine the clock runs ahead of the
        // refresher.
        let fetches = world.issuer.requests(Endpoint::Keys) - fetches;
        let cooldowns = (world.clock.uptime() - since).as_secs() / 10;
        assert!(fetches <= 4 + cooldowns, "{fetches} in {cooldowns}");
    }
    // A fetch may be under way: the issuer counts it at the request, the application at the
    // response.
    let all_are_counted = async {
        while world.refreshes("success") != world.issuer.requests(Endpoint::Keys) {
            tokio::task::yield_now().await;
        }
    };
    let counted = tokio::time::timeout(seconds(30), all_are_counted).await;
    assert!(counted.is_ok(), "a fetch that never ends, or that failed");
    let attempts = world.issuer.requests(Endpoint::Keys) - 1;
    // A burst, and one for each cool-down.
    assert!(u128::from(attempts) <= 3 + world.clock.uptime().as_millis() / 10_000);
    assert_eq!(world.state().failures, 0);
}
