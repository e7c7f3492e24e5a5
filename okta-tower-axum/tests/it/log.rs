//! What is logged, and what is not.

use axum::{Router, response::IntoResponse, routing::get as on_get};
use okta_tower::Misconfigured;
use okta_tower_axum::{Claims, Rejection, RequireGroup, group};
use serde::Deserialize;

use crate::{
    recorder,
    world::{get, parts, world},
};

group!(Admins = "admin-group");

#[derive(Deserialize)]
struct Tenant {}

#[tokio::test]
async fn missing_layer_is_logged_as_error_with_the_extractor() {
    recorder::start();
    let app = Router::new()
        .route("/claims", on_get(async |_: Claims<Tenant>| ""))
        .route("/option", on_get(async |_: Option<Claims>| ""))
        .route("/guard", on_get(async |_: RequireGroup<Admins>| ""));
    for (path, extractor) in [
        ("/claims", "log::Tenant"),
        ("/option", "Claims"),
        ("/guard", "log::Admins"),
    ] {
        get(&app, path, None).await;
        let lines = recorder::lines();
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].starts_with("ERROR"), "{lines:?}");
        assert!(
            lines[0].contains("layer_missing") && lines[0].contains(extractor),
            "{lines:?}"
        );
        assert!(
            lines[0].contains(&Misconfigured::LayerMissing.to_string()),
            "{lines:?}"
        );
    }
}

#[tokio::test]
async fn wrong_claim_type_is_logged_even_if_handled() {
    let world = world().await;
    let app = Router::new().route("/", on_get(async |_: Result<Claims<Tenant>, Rejection>| ""));
    let app = app.route_layer(world.layer());
    let token = world.token("secret-group", "openid");
    recorder::start();
    get(&app, "/", Some(&token)).await;
    let lines = recorder::lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(
        lines[0].starts_with("ERROR") && lines[0].contains("wrong_claims_type"),
        "{lines:?}"
    );
    assert!(lines[0].contains(".claims::<C>()"), "the remedy: {lines:?}");
    assert!(
        !lines[0].contains("ada") && !lines[0].contains("secret"),
        "{lines:?}"
    );
}

#[tokio::test]
async fn rejected_caller_is_logged_at_debug_without_token_data() {
    let world = world().await;
    let app = Router::new().route("/", on_get(async |_: RequireGroup<Admins>| ""));
    let app = app.route_layer(world.layer());
    let token = world.token("secret-group", "openid");
    recorder::start();
    get(&app, "/", Some(&token)).await;
    let lines = recorder::lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].starts_with("DEBUG"), "{lines:?}");
    assert!(
        lines[0].contains("reason=\"group\"") && lines[0].contains("outcome=\"forbidden\""),
        "{lines:?}"
    );
    assert!(
        !lines[0].contains("ada") && !lines[0].contains("secret"),
        "{lines:?}"
    );

    let good = world.token("admin-group", "openid");
    get(&app, "/", Some(&good)).await;
    assert_eq!(recorder::lines(), Vec::<String>::new());
}

#[test]
fn misconfiguration_is_logged_once() {
    recorder::start();
    let rejection = Rejection::new(Misconfigured::LayerMissing, &parts(&[]));
    drop(rejection.into_response());
    let lines = recorder::lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(!lines[0].contains("extractor="), "none is known: {lines:?}");
}
