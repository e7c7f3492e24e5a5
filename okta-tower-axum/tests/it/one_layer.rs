//! One layer has one realm and one responder, for every rejection inside it.

use axum::{
    Router,
    body::Body,
    http::{Response, StatusCode, request::Parts},
    routing::get as on_get,
};
use okta_tower::{AuthError, auth::Refusal, auth::Rejected};
use okta_tower_axum::{Claims, Rejection, RequireScope, require_scope, scope};

use crate::world::{get, world};

scope!(ReportsRead = "reports:read");

/// Each way to reject a caller: the layer, a guard, an extractor, and the application's own code.
fn app() -> Router {
    let guarded = Router::new()
        .route("/guard", on_get(|| async { "guarded" }))
        .route_layer(require_scope("reports:read"));
    guarded
        .route(
            "/extractor",
            on_get(async |_: RequireScope<ReportsRead>| "extracted"),
        )
        .route(
            "/rejection",
            on_get(async |user: Claims, request: Parts| {
                let required = okta_tower::Require::scope("reports:read");
                let allowed = required.check(&user);
                allowed.map_err(|denied| Rejection::new(denied, &request))
            }),
        )
        .route(
            "/rejected",
            on_get(async |user: Claims| -> Response<Body> {
                let required = okta_tower::Require::scope("reports:read");
                match required.check(&user) {
                    Ok(()) => Response::new("allowed".into()),
                    Err(denied) => Rejected::new(denied).response(),
                }
            }),
        )
}

#[tokio::test]
async fn every_rejection_has_the_layers_realm_and_responder() {
    let world = world().await;
    let page = |refusal: &Refusal<'_>| -> Response<Body> {
        let reason = refusal.error().reason();
        refusal.response(format!("{} at {}", reason, refusal.uri().path()).into())
    };
    let layer = world.layer().realm("payments").responder(page);
    let app = app().route_layer(layer);
    let (poor, rich) = (world.token("", "openid"), world.token("", "reports:read"));
    for path in ["/guard", "/extractor", "/rejection", "/rejected"] {
        let answer = get(&app, path, Some(&poor)).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(answer.body, format!("scope at {path}"));
        let challenge = answer.challenge().unwrap();
        assert_eq!(challenge.get("realm"), Some("payments"), "{path}");
        assert_eq!(challenge.get("scope"), Some("reports:read"), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(get(&app, path, Some(&rich)).await.status, StatusCode::OK);
        let answer = get(&app, path, None).await;
        assert_eq!(answer.body, format!("missing_credentials at {path}"));
        assert_eq!(answer.challenge().unwrap().get("realm"), Some("payments"));
    }
}

/// Without a layer's own responder, each keeps its form, and all have the layer's realm.
#[tokio::test]
async fn default_responder_changes_the_realm_alone() {
    let world = world().await;
    let app = app().route_layer(world.layer().realm("payments"));
    let poor = world.token("", "openid");
    for (path, has_body) in [
        ("/guard", false),
        ("/extractor", true),
        ("/rejection", true),
    ] {
        let answer = get(&app, path, Some(&poor)).await;
        assert_eq!(answer.challenge().unwrap().get("realm"), Some("payments"));
        assert_eq!(!answer.body.is_empty(), has_body, "{path}");
    }
    let missing = AuthError::missing_credentials();
    assert_eq!(missing.status(), StatusCode::UNAUTHORIZED);
}
