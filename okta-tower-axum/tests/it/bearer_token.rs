//! `BearerToken` and `Option<BearerToken>`.

use axum::{
    Router,
    http::{HeaderMap, StatusCode},
    routing::get as on_get,
};
use okta_tower_axum::BearerToken;

use crate::world::{get, world};

async fn token(token: BearerToken, headers: HeaderMap) -> String {
    let header = headers.contains_key("authorization");
    format!("{} header: {header}, {token:?}", token.expose())
}

fn app() -> Router {
    Router::new().route("/", on_get(token)).route(
        "/maybe",
        on_get(async |token: Option<BearerToken>| match token {
            Some(token) => token.into_inner().expose().to_owned(),
            None => "none".to_owned(),
        }),
    )
}

#[tokio::test]
async fn handler_gets_the_verified_token_with_or_without_its_header() {
    let world = world().await;
    let text = world.ada().sign();
    let kept = app().route_layer(world.layer());
    let answer = get(&kept, "/", Some(&text)).await;
    assert_eq!(answer.body, format!("{text} header: true, BearerToken(..)"));
    let removed = app().route_layer(world.layer().remove_authorization());
    let answer = get(&removed, "/", Some(&text)).await;
    assert_eq!(
        answer.body,
        format!("{text} header: false, BearerToken(..)")
    );
    assert_eq!(get(&removed, "/maybe", Some(&text)).await.body, text);
}

#[tokio::test]
async fn anonymous_caller_has_no_token_and_a_missing_layer_is_500() {
    let world = world().await;
    let open = app().route_layer(world.layer().optional());
    assert_eq!(get(&open, "/maybe", None).await.body, "none");
    let answer = get(&open, "/", None).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(answer.challenge().is_some());
    // The header of a request that no layer has verified is not looked at.
    for path in ["/", "/maybe"] {
        let answer = get(&app(), path, Some("a.b.c")).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!answer.said().contains("a.b.c"), "{answer:?}");
    }
}
