//! `Rejection` as a value: an error with its causes, and a response with its reason.

use std::error::Error;

use axum::{
    Router,
    http::{StatusCode, request::Parts},
    response::IntoResponse,
    routing::get as on_get,
};
use okta_tower::{
    AuthError, AuthErrorKind, CredentialsError, CredentialsErrorKind, Denied, DeniedKind,
    KeysUnavailable, Misconfigured, Require,
};
use okta_tower_axum::{Claims, Rejection, RequireGroup, group};

use crate::{
    challenge::Challenge,
    world::{get, parts, world},
};

group!(Admins = "admin");

#[test]
fn rejection_exposes_its_typed_source() {
    let rejection = Rejection::new(Misconfigured::LayerMissing, &parts(&[]));
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
fn outcome_determines_status_and_challenge() {
    let two_headers = CredentialsError::new(CredentialsErrorKind::TwoHeaders);
    for (error, status, challenge, retry_after) in [
        (
            AuthError::from(two_headers),
            400,
            Some("invalid_request"),
            None,
        ),
        (KeysUnavailable::TooStale.into(), 503, None, Some("5")),
        (Misconfigured::WrongClaimsType.into(), 500, None, None),
    ] {
        let rejection = Rejection::new(error, &parts(&[]));
        assert_eq!(rejection.status(), status);
        let response = rejection.into_response();
        assert_eq!(response.status(), status);
        let header = |name| {
            response
                .headers()
                .get(name)
                .map(|value| value.to_str().unwrap())
        };
        let found = header("www-authenticate").map(Challenge::parse);
        assert_eq!(
            found.as_ref().and_then(|found| found.get("error")),
            challenge
        );
        assert_eq!(header("retry-after"), retry_after);
    }
}

#[test]
fn rejection_debug_shows_nothing_of_the_request() {
    let request = parts(&[
        ("content-type", "application/grpc; secret"),
        ("accept", "text/secret"),
    ]);
    let rejection = Rejection::new(Misconfigured::LayerMissing, &request);
    let printed = format!("{rejection:?} {rejection}");
    assert!(!printed.contains("secret"), "{printed}");
    assert!(!format!("{:?}", rejection.into_response()).contains("secret"));
}

#[tokio::test]
async fn typed_reason_is_in_the_response_extensions() {
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
async fn manual_check_rejects_like_a_guard() {
    async fn checked(user: Claims, request: Parts) -> Result<&'static str, Rejection> {
        let allowed = Require::group("admin").check(&user);
        allowed.map_err(|denied| Rejection::new(denied, &request))?;
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
