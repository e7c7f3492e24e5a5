//! What a refresh may change of a session.

use std::convert::Infallible;

use http::{Request, Response, StatusCode};
use okta_tower::{Verified, auth};
use tower::{Layer, service_fn};

use super::world::{Answer, Body, DUE, fetch, world};

/// Answers with the caller's user ID and e-mail address.
async fn identity(request: Request<Body>) -> Result<Response<Body>, Infallible> {
    let caller: Verified = auth::require_caller(request.extensions()).unwrap().clone();
    let email = caller.email().unwrap_or_default();
    let text = format!("{} {email}", caller.user_id().unwrap_or_default());
    Ok(Response::new(text.into()))
}

#[tokio::test]
async fn refreshed_tokens_of_another_user_are_not_used() {
    let world = world().await;
    let service = world.okta.layer().layer(service_fn(identity));
    let mut browser = world.signed_in().await;
    let before = browser.ask(&service, fetch("/")).await.body;
    // The same person with another address: used.
    world.use_for(&mut browser, DUE).await;
    world.issuer.tamper_id_token(|claims| {
        claims.insert("email".into(), "ada@new.example".into());
    });
    let renewed = browser.ask(&service, fetch("/")).await.body;
    assert_ne!(renewed, before);
    assert!(renewed.ends_with(" ada@new.example"), "{renewed}");
    assert_eq!(world.issuer.refreshes(), 1);
    // Another person: not used, and the session goes on as it was.
    world.use_for(&mut browser, DUE).await;
    world.issuer.tamper_id_token(|claims| {
        claims.insert("sub".into(), "00uSomebodyElse".into());
        claims.insert("email".into(), "eve@example.com".into());
    });
    let answer: Answer = browser.ask(&service, fetch("/")).await;
    assert_eq!((answer.status, &answer.body), (StatusCode::OK, &renewed));
    assert_eq!(world.issuer.refreshes(), 2);
    world.advance(10);
    let answer = browser.ask(&service, fetch("/")).await;
    assert_eq!((answer.status, &answer.body), (StatusCode::OK, &renewed));
    assert_eq!(world.issuer.refreshes(), 3);
}
