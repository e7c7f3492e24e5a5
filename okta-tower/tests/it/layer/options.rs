//! What the service receives, custom claim types, credential finders, and the realm.

use std::convert::Infallible;

use http::{Request, Response, StatusCode, header::AUTHORIZATION};
use okta_tower::{
    AuthError, Claims, CredentialsError, CredentialsErrorKind, Verified,
    auth::{Credential, CredentialFinder, RequestHead},
};
use serde::Deserialize;
use tower::{Layer, service_fn};

use super::world::{Body, World, ask, who, with};

#[derive(Debug, Deserialize)]
struct Employee {
    department: String,
}

async fn department(request: Request<Body>) -> Result<Response<Body>, Infallible> {
    let caller = request.extensions().get::<Verified>();
    let employee: Option<Claims<Employee>> = caller.and_then(Verified::typed);
    let text = employee.map_or("none".to_owned(), |employee| {
        employee.extra().department.clone()
    });
    Ok(Response::new(text.into()))
}

#[tokio::test]
async fn token_without_the_custom_claims_is_rejected() {
    let world = World::start().await;
    let service = (world.okta.layer().claims::<Employee>()).layer(service_fn(department));
    let fits = world.token().claim("department", "engines").sign();
    // Twice, the second time from the cache.
    for _ in 0..2 {
        assert_eq!(ask(&service, with(&fits)).await.body, "engines");
    }
    for token in [
        world.token().sign(),
        world.token().claim("department", 7).sign(),
    ] {
        for _ in 0..2 {
            let answer = ask(&service, with(&token)).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
            assert_eq!(answer.reason(), Some("claims_unreadable"));
            let configured = answer.error.as_ref().and_then(AuthError::configured);
            assert!(configured.is_some_and(|name| name.ends_with("::Employee")));
            assert_eq!(
                answer.challenge().unwrap().get("error"),
                Some("invalid_token")
            );
        }
    }
}

#[tokio::test]
async fn layers_of_different_claim_types_share_one_cache() {
    let world = World::start().await;
    let plain = world.okta.layer().layer(service_fn(department));
    let typed = (world.okta.layer().claims::<Employee>()).layer(service_fn(department));
    let token = world.token().claim("department", "engines").sign();
    let bare = world.token().sign();
    for token in [&token, &bare] {
        assert_eq!(ask(&plain, with(token)).await.body, "none");
    }
    assert_eq!(ask(&typed, with(&token)).await.body, "engines");
    assert_eq!(
        ask(&typed, with(&bare)).await.reason(),
        Some("claims_unreadable")
    );
    assert_eq!(
        world
            .okta
            .metrics()
            .get("okta_tower_token_cache_total", "miss"),
        Some(2)
    );
}

#[tokio::test]
async fn extensions_get_verified_and_nothing_else() {
    let world = World::start().await;
    let count = |request: Request<Body>| async move {
        assert!(request.extensions().get::<Verified>().is_some());
        let count = request.extensions().len().to_string();
        Ok::<_, Infallible>(Response::new(Body::from(count)))
    };
    let service = world.okta.layer().layer(service_fn(count));
    let token = world.token().sign();
    for _ in 0..2 {
        assert_eq!(ask(&service, with(&token)).await.body, "1");
    }
    // Earlier extensions stay.
    assert_eq!(ask(&service, with(&token).extension(7_u8)).await.body, "2");
}

/// Reads the token from a header that a gateway sets.
struct GatewayHeader;

impl CredentialFinder for GatewayHeader {
    fn find<'r>(&self, request: RequestHead<'r>) -> Result<Credential<'r>, CredentialsError> {
        let mut fields = request.headers.get_all("x-gateway-token").iter();
        let token = fields.next().and_then(|field| field.to_str().ok());
        if fields.next().is_some() {
            return Err(CredentialsError::new(CredentialsErrorKind::TwoHeaders));
        }
        Ok(token.map_or(Credential::Absent, |token| {
            Credential::Bearer(token.as_bytes().into())
        }))
    }
}

#[tokio::test]
async fn custom_credential_finder_replaces_the_header() {
    let world = World::start().await;
    let service = world
        .okta
        .layer()
        .credentials(GatewayHeader)
        .layer(service_fn(who));
    let token = world.token().sign();
    let there = || Request::get("/").header("x-gateway-token", &token);
    assert_eq!(ask(&service, there()).await.body, "hello ada@example.com");
    let answer = ask(&service, with(&token)).await;
    assert_eq!(answer.reason(), Some("missing_credentials"));
    let answer = ask(&service, there().header("x-gateway-token", "x")).await;
    assert_eq!(
        (answer.status, answer.reason()),
        (StatusCode::BAD_REQUEST, Some("two_headers"))
    );
    // The token is verified as strictly as elsewhere.
    let expired = world.token().expires_in(-61).sign();
    let answer = ask(
        &service,
        Request::get("/").header("x-gateway-token", expired),
    )
    .await;
    assert_eq!(answer.reason(), Some("expired"));
}

#[tokio::test]
async fn realm_is_in_every_challenge_and_cannot_break_it() {
    let world = World::start().await;
    for (given, sent) in [
        ("Bank of Ada", "Bank of Ada"),
        ("a\"b\\c\r\nd\u{e4}\u{0}", "abcd"),
        ("x\", error=\"none", "x, error=none"),
        ("", ""),
    ] {
        let service = world.okta.layer().realm(given).layer(service_fn(who));
        for (request, params) in [
            (Request::get("/"), 1),
            (Request::get("/").header(AUTHORIZATION, "Bearer"), 2),
            (with("a.b.c"), 2),
        ] {
            let challenge = ask(&service, request).await.challenge().unwrap();
            assert_eq!(challenge.get("realm"), Some(sent));
            assert_eq!(challenge.params.len(), params);
        }
    }
}
