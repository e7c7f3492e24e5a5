//! What an unsigned token costs: many empty objects in the header, which no budget counts.

mod support;

use std::time::Instant;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use okta_tower_test::Key;
use support::World;

#[tokio::test]
async fn a_strangers_header_costs_no_more_than_a_signature() {
    let world = World::with(|settings| settings.token_cache_bytes(0).max_token_bytes(64 * 1024)).await;
    let _ = Key::generate(okta_tower::Algorithm::EdDsa);
    let good = world.token();
    let forged = world.forged();
    let time = |token: &str| {
        let rounds = 200;
        let start = Instant::now();
        for _ in 0..rounds {
            let _ = world.verdict(token);
        }
        start.elapsed() / rounds
    };
    time(&good);
    let (right, wrong) = (time(&good), time(&forged));
    for bytes in [12_000, 48_000] {
        let empties = vec!["{}"; (bytes - 60) / 3].join(",");
        let header = format!(r#"{{"alg":"XX","a":[{empties}]}}"#);
        let token = format!("{}.e30.AA", URL_SAFE_NO_PAD.encode(&header));
        let zeros = vec!["10"; (bytes - 60) / 3].join(",");
        let header = format!(r#"{{"alg":"XX","a":[{zeros}]}}"#);
        let plain = format!("{}.e30.AA", URL_SAFE_NO_PAD.encode(&header));
        println!("{} bytes: empty objects {:?}, numbers {:?}; good token {right:?}, forged {wrong:?}", token.len(), time(&token), time(&plain));
    }
}
