//! A browser application on another origin.

use reqwest::Method;
use scaffold::demo;

use crate::world::{BOTH, World, client, header};

const FRONT_END: &str = "http://localhost:5173";

#[tokio::test(flavor = "multi_thread")]
async fn preflight_without_token_is_allowed() {
    for way in BOTH {
        let world = World::start(way).await;
        let client = client();
        let preflight = [
            ("origin", FRONT_END.to_owned()),
            ("access-control-request-method", "GET".to_owned()),
            ("access-control-request-headers", "authorization".to_owned()),
        ];
        let answer = world
            .ask(&client, Method::OPTIONS, "/api/admin", &preflight)
            .await;
        assert_eq!(answer.status(), 200);
        assert_eq!(
            header(&answer, "access-control-allow-origin"),
            Some(FRONT_END)
        );
        assert_eq!(
            header(&answer, "access-control-allow-headers"),
            Some("authorization")
        );
        assert_eq!(answer.text().await.unwrap(), "");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_front_end_origin_may_read_a_rejection() {
    for way in BOTH {
        let world = World::start(way).await;
        let client = client();
        let expired = demo::expired(&world.issuer);
        for (origin, allowed) in [
            (FRONT_END, Some(FRONT_END)),
            ("https://elsewhere.example", Some(FRONT_END)),
        ] {
            let headers = [
                ("origin", origin.to_owned()),
                ("authorization", format!("Bearer {}", expired.sign())),
            ];
            let answer = world.ask(&client, Method::GET, "/api/me", &headers).await;
            assert_eq!(answer.status(), 401);
            // The browser compares: only a page of that origin may read the response.
            assert_eq!(header(&answer, "access-control-allow-origin"), allowed);
            assert_eq!(
                header(&answer, "access-control-expose-headers"),
                Some("www-authenticate")
            );
        }
    }
}
