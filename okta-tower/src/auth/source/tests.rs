//! The seam with sources that are not this crate's own.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use http::{HeaderName, HeaderValue, Request, Response, StatusCode, response::Parts};
use tower::{Layer, ServiceExt, service_fn};

use super::{Completion, Completions, Identified, Outcome, Source};
use crate::{
    auth::{AuthLayer, RequestHead},
    claims::Verified,
    error::{AuthError, SessionError, TokenErrorKind},
    rules::{Require, RouteRules},
};

/// What a fake source says of every request.
#[derive(Clone, Copy, Debug)]
enum Says {
    Absent,
    Caller(&'static str),
    Refused(TokenErrorKind),
    /// A wait for this caller, or for a rejection.
    Pending(Option<&'static str>),
}

#[derive(Debug)]
struct FakeSource {
    says: Says,
    asked: AtomicUsize,
    asked_for_public: AtomicUsize,
}

impl Source for FakeSource {
    fn identify(&self, _: RequestHead<'_>, public: bool, out: &mut Completions) -> Identified {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.asked_for_public
            .fetch_add(public.into(), Ordering::Relaxed);
        match self.says {
            Says::Absent => Identified::Absent,
            Says::Caller(name) => {
                out.push(Box::new(Header("x-now")));
                Identified::Caller(person(name))
            }
            Says::Refused(kind) => Identified::Refused(token_error(kind)),
            Says::Pending(name) => {
                out.push(Box::new(Header("x-before")));
                Identified::Pending(Box::pin(async move {
                    let mut out = Completions::new();
                    out.push(Box::new(Header("x-after")));
                    let refused = || token_error(TokenErrorKind::Expired);
                    let caller = name.map(person).ok_or_else(refused);
                    Outcome { caller, out }
                }))
            }
        }
    }
}

/// Adds a header that says whether the layer has rejected the request.
struct Header(&'static str);

impl Completion for Header {
    fn complete(self: Box<Self>, head: &mut Parts, refused: Option<&AuthError>) {
        let value = refused.map_or("passed", AuthError::reason);
        head.headers.insert(
            HeaderName::from_static(self.0),
            HeaderValue::from_static(value),
        );
    }
}

fn person(name: &str) -> Verified {
    Verified::for_test(&format!(r#"{{"sub":"{name}"}}"#))
}

fn token_error(kind: TokenErrorKind) -> AuthError {
    crate::TokenError::from(kind).into()
}

fn sources<const N: usize>(says: [Says; N]) -> [Arc<FakeSource>; N] {
    says.map(|says| {
        Arc::new(FakeSource {
            says,
            asked: AtomicUsize::new(0),
            asked_for_public: AtomicUsize::new(0),
        })
    })
}

fn layer(sources: &[Arc<FakeSource>]) -> AuthLayer {
    let sources = sources.iter().map(|source| Arc::clone(source) as _);
    AuthLayer::new(sources.collect(), Arc::default())
}

/// Sends one request to a service that answers with the caller's name.
async fn ask(layer: AuthLayer) -> Response<String> {
    let service = service_fn(|request: Request<()>| async move {
        let caller = request.extensions().get::<Verified>();
        let name = caller.map_or("anonymous", Verified::subject).to_owned();
        Ok::<_, Infallible>(Response::new(name))
    });
    layer
        .layer(service)
        .oneshot(Request::new(()))
        .await
        .unwrap()
}

fn asked(source: &FakeSource) -> usize {
    source.asked.load(Ordering::Relaxed)
}

#[tokio::test]
async fn first_source_that_is_not_absent_decides() {
    let sources = sources([Says::Absent, Says::Caller("ada"), Says::Caller("eve")]);
    let response = ask(layer(&sources)).await;
    assert_eq!(response.body(), "ada");
    assert_eq!(response.headers()["x-now"], "passed");
    assert_eq!(sources.each_ref().map(|source| asked(source)), [1, 1, 0]);
}

#[tokio::test]
async fn rejection_by_a_source_asks_no_later_source() {
    let sources = sources([Says::Refused(TokenErrorKind::Expired), Says::Caller("eve")]);
    for layer in [layer(&sources), layer(&sources).optional()] {
        let response = ask(layer).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        let error = response.extensions().get::<AuthError>().unwrap();
        assert_eq!(error.reason(), "expired");
    }
    assert_eq!(asked(&sources[1]), 0);
}

#[tokio::test]
async fn caller_that_no_source_knows_is_anonymous() {
    let sources = sources([Says::Absent, Says::Absent]);
    let response = ask(layer(&sources)).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let response = ask(layer(&sources).optional()).await;
    assert_eq!(response.body(), "anonymous");
    assert_eq!(sources.each_ref().map(|source| asked(source)), [2, 2]);
}

#[tokio::test]
async fn outcome_of_a_wait_is_final_and_completes_the_response() {
    for (name, status, completed) in [
        (Some("ada"), StatusCode::OK, "passed"),
        (None, StatusCode::UNAUTHORIZED, "expired"),
    ] {
        let sources = sources([Says::Pending(name), Says::Caller("eve")]);
        let response = ask(layer(&sources)).await;
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["x-before"], completed);
        assert_eq!(response.headers()["x-after"], completed);
        assert_eq!(sources.each_ref().map(|source| asked(source)), [1, 0]);
        assert!(name.is_none_or(|name| response.body() == name));
    }
}

#[tokio::test]
async fn source_learns_whether_the_route_is_public() {
    for (require, public, status) in [
        (Require::public(), 1, StatusCode::OK),
        (Require::authenticated(), 0, StatusCode::UNAUTHORIZED),
    ] {
        let sources = sources([Says::Refused(TokenErrorKind::UnknownKey)]);
        let rules = RouteRules::new().at("/", require).build().unwrap();
        let response = ask(layer(&sources).rules(rules)).await;
        assert_eq!(response.status(), status);
        assert_eq!(sources[0].asked_for_public.load(Ordering::Relaxed), public);
    }
}

#[tokio::test]
async fn ended_session_is_anonymous_only_on_an_optional_layer() {
    #[derive(Debug)]
    struct Ended;
    impl Source for Ended {
        fn identify(&self, _: RequestHead<'_>, _: bool, _: &mut Completions) -> Identified {
            Identified::Refused(SessionError::Expired.into())
        }
    }
    let layer = || AuthLayer::new(vec![Arc::new(Ended)], Arc::default());
    assert_eq!(ask(layer()).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(ask(layer().optional()).await.body(), "anonymous");
}
