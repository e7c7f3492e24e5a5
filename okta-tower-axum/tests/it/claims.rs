//! `Claims<C>` and `Option<Claims<C>>`.

use axum::{Router, http::StatusCode, routing::get as on_get};
use okta_tower::{Misconfigured, Require, RouteRules};
use okta_tower_axum::{Claims, Rejection};
use serde::Deserialize;

use crate::world::{get, world};

#[derive(Deserialize)]
struct Employee {
    department: String,
}

#[derive(Deserialize)]
struct Tenant {}

async fn me(user: Claims<Employee>) -> String {
    format!("{} of {}", user.subject(), user.extra().department)
}

async fn greeting(user: Option<Claims>) -> String {
    user.map_or("nobody".into(), |user| user.subject().to_owned())
}

fn app() -> Router {
    Router::new()
        .route("/me", on_get(me))
        .route("/greeting", on_get(greeting))
        .route(
            "/plain",
            on_get(async |user: Claims| user.into_inner().subject().to_owned()),
        )
        .route("/tenant", on_get(async |_: Claims<Tenant>| "tenant"))
        .route(
            "/maybe-tenant",
            on_get(async |_: Option<Claims<Tenant>>| "tenant"),
        )
        .route(
            "/result",
            on_get(async |user: Result<Claims, Rejection>| match user {
                Ok(user) => user.subject().to_owned(),
                Err(rejection) => rejection.reason().to_owned(),
            }),
        )
}

#[tokio::test]
async fn handler_gets_core_and_custom_claims() {
    let world = world().await;
    let app = app().route_layer(world.layer().claims::<Employee>());
    let token = world.ada().claim("department", "maths").sign();
    assert_eq!(
        get(&app, "/me", Some(&token)).await.body,
        "ada@example.com of maths"
    );
    assert_eq!(
        get(&app, "/plain", Some(&token)).await.body,
        "ada@example.com"
    );
    assert_eq!(
        get(&app, "/greeting", Some(&token)).await.body,
        "ada@example.com"
    );
    assert_eq!(
        get(&app, "/result", Some(&token)).await.body,
        "ada@example.com"
    );
}

#[tokio::test]
async fn missing_credentials_under_an_optional_layer_are_none() {
    let world = world().await;
    let optional = app().route_layer(world.layer().optional());
    let answer = get(&optional, "/greeting", None).await;
    assert_eq!((answer.status, &*answer.body), (StatusCode::OK, "nobody"));

    let strict = app().route_layer(world.layer());
    let answer = get(&strict, "/greeting", None).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn bad_credentials_are_rejected_by_an_optional_layer() {
    let world = world().await;
    let app = app().route_layer(world.layer().optional());
    let good = world.ada().sign();
    assert_eq!(
        get(&app, "/greeting", Some(&good)).await.body,
        "ada@example.com"
    );

    let expired = world.ada().expires_in(-3600).sign();
    for bad in [&*expired, "not-a-token"] {
        let answer = get(&app, "/greeting", Some(bad)).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        let challenge = answer.challenge().unwrap();
        assert_eq!(challenge.get("error"), Some("invalid_token"));
    }
}

#[tokio::test]
async fn missing_credentials_are_401_without_error() {
    let world = world().await;
    let app = app().route_layer(world.layer().optional());
    let answer = get(&app, "/plain", None).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let challenge = answer.challenge().unwrap();
    assert_eq!(challenge.scheme, "Bearer");
    assert_eq!(challenge.get("error"), None);
    assert_eq!(answer.error.unwrap().reason(), "missing_credentials");
    assert_eq!(get(&app, "/result", None).await.body, "missing_credentials");
}

#[tokio::test]
async fn claims_under_a_public_rule_require_a_caller() {
    let world = world().await;
    let rules = RouteRules::new()
        .at("/{*any}", Require::public())
        .build()
        .unwrap();
    let app = app().route_layer(world.layer().rules(rules));
    assert_eq!(get(&app, "/greeting", None).await.body, "nobody");
    assert_eq!(
        get(&app, "/plain", None).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn missing_layer_is_500_for_every_claims_extractor() {
    let world = world().await;
    let (bare, token) = (app(), world.ada().sign());
    for path in ["/me", "/plain", "/greeting", "/tenant", "/maybe-tenant"] {
        for token in [None, Some(&*token)] {
            let answer = get(&bare, path, token).await;
            assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{path}");
            assert_eq!(answer.challenge(), None);
            assert_eq!(answer.error.as_ref().unwrap().reason(), "layer_missing");
            for secret in ["layer", "extractor", "okta_tower_axum", "Claims"] {
                assert!(!answer.body.contains(secret), "{}", answer.body);
            }
            let message = Misconfigured::LayerMissing.to_string();
            assert!(!answer.said().contains(&message));
        }
    }
    assert_eq!(get(&bare, "/result", None).await.body, "layer_missing");
}

#[tokio::test]
async fn claim_type_unknown_to_the_layer_is_500() {
    let world = world().await;
    let app = app().route_layer(world.layer().claims::<Employee>().optional());
    let token = world.ada().claim("department", "maths").sign();
    for path in ["/tenant", "/maybe-tenant"] {
        let answer = get(&app, path, Some(&token)).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(answer.error.as_ref().unwrap().reason(), "wrong_claims_type");
        for secret in ["type", "claim", "Tenant", "maths"] {
            let body = answer.body.replace("\"type\":", "");
            assert!(!body.contains(secret), "{body}");
        }
    }
    assert_eq!(get(&app, "/me", Some(&token)).await.status, StatusCode::OK);
    // An anonymous caller has no claims of the wrong type.
    assert_eq!(
        get(&app, "/maybe-tenant", None).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn claims_debug_shows_nothing_of_the_token() {
    let world = world().await;
    let app = Router::new().route(
        "/",
        on_get(async |user: Claims<Employee>| {
            let inner: okta_tower::Claims<Employee> = user.clone().into();
            assert_eq!(inner.subject(), user.subject());
            format!("{user:?}")
        }),
    );
    let app = app.route_layer(world.layer().claims::<Employee>());
    let token = world.ada().claim("department", "maths").sign();
    let printed = get(&app, "/", Some(&token)).await.body;
    assert!(printed.contains("Claims"), "{printed}");
    assert!(
        !printed.contains("ada") && !printed.contains("maths"),
        "{printed}"
    );
}
