//! `.allow_preflight()`: CORS preflights pass as anonymous, and nothing else does.

use http::{
    Method, Request, StatusCode,
    header::{ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION, ORIGIN},
    request::Builder,
};
use okta_tower::{Require, RouteRules};
use tower::{Layer, service_fn};

use super::world::{World, ask, who};

fn preflight(method: Method) -> Builder {
    Request::builder()
        .method(method)
        .header(ORIGIN, "https://app.example")
        .header(ACCESS_CONTROL_REQUEST_METHOD, "GET")
}

#[tokio::test]
async fn allowed_preflight_passes_as_anonymous() {
    let world = World::start().await;
    let service = world.okta.layer().allow_preflight().layer(service_fn(who));
    assert_eq!(
        ask(&service, preflight(Method::OPTIONS)).await.body,
        "hello nobody"
    );
    let table = RouteRules::new()
        .at("/", Require::group("admin"))
        .build()
        .unwrap();
    let service = (world.okta.layer().rules(table).allow_preflight()).layer(service_fn(who));
    assert_eq!(
        ask(&service, preflight(Method::OPTIONS)).await.body,
        "hello nobody"
    );
}

#[tokio::test]
async fn preflight_passes_only_where_a_rule_names_the_path() {
    let world = World::start().await;
    let table = || {
        RouteRules::new()
            .on(Method::GET, "/reports/{id}", Require::group("admin"))
            .at("/admin/{*any}", Require::nobody())
    };
    let layer = |rules| (world.okta.layer().rules(rules)).allow_preflight();
    let service = layer(table().build().unwrap()).layer(service_fn(who));
    for path in ["/reports/7", "/admin", "/admin/users"] {
        let answer = ask(&service, preflight(Method::OPTIONS).uri(path)).await;
        assert_eq!(answer.body, "hello nobody", "{path}");
    }
    for (path, reason) in [
        ("/forgotten", "unlisted"),
        ("/reports", "unlisted"),
        ("/reports/../admin", "ambiguous_path"),
    ] {
        let answer = ask(&service, preflight(Method::OPTIONS).uri(path)).await;
        assert_eq!(
            (answer.status, answer.reason()),
            (StatusCode::FORBIDDEN, Some(reason))
        );
    }
    // A requirement for unlisted paths names them all.
    let open = table().unlisted(Require::authenticated()).build().unwrap();
    let service = layer(open).layer(service_fn(who));
    let answer = ask(&service, preflight(Method::OPTIONS).uri("/forgotten")).await;
    assert_eq!(answer.body, "hello nobody");
}

#[tokio::test]
async fn preflight_with_credentials_is_anonymous() {
    let world = World::start().await;
    let service = world.okta.layer().allow_preflight().layer(service_fn(who));
    let token = format!("Bearer {}", world.token().sign());
    let answer = ask(
        &service,
        preflight(Method::OPTIONS).header(AUTHORIZATION, token),
    )
    .await;
    assert_eq!(answer.body, "hello nobody");
}

#[tokio::test]
async fn preflight_is_rejected_by_default() {
    let world = World::start().await;
    let service = world.okta.layer().layer(service_fn(who));
    let answer = ask(&service, preflight(Method::OPTIONS)).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn incomplete_preflight_is_rejected() {
    let world = World::start().await;
    let service = world.okta.layer().allow_preflight().layer(service_fn(who));
    let options = || Request::builder().method(Method::OPTIONS);
    for request in [
        options(),
        options().header(ORIGIN, "https://app.example"),
        options().header(ACCESS_CONTROL_REQUEST_METHOD, "GET"),
        preflight(Method::GET),
        preflight(Method::POST),
        preflight(Method::from_bytes(b"options").unwrap()),
    ] {
        let answer = ask(&service, request).await;
        assert_eq!(answer.reason(), Some("missing_credentials"));
    }
}
