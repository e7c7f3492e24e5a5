//! Nested layers of two issuers: each accepts only tokens of its own issuer.

use http::{
    Method, Request, StatusCode,
    header::{ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION, ORIGIN},
};
use okta_tower::{
    CredentialsError, Require,
    auth::{Credential, CredentialFinder, RequestHead},
};
use tower::ServiceBuilder;

use super::world::{World, ask, who, with};

/// Reads the outer layer's token from another header, so that both tokens can be valid at once.
struct Outer;

impl CredentialFinder for Outer {
    fn find<'r>(&self, request: RequestHead<'r>) -> Result<Credential<'r>, CredentialsError> {
        let token = request
            .headers
            .get("x-outer")
            .and_then(|field| field.to_str().ok());
        Ok(token.map_or(Credential::Absent, |token| {
            Credential::Bearer(token.as_bytes().into())
        }))
    }
}

#[tokio::test]
async fn inner_layer_ignores_the_outer_layers_caller() {
    let (outer, inner) = (World::start().await, World::start().await);
    let eve = outer
        .issuer
        .token()
        .user("eve@example.com")
        .groups(["admin"])
        .sign();
    let ada = inner.token().sign();

    let service = ServiceBuilder::new()
        .layer(outer.okta.layer().credentials(Outer))
        .layer(inner.okta.layer())
        .service_fn(who);
    let request = || Request::get("/").header("x-outer", &eve);
    let answer = ask(&service, request()).await;
    assert_eq!(answer.reason(), Some("missing_credentials"));
    let as_inner = |token: &str| request().header(AUTHORIZATION, format!("Bearer {token}"));
    let answer = ask(&service, as_inner(&eve)).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        ask(&service, as_inner(&ada)).await.body,
        "hello ada@example.com"
    );
}

#[tokio::test]
async fn anonymous_inner_layer_drops_the_outer_caller() {
    let (outer, inner) = (World::start().await, World::start().await);
    let eve = outer
        .issuer
        .token()
        .user("eve@example.com")
        .groups(["admin"])
        .sign();
    let outside = || outer.okta.layer().credentials(Outer);
    let request = || Request::get("/").header("x-outer", &eve);

    let optional = ServiceBuilder::new()
        .layer(outside())
        .layer(inner.okta.layer().optional())
        .service_fn(who);
    assert_eq!(ask(&optional, request()).await.body, "hello nobody");

    let guarded = ServiceBuilder::new()
        .layer(outside())
        .layer(inner.okta.layer().optional())
        .layer(Require::group("admin").layer())
        .service_fn(who);
    assert_eq!(
        ask(&guarded, request()).await.reason(),
        Some("missing_credentials")
    );

    let preflight = ServiceBuilder::new()
        .layer(outside())
        .layer(inner.okta.layer().allow_preflight())
        .service_fn(who);
    let request = request()
        .method(Method::OPTIONS)
        .header(ORIGIN, "https://app.example")
        .header(ACCESS_CONTROL_REQUEST_METHOD, "GET");
    assert_eq!(ask(&preflight, request).await.body, "hello nobody");

    // Without the inner layer, the outer layer's caller stays.
    let alone = ServiceBuilder::new().layer(outside()).service_fn(who);
    let request = Request::get("/").header("x-outer", &eve);
    assert_eq!(ask(&alone, request).await.body, "hello eve@example.com");
}

#[tokio::test]
async fn inner_layer_caller_replaces_outer_anonymous() {
    let (outer, inner) = (World::start().await, World::start().await);
    let service = ServiceBuilder::new()
        .layer(outer.okta.layer().credentials(Outer).optional())
        .layer(inner.okta.layer())
        .layer(Require::authenticated().layer())
        .service_fn(who);
    assert_eq!(
        ask(&service, with(&inner.token().sign())).await.body,
        "hello ada@example.com"
    );
    assert_eq!(
        ask(&service, Request::get("/")).await.reason(),
        Some("missing_credentials")
    );
}

#[tokio::test]
async fn inner_layer_rejection_is_not_rewritten_by_the_outer() {
    let (outer, inner) = (World::start().await, World::start().await);
    let service = ServiceBuilder::new()
        .layer(outer.okta.layer().credentials(Outer).realm("outer"))
        .layer(inner.okta.layer().realm("inner"))
        .layer(Require::scope("x").layer())
        .service_fn(who);
    let outside = || Request::get("/").header("x-outer", outer.token().sign());
    let answer = ask(&service, outside()).await;
    assert_eq!(answer.challenge().unwrap().get("realm"), Some("inner"));
    let request = outside().header(AUTHORIZATION, format!("Bearer {}", inner.token().sign()));
    let answer = ask(&service, request).await;
    assert_eq!(answer.challenge().unwrap().get("realm"), Some("inner"));
    assert_eq!(answer.reason(), Some("scope"));
}
