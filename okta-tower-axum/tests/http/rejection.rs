//! `Rejection` as a value: an error with its causes, and a response with its reason.

use std::error::Error;

use axum::{
    Router,
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
    routing::get as on_get,
};
use okta_tower::{AuthError, AuthErrorKind, Denied, DeniedKind, Misconfigured, Require};
use okta_tower_axum::{Claims, Rejection, RequireGroup, group};

use crate::world::{get, world};

group!(Admins = "admin");

#[test]
fn it_is_an_error_that_leads_to_its_typed_cause() {
    let rejection = Rejection::new(Misconfigured::LayerMissing, &HeaderMap::new());
    assert_eq!(rejection.to_string(), rejection.error().to_string());
    let source = rejection.source().unwrap();
    assert_eq!(source.downcast_ref(), Some(&Misconfigured::LayerMissing));
    assert!(source.source().is_none());
    assert_eq!(rejection.kind(), AuthErrorKind::Misconfigured);
    assert_eq!(rejection.reason(), "layer_missing");
    assert_eq!(rejection.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let boxed: Box<dyn Error + Send + Sync> = rejection.clone().into();
    assert!(boxed.is::<Rejection>());
    assert_eq!(AuthError::from(rejection).reason(), "layer_missing");
}

#[test]
fn it_prints_nothing_of_the_request() {
    let headers = HeaderMap::from_iter([
        (
            "content-type".parse().unwrap(),
            "application/grpc; secret".parse().unwrap(),
        ),
        ("accept".parse().unwrap(), "text/secret".parse().unwrap()),
    ]);
    let rejection = Rejection::new(Misconfigured::LayerMissing, &headers);
    let printed = format!("{rejection:?} {rejection}");
    assert!(!printed.contains("secret"), "{printed}");
    assert!(!format!("{:?}", rejection.into_response()).contains("secret"));
}

#[tokio::test]
async fn the_typed_reason_stands_in_the_extensions_of_the_response() {
    let world = world().await;
    let app = Router::new().route("/", on_get(async |_: RequireGroup<Admins>| "managed"));
    let app = app.route_layer(world.layer());
    let token = world.token("sales", "openid");
    let error = get(&app, "/", Some(&token)).await.error.unwrap();
    assert_eq!(error.kind(), AuthErrorKind::Forbidden);
    let denied = error.source().unwrap().downcast_ref::<Denied>().unwrap();
    assert_eq!(denied.kind(), DeniedKind::Group);

    let token = world.token("admin", "openid");
    assert!(get(&app, "/", Some(&token)).await.error.is_none());
}

#[tokio::test]
async fn a_handler_that_checks_for_itself_refuses_in_the_same_words() {
    async fn checked(user: Claims, headers: HeaderMap) -> Result<&'static str, Rejection> {
        let allowed = Require::group("admin").check(&user);
        allowed.map_err(|denied| Rejection::new(denied, &headers))?;
        Ok("managed")
    }
    let world = world().await;
    let app = Router::new()
        .route("/by-hand", on_get(checked))
        .route(
            "/by-guard",
            on_get(async |_: RequireGroup<Admins>| "managed"),
        )
        .route_layer(world.layer());
    let token = world.token("sales", "openid");
    let by_hand = get(&app, "/by-hand", Some(&token)).await;
    let by_guard = get(&app, "/by-guard", Some(&token)).await;
    assert_eq!(by_hand.said(), by_guard.said());
    assert_eq!(by_hand.status, StatusCode::FORBIDDEN);
    let token = world.token("admin", "openid");
    assert_eq!(get(&app, "/by-hand", Some(&token)).await.body, "managed");
}
