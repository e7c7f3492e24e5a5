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
//! Where a step says no, the [`Responder`] answers by the table below; the inner service is not called, and the
//! [`AuthError`] stands in the response's extensions.
//!
//! | outcome | plain HTTP | gRPC |
//! |---|---|---|
//! | no credentials | 401, a challenge without `error` | 200, `grpc-status: 16` |
//! | malformed request | 400, `error="invalid_request"` | 16 |
//! | token not valid | 401, `error="invalid_token"` | 16 |
//! | not allowed | 403; `error="insufficient_scope"` for scopes alone | 7 |
//! | keys not loaded, or too stale | 503, `Retry-After` | 14 |
//! | put together wrongly | 500 | 13 |
//!
//! # Order of layers
//!
//! Tracing and CORS belong outside this layer: they must see refusals, and a preflight carries no credentials.
//! In Axum, put it on `route_layer`, or a path that does not exist is answered 401 instead of 404.
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

mod caller;
mod credentials;
mod decide;
mod future;
mod guard;
mod layer;
mod protocol;
mod refusal;
mod respond;
mod service;

pub use self::{
    caller::{caller, require_caller},
    credentials::{BearerHeader, CredentialFinder, Found, RequestHead},
    future::ResponseFuture,
    guard::{GuardFuture, GuardLayer, GuardService},
    layer::AuthLayer,
    refusal::Refusal,
    respond::{EmptyBody, Problem, Responder, WithBody},
    service::AuthService,
};
#[cfg(doc)]
use crate::AuthError;
