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
async fn a_handler_is_given_the_core_claims_and_the_users_own() {
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
async fn absent_credentials_are_none_where_the_layer_lets_them_pass() {
    let world = world().await;
    let optional = app().route_layer(world.layer().optional());
    let answer = get(&optional, "/greeting", None).await;
    assert_eq!((answer.status, &*answer.body), (StatusCode::OK, "nobody"));

    let strict = app().route_layer(world.layer());
    let answer = get(&strict, "/greeting", None).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn credentials_that_are_present_but_bad_are_refused_by_an_optional_layer_too() {
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
async fn absent_credentials_are_401_with_a_challenge_without_error_where_claims_are_not_optional() {
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
async fn a_public_rule_lets_nobody_in_and_claims_still_ask_for_somebody() {
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
async fn a_missing_layer_is_500_even_where_claims_are_optional_or_a_token_is_there() {
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
async fn a_claim_type_that_the_layer_was_not_given_is_500_and_the_one_it_was_given_is_not() {
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
    // Nobody has no claims of the wrong type.
    assert_eq!(
        get(&app, "/maybe-tenant", None).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn claims_can_be_cloned_and_print_nothing_from_the_token() {
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
