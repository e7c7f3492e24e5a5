//! The same rejections through the layer: 401 `invalid_token`, with the reason in the extensions
//! only.

use std::convert::Infallible;

use http::{Request, Response, StatusCode, header};
use okta_tower::{AuthError, TokenErrorKind, Verified};
use tower::{Layer, ServiceExt, service_fn};

use super::world::World;

async fn subject(request: Request<()>) -> Result<Response<String>, Infallible> {
    let verified = request.extensions().get::<Verified>().unwrap();
    Ok(Response::new(verified.subject().to_owned()))
}

async fn answer(world: &World, token: &str) -> Response<String> {
    let request = Request::get("/")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .body(())
        .unwrap();
    let service = world.okta.layer().layer(service_fn(subject));
    service.oneshot(request).await.unwrap()
}

#[tokio::test]
async fn every_rejected_token_gets_the_same_401_challenge() {
    let world = World::start().await;
    let token = || world.issuer.token().user("ada@example.com");
    let good = answer(&world, &token().sign()).await;
    assert_eq!(
        (good.status(), good.body().as_str()),
        (StatusCode::OK, "ada@example.com")
    );

    let access = token().sign();
    let forged = token().key(world.issuer.forged_key()).sign();
    let pem = world.issuer.active_key().public_pem();
    for (token, kind) in [
        (format!("{access}.YQ.YQ"), TokenErrorKind::Encrypted),
        ("opaque".to_owned(), TokenErrorKind::NotCompact),
        (format!("{access}="), TokenErrorKind::BadEncoding),
        (
            world.header_text(r#""alg":"RS256""#),
            TokenErrorKind::BadHeader,
        ),
        (token().header("crit", "x").sign(), TokenErrorKind::Critical),
        (token().hs256(pem), TokenErrorKind::AlgorithmNotAllowed),
        (
            token().typ("dpop+jwt").sign(),
            TokenErrorKind::TypeNotAllowed,
        ),
        (
            token().without_header("kid").sign(),
            TokenErrorKind::MissingKeyId,
        ),
        (
            token().header("kid", "other").sign(),
            TokenErrorKind::UnknownKey,
        ),
        (forged, TokenErrorKind::BadSignature),
        (
            world.claims_text(r#""sub":"eve""#),
            TokenErrorKind::BadClaims,
        ),
        (
            token().claim("nonce", "x").sign(),
            TokenErrorKind::NotAnAccessToken,
        ),
        (
            token().claim("cnf", "x").sign(),
            TokenErrorKind::SenderConstrained,
        ),
        (token().without("exp").sign(), TokenErrorKind::MissingClaim),
        (
            token().issuer_claim("x").sign(),
            TokenErrorKind::WrongIssuer,
        ),
        (token().audience("x").sign(), TokenErrorKind::WrongAudience),
        (token().expires_in(-60).sign(), TokenErrorKind::Expired),
        (
            token().not_before_in(61).sign(),
            TokenErrorKind::NotYetValid,
        ),
        (
            token().issued_ago(-61).sign(),
            TokenErrorKind::IssuedInFuture,
        ),
    ] {
        let response = answer(&world, &token).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{kind:?}");
        let challenge = &response.headers()[header::WWW_AUTHENTICATE];
        let challenge = challenge.to_str().unwrap();
        assert!(challenge.starts_with("Bearer ") && challenge.contains(r#"error="invalid_token""#));
        assert!(!challenge.contains(kind.as_str()), "{challenge}");
        let reason = response.extensions().get::<AuthError>().unwrap();
        assert_eq!(reason.token_error().unwrap().kind(), kind);
        assert!(response.body().is_empty());
    }
}
