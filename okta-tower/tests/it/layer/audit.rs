//! `.on_rejection()` and `.record_user_id()`: who was rejected, and who called.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use http::{Method, Request, Response};
use okta_tower::{
    AuthError, Require, RouteRules, Verified,
    auth::{AuthLayer, Refusal, Rejected},
};
use tower::{Layer, ServiceBuilder, service_fn};
use tracing::{field, info_span};

use super::world::{Body, World, ask, to, who};
use crate::world::log::Log;

/// A layer that keeps what its hook sees.
fn audited(layer: AuthLayer) -> (AuthLayer, Arc<Mutex<Vec<String>>>) {
    let seen = Arc::<Mutex<Vec<String>>>::default();
    let hook = {
        let seen = Arc::clone(&seen);
        move |refusal: &Refusal<'_>| {
            let rejected = refusal.rejected();
            let line = format!(
                "{} {} {:?} {} {:?}",
                refusal.method(),
                refusal.uri().path(),
                rejected.caller().and_then(Verified::user_id),
                rejected.error().reason(),
                rejected.required(),
            );
            seen.lock().unwrap().push(line);
        }
    };
    (layer.on_rejection(hook), seen)
}

async fn rejecting(request: Request<Body>) -> Result<Response<Body>, Infallible> {
    match request.uri().path() {
        "/handler" => Ok(Rejected::new(AuthError::missing_credentials()).response()),
        _ => who(request).await,
    }
}

#[tokio::test]
async fn hook_sees_caller_reason_and_requirement_once() {
    let world = World::start().await;
    let table = RouteRules::new()
        .at("/rule", Require::group("tellers"))
        .at("/{*any}", Require::authenticated());
    let layer = world.okta.layer().rules(table.build().unwrap());
    let (layer, seen) = audited(layer);
    let service = ServiceBuilder::new()
        .layer(world.okta.layer().optional())
        .layer(layer.clone());
    let guarded = service.layer(Require::scope("ledger:post").layer());
    let guarded = guarded.service_fn(rejecting);
    let handled = layer.layer(service_fn(rejecting));
    let token = world.token().claim("uid", "00u1").sign();
    let log = Log::capture();
    ask(&guarded, to("/rule", &token)).await;
    ask(&guarded, to("/guard", &token).method(Method::POST)).await;
    ask(&guarded, Request::get("/anonymous")).await;
    ask(&handled, to("/handler", &token)).await;
    ask(&handled, to("/served", &token)).await;
    let expected = [
        r#"GET /rule Some("00u1") group Some(any_group(["tellers"]))"#,
        r#"POST /guard Some("00u1") scope Some(all_scopes(["ledger:post"]))"#,
        "GET /anonymous None missing_credentials Some(authenticated)",
        "GET /handler None missing_credentials None",
    ];
    assert_eq!(*seen.lock().unwrap(), expected);
    // Nothing of it is in the library's own log.
    let text = log.text();
    for private in ["00u1", "tellers", "/guard", "ada@example.com"] {
        assert!(!text.contains(private), "{private} in {text}");
    }
    assert_eq!(log.count("DEBUG okta_tower::auth", "request refused"), 4);
}

#[tokio::test]
async fn user_id_is_recorded_in_the_requests_span_if_asked() {
    let world = World::start().await;
    let user = world.token().claim("uid", "00u1").sign();
    let robot = world.issuer.token().service("0oaRobot").sign();
    let send = async |layer: AuthLayer, token: &str| {
        let log = Log::capture();
        let span = info_span!("request", enduser.id = field::Empty);
        let service = layer.layer(service_fn(who));
        // As a tracing layer around the service does: the span is entered for the call.
        let entered = span.enter();
        let answer = ask(&service, to("/", token)).await;
        drop(entered);
        assert!(answer.error.is_none());
        log.text()
    };
    let recorded = "record enduser.id=\"00u1\"";
    let text = send(world.okta.layer().record_user_id("enduser.id"), &user).await;
    assert!(text.contains(recorded), "{text}");
    let text = send(world.okta.layer().record_user_id("enduser.id"), &robot).await;
    assert!(!text.contains("record "), "{text}");
    // Off by default.
    let text = send(world.okta.layer(), &user).await;
    assert!(!text.contains("00u1"), "{text}");
}
