//! The whole path with all defaults and the system clock: an issuer, a token, a layer, a response.

use std::convert::Infallible;

use http::{Request, Response, StatusCode};
use okta_tower::Verified;
use okta_tower_test::Issuer;
use tower::{ServiceBuilder, ServiceExt, service_fn};

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
