//! The permissions of each role, over HTTP/1 and HTTP/2.

use okta_tower_test::TokenBuilder;
use reqwest::Version;
use scaffold::demo;

use crate::world::{World, clients, header};

#[tokio::test(flavor = "multi_thread")]
async fn each_route_admits_only_callers_that_its_rule_allows() {
    let world = World::start().await;
    let issuer = &world.issuer;
    let forged = demo::admin(issuer).key(issuer.forged_key());
    let callers: [(&str, Option<TokenBuilder>, [u16; 3]); 7] = [
        ("admin", Some(demo::admin(issuer)), [200, 200, 200]),
        ("viewer", Some(demo::viewer(issuer)), [200, 403, 403]),
        ("nobody", Some(demo::nobody(issuer)), [200, 403, 403]),
        (
            "service",
            Some(demo::service(issuer, "0oaS")),
            [200, 403, 200],
        ),
        ("expired", Some(demo::expired(issuer)), [401; 3]),
        ("forged", Some(forged), [401; 3]),
        ("without a token", None, [401; 3]),
    ];
    for client in clients() {
        for (who, token, expected) in &callers {
            let mut statuses = [0; 3];
            let paths = ["/api/me", "/api/admin", "/api/reports"];
            for (path, status) in paths.into_iter().zip(&mut statuses) {
                let answer = world.get(&client, path, token.as_ref()).await;
                *status = answer.status().as_u16();
            }
            assert_eq!(statuses, *expected, "{who}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn http1_and_http2_share_one_port() {
    let world = World::start().await;
    for (client, version) in clients().iter().zip([Version::HTTP_11, Version::HTTP_2]) {
        let answer = world
            .get(client, "/api/me", Some(&demo::admin(&world.issuer)))
            .await;
        assert_eq!((answer.version(), answer.status().as_u16()), (version, 200));
        assert!(answer.text().await.unwrap().contains("admin@example.com"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_path_is_401_below_api_and_404_elsewhere() {
    let world = World::start().await;
    let viewer = demo::viewer(&world.issuer);
    let expired = demo::expired(&world.issuer);
    let [client, _] = clients();
    for (path, token, status) in [
        ("/api/nothing", None, 401),
        ("/api/nothing", Some(&expired), 401),
        ("/api/nothing", Some(&viewer), 404),
        ("/nothing", None, 404),
        ("/nothing", Some(&expired), 404),
        ("/health", None, 200),
        // The layer considers both readings of this path: as written, and decoded by an inner
        // server.
        ("/health/..%2fapi/admin", Some(&viewer), 403),
    ] {
        let answer = world.get(&client, path, token).await;
        assert_eq!(answer.status(), status, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rejection_has_the_matching_challenge() {
    let world = World::start().await;
    let [client, _] = clients();
    let viewer = demo::viewer(&world.issuer);
    let expired = demo::expired(&world.issuer);
    for (path, token, challenge) in [
        ("/api/me", None, Some("Bearer realm=\"api\"")),
        (
            "/api/me",
            Some(&expired),
            Some("Bearer realm=\"api\", error=\"invalid_token\""),
        ),
        ("/api/admin", Some(&viewer), None),
        (
            "/api/reports",
            Some(&viewer),
            Some("Bearer realm=\"api\", error=\"insufficient_scope\", scope=\"reports:read\""),
        ),
    ] {
        let answer = world.get(&client, path, token).await;
        assert_eq!(header(&answer, "www-authenticate"), challenge, "{path}");
    }
}
