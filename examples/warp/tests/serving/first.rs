//! Who responds first: the layer, or Warp with 404, 405 and `recover`.

use okta_tower_test::{Issuer, TokenBuilder};
use reqwest::Method;
use scaffold::demo;

use crate::world::{Way, World, client, header};

/// Method, path, token, status with the layer first, status with Warp first.
type Row = (Method, &'static str, Option<Token>, u16, u16);
type Token = fn(&Issuer) -> TokenBuilder;

async fn check(rows: &[Row]) {
    let worlds = [
        World::start(Way::LayerFirst).await,
        World::start(Way::WarpFirst).await,
    ];
    for (method, path, token, layer_first, warp_first) in rows {
        for (world, expected) in worlds.iter().zip([layer_first, warp_first]) {
            let token = token.map(|token| token(&world.issuer).sign());
            let token = token.map(|token| ("authorization", format!("Bearer {token}")));
            let answer = world
                .ask(&client(), method.clone(), path, token.as_slice())
                .await;
            let by_warp = answer.status() == 404 || answer.status() == 405;
            assert_eq!(answer.status(), *expected, "{method} {path}");
            // Warp's own responses also come from `recover`.
            let content_type = header(&answer, "content-type").unwrap_or_default();
            assert_eq!(
                content_type == "application/json",
                by_warp || *expected == 200
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn anonymous_request_is_answered_by_whoever_is_first() {
    check(&[
        (Method::GET, "/api/me", None, 401, 401),
        (Method::GET, "/api/nothing", None, 401, 404),
        (Method::POST, "/api/me", None, 401, 405),
        (Method::POST, "/api/teams/viewer", None, 401, 405),
        (Method::GET, "/health", None, 200, 200),
        // No rule has this path.
        (Method::GET, "/nothing", None, 403, 404),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn valid_token_reaches_warp_both_ways() {
    check(&[
        (Method::GET, "/api/me", Some(demo::viewer), 200, 200),
        (Method::GET, "/api/nothing", Some(demo::viewer), 404, 404),
        (Method::POST, "/api/me", Some(demo::viewer), 405, 405),
        (Method::GET, "/api/admin", Some(demo::viewer), 403, 403),
        // With the layer first, the access rules apply before Warp checks the method.
        (Method::POST, "/api/admin", Some(demo::viewer), 403, 405),
        (Method::GET, "/nothing", Some(demo::viewer), 403, 404),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_token_is_401_both_ways() {
    check(&[
        (Method::GET, "/api/me", Some(demo::expired), 401, 401),
        (Method::GET, "/api/nothing", Some(demo::expired), 401, 401),
        (Method::POST, "/api/me", Some(demo::expired), 401, 401),
        // A public rule ignores invalid tokens. The optional layer rejects them.
        (Method::GET, "/health", Some(demo::expired), 200, 401),
    ])
    .await;
}
