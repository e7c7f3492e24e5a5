//! The permissions of each role, both ways.

use okta_tower_test::TokenBuilder;
use scaffold::demo;

use crate::world::{BOTH, World, client, header};

#[tokio::test(flavor = "multi_thread")]
async fn each_route_admits_only_permitted_callers() {
    for way in BOTH {
        let world = World::start(way).await;
        let issuer = &world.issuer;
        let forged = demo::admin(issuer).key(issuer.forged_key());
        let callers: [(&str, Option<TokenBuilder>, [u16; 5]); 7] = [
            (
                "admin",
                Some(demo::admin(issuer)),
                [200, 200, 200, 200, 403],
            ),
            (
                "viewer",
                Some(demo::viewer(issuer)),
                [200, 403, 403, 403, 200],
            ),
            (
                "nobody",
                Some(demo::nobody(issuer)),
                [200, 403, 403, 403, 403],
            ),
            (
                "service",
                Some(demo::service(issuer, "0oaS")),
                [200, 403, 200, 403, 403],
            ),
            ("expired", Some(demo::expired(issuer)), [401; 5]),
            ("forged", Some(forged), [401; 5]),
            ("without a token", None, [401; 5]),
        ];
        let paths = [
            "/api/me",
            "/api/admin",
            "/api/reports",
            "/api/teams/admin",
            "/api/teams/viewer",
        ];
        for (who, token, expected) in &callers {
            let mut statuses = [0; 5];
            for (path, status) in paths.into_iter().zip(&mut statuses) {
                let answer = world.get(&client(), path, token.as_ref()).await;
                *status = answer.status().as_u16();
            }
            assert_eq!(statuses, *expected, "{who}, {way:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn handler_gets_the_callers_claims() {
    for way in BOTH {
        let world = World::start(way).await;
        let viewer = demo::viewer(&world.issuer);
        let answer = world.get(&client(), "/api/me", Some(&viewer)).await;
        let body = answer.text().await.unwrap();
        assert!(
            body.contains("viewer@example.com") && body.contains("00u"),
            "{body}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rejection_by_layer_and_by_recover_is_the_same() {
    for way in BOTH {
        let world = World::start(way).await;
        let viewer = demo::viewer(&world.issuer);
        let expired = demo::expired(&world.issuer);
        for (path, token, challenge, kind) in [
            (
                "/api/me",
                None,
                Some("Bearer realm=\"api\""),
                "missing-credentials",
            ),
            (
                "/api/me",
                Some(&expired),
                Some("Bearer realm=\"api\", error=\"invalid_token\""),
                "invalid-token",
            ),
            ("/api/admin", Some(&viewer), None, "forbidden"),
            ("/api/teams/admin", Some(&viewer), None, "forbidden"),
            (
                "/api/reports",
                Some(&viewer),
                Some("Bearer realm=\"api\", error=\"insufficient_scope\", scope=\"reports:read\""),
                "insufficient-scope",
            ),
        ] {
            let answer = world.get(&client(), path, token).await;
            assert_eq!(
                header(&answer, "www-authenticate"),
                challenge,
                "{path} {way:?}"
            );
            let content_type = header(&answer, "content-type");
            assert_eq!(
                content_type,
                Some("application/problem+json"),
                "{path} {way:?}"
            );
            let body = answer.text().await.unwrap();
            assert!(body.contains(kind) && !body.contains("admin"), "{body}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rejections_are_counted_both_ways() {
    for way in BOTH {
        let world = World::start(way).await;
        let viewer = demo::viewer(&world.issuer);
        world.get(&client(), "/api/me", None).await;
        world
            .get(&client(), "/api/teams/admin", Some(&viewer))
            .await;
        let metrics = world.okta.metrics().to_string();
        for outcome in ["missing_credentials", "forbidden"] {
            let line = format!("okta_tower_requests_total{{outcome=\"{outcome}\"}} 1");
            let is_there = metrics.lines().any(|other| other == line);
            assert!(is_there, "{way:?}: {line} in {metrics}");
        }
    }
}
