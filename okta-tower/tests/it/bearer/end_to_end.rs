//! The whole path with all defaults and the system clock: an issuer, a token, a layer, a response.

use std::convert::Infallible;

use http::{Request, Response, StatusCode};
use okta_tower::Verified;
use okta_tower_test::Issuer;
use tower::{ServiceBuilder, ServiceExt, service_fn};

use super::world::World;

async fn subject(request: Request<String>) -> Result<Response<String>, Infallible> {
    let caller = request.extensions().get::<Verified>();
    Ok(Response::new(
        caller.map_or("nobody", Verified::subject).to_owned(),
    ))
}

#[tokio::test]
async fn valid_token_reaches_the_service_and_expired_does_not() {
    let issuer = Issuer::start().await;
    let okta = issuer.okta().await;
    let service = ServiceBuilder::new()
        .layer(okta.layer())
        .service(service_fn(subject));

    let token = issuer.token().user("ada@example.com").sign();
    for _ in 0..2 {
        let request = Request::get("/").header("authorization", format!("Bearer {token}"));
        let response = service
            .clone()
            .oneshot(request.body(String::new()).unwrap())
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.into_body(), "ada@example.com");
    }
    let expired = issuer
        .token()
        .user("ada@example.com")
        .expires_in(-61)
        .sign();
    let request = Request::get("/").header("authorization", format!("Bearer {expired}"));
    let response = service
        .oneshot(request.body(String::new()).unwrap())
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
}

#[derive(serde::Deserialize)]
struct Employee {
    department: String,
}

#[tokio::test]
async fn verify_as_reads_the_payload_without_a_layer() {
    let world = World::start().await;
    let researcher = world.claim("department", "Research");
    let claims = world.okta.verify_as::<Employee>(&researcher).await.unwrap();
    assert_eq!(claims.extra().department, "Research");
    // The same token without the type, and again from the cache with it.
    let caller = world.okta.verify(&researcher).await.unwrap();
    assert!(caller.typed::<Employee>().is_none());
    assert!(world.okta.verify_as::<Employee>(&researcher).await.is_ok());
    let unfit = world.claim("department", 7);
    let error = world.okta.verify_as::<Employee>(&unfit).await.unwrap_err();
    assert_eq!(error.reason(), "claims_unreadable");
    let error = world.okta.verify_as::<Employee>("a.b.c").await.unwrap_err();
    assert_eq!(error.kind(), okta_tower::AuthErrorKind::InvalidToken);
}
