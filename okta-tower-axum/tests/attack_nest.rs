//! Axum's `nest` takes the prefix off the path before an inner layer sees it: one table of full paths, used on the inner
//! router, decides by another path than the one that was asked for.

use axum::{Router, body::Body, routing::get};
use http::{Request, StatusCode};
use okta_tower::{Okta, Require, RouteRules};
use okta_tower_test::Issuer;
use tower::ServiceExt;

#[tokio::test]
async fn a_nested_router_does_not_open_administration() {
    let issuer = Issuer::start().await;
    let okta = Okta::builder(issuer.url()).danger().allow_http_on_loopback().start().await.unwrap();
    let rules = RouteRules::new()
        .at("/health", Require::public())
        .at("/admin/{*any}", Require::group("admin"))
        .build()
        .unwrap();
    let admin = Router::new()
        .route("/health", get(|| async { "the inner health of administration" }))
        .route_layer(okta.layer().rules(rules));
    let app = Router::new().nest("/admin", admin);
    let request = Request::get("/admin/health").body(Body::empty()).unwrap();
    let response = app.oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
}
