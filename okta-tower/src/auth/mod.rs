//! The middleware: finds the credentials, judges them, hands the claims on or answers.
//!
//! [`AuthLayer`] comes from [`Okta::layer`](crate::Okta::layer). For each request, in this order:
//!
//! 1. a CORS preflight is let through, if [`allow_preflight`](AuthLayer::allow_preflight) says so;
//! 2. the [`rules`](AuthLayer::rules), if there are any, say what this method and path require;
//! 3. the [`CredentialFinder`] looks for credentials: absent, of another scheme, malformed, or a token;
//! 4. the token is judged: from the cache, by the keys in memory, or after a bounded wait for a key that may just
//!    have been published;
//! 5. the claims must meet the requirement; then they go into the request's extensions as one
//!    [`Verified`](crate::Verified), and the inner service is called.
//!
//! So rules come before credentials: a path that the table does not name is 403, without credentials too. Then come the
//! token, then the claims of [`claims`](AuthLayer::claims), then what the rule requires. Guards
//! ([`Require::layer`](crate::Require::layer), extractors) are asked last, inside.
//!
//! Where a step says no, the [`Responder`] answers by the table below; the inner service is not called, and the
//! [`AuthError`] stands in the response's extensions.
//!
//! | outcome | plain HTTP | gRPC |
//! |---|---|---|
//! | no credentials | 401, a challenge without `error` | 200, `grpc-status: 16` |
//! | malformed request | 400, `error="invalid_request"` | 16 |
//! | token not valid | 401, `error="invalid_token"` | 16 |
//! | not allowed | 403; `error="insufficient_scope"` for scopes alone | 7 |
//! | keys not loaded, too stale, or an unknown one that the issuer cannot be asked for | 503, `Retry-After` | 14 |
//! | put together wrongly | 500 | 13 |
//!
//! What has not the form of a token (three parts, not too long) is not valid whether or not there are keys.
//!
//! # Order of layers
//!
//! Tracing and CORS belong outside this layer: they must see refusals, and a preflight carries no credentials.
//! In Axum, put it on `route_layer`, or a path that does not exist is answered 401 instead of 404. With
//! [`rules`](AuthLayer::rules) put it on `layer`, around the whole outermost router: then the table is asked for every
//! path, those that you forgot and those that do not exist included, and refuses what it does not name.
//!
//! Services with this layer must run on a tokio runtime with its timer enabled, as `#[tokio::main]` and
//! `Builder::enable_all` have it: a request whose token names an unknown key waits by the timer, and panics where it is
//! not enabled.
//!
//! # Example
//!
//! ```no_run
//! use http::{Request, Response};
//! use okta_tower::{Okta, Require, Verified};
//! use tower::{ServiceBuilder, service_fn};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let okta = Okta::from_env()?.start().await?;
//! let service = ServiceBuilder::new()
//!     .layer(okta.layer())
//!     .layer(Require::scope("reports:read").layer())
//!     .service(service_fn(|request: Request<String>| async move {
//!         let caller = request.extensions().get::<Verified>().map(|caller| caller.subject().to_owned());
//!         Ok::<_, std::convert::Infallible>(Response::new(caller.unwrap_or_default()))
//!     }));
//! # Ok(()) }
//! ```
//!
//! # Without a framework
//!
//! hyper 1 serves it like any other Tower service:
//!
//! ```no_run
//! use http::{Request, Response};
//! use hyper::{body::Incoming, server::conn::http1, service::service_fn};
//! use hyper_util::rt::TokioIo;
//! use okta_tower::{Okta, Verified};
//! use tower::{ServiceBuilder, ServiceExt};
//!
//! async fn me(request: Request<Incoming>) -> Result<Response<String>, std::convert::Infallible> {
//!     let caller = request.extensions().get::<Verified>();
//!     let name = caller.map_or("nobody", Verified::subject);
//!     Ok(Response::new(format!("You are {name}")))
//! }
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let okta = Okta::from_env()?.start().await?;
//! let service = ServiceBuilder::new().layer(okta.layer()).service_fn(me);
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//! loop {
//!     let (stream, _) = listener.accept().await?;
//!     let service = service.clone();
//!     let answer = service_fn(move |request| service.clone().oneshot(request));
//!     tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
//! }
//! # }
//! ```
//!
//! The pages in [`guide`](crate::guide) say more, and have running examples: for hyper, Warp and Tonic.
//!
//! Warp's filters become such a service by `warp::service`; serve it in the same loop:
//!
//! ```text
//! let me = warp::path!("api" / "me")
//!     .and(warp::ext::get::<Verified>())
//!     .map(|caller: Verified| format!("You are {}", caller.subject()));
//! let service = ServiceBuilder::new().layer(okta.layer()).service(warp::service(me));
//! ```

mod caller;
mod challenge;
mod credentials;
mod decide;
mod future;
mod guard;
mod layer;
mod marker;
mod protocol;
mod refusal;
mod render;
mod respond;
mod service;
pub(crate) mod source;

pub use self::{
    caller::{caller, require_caller},
    credentials::{BearerHeader, Credential, CredentialFinder, RequestHead},
    future::ResponseFuture,
    guard::{GuardFuture, GuardLayer, GuardService},
    layer::AuthLayer,
    marker::Rejected,
    refusal::Refusal,
    respond::{EmptyBody, Problem, Responder, WithBody},
    service::AuthService,
};
