//! The middleware: identifies the caller, authorizes the request, and forwards or rejects it.
//!
//! [`AuthLayer`] comes from [`Okta::layer`](crate::Okta::layer). For each request, in this order:
//!
//! 1. a CORS preflight is forwarded, if [`allow_preflight`](AuthLayer::allow_preflight) is set;
//! 2. the [`rules`](AuthLayer::rules), if there are any, say what this method and path require. A
//!    path without a rule gets 403, without credentials too;
//! 3. the sources of a caller are asked: the [`CredentialFinder`] for a bearer token, then, with
//!    sign-in, the session cookie. The first that is not absent decides;
//! 4. the token is checked: from the cache, with the keys in memory, or after a bounded wait for a
//!    key that may just have been published;
//! 5. the claims are read as the type of [`claims`](AuthLayer::claims), and must meet the rule;
//! 6. the caller goes into the request's extensions as one [`Verified`](crate::Verified), and the
//!    inner service is called. Guards ([`Require::layer`](crate::Require::layer), extractors) are
//!    asked inside.
//!
//! If a step, a guard, or your own code rejects the request, the layer's [`Responder`] writes the
//! response. The [`AuthError`](crate::AuthError) and the [`Rejected`] marker are in the response's
//! extensions.
//!
//! | outcome | plain HTTP | gRPC |
//! |---|---|---|
//! | no credentials | 401, a challenge without `error` | 200, `grpc-status: 16` |
//! | malformed request | 400, `error="invalid_request"` | 16 |
//! | token not valid, malformed tokens included | 401, `error="invalid_token"` | 16 |
//! | token longer than the limit | 431 | 16 |
//! | not allowed | 403; `error="insufficient_scope"` for scopes alone | 7 |
//! | keys not loaded, too stale, or an unknown one that the issuer cannot be asked for | 503, `Retry-After` | 14 |
//! | misconfigured | 500 | 13 |
//!
//! Every rejection has `Cache-Control: no-store`. gRPC is a `POST` of `application/grpc` over
//! HTTP/2, or of `application/grpc-web`.
//!
//! # Order of layers
//!
//! Put tracing and CORS outside this layer: they must see rejections, and a preflight carries no
//! credentials. In Axum, use `route_layer`, or a path that does not exist gets 401 instead of 404.
//! `route_layer` does not guard the fallback: serve files with `nest_service`, or use `layer`.
//! With [`rules`](AuthLayer::rules) use `layer`, around the whole outermost router: the table is
//! then asked for every path, and rejects those that it does not name.
//!
//! Services with this layer must run on a tokio runtime with its timer enabled, as `#[tokio::main]`
//! and `Builder::enable_all` have it: a request whose token names an unknown key waits by the
//! timer, and panics without one.
//!
//! # Example
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use http::{Request, Response, StatusCode};
//! use okta_tower::{Okta, Require, Verified};
//! use okta_tower_test::Issuer;
//! use tower::{ServiceBuilder, ServiceExt, service_fn};
//!
//! let issuer = Issuer::start().await;
//! let okta = Okta::builder(issuer.url()).danger().allow_http_on_loopback().start().await?;
//! let service = ServiceBuilder::new()
//!     .layer(okta.layer())
//!     .layer(Require::scope("reports:read").layer())
//!     .service(service_fn(|request: Request<String>| async move {
//!         let caller = request.extensions().get::<Verified>();
//!         let name = caller.map_or("anonymous", Verified::subject).to_owned();
//!         Ok::<_, std::convert::Infallible>(Response::new(name))
//!     }));
//!
//! let request = |scope: &str| {
//!     let token = issuer.token().user("ada@example.com").scopes([scope]).sign();
//!     Request::get("/").header("authorization", format!("Bearer {token}")).body(String::new())
//! };
//! let response = service.clone().oneshot(request("reports:read")?).await?;
//! assert_eq!(response.body(), "ada@example.com");
//! let response = service.oneshot(request("openid")?).await?;
//! assert_eq!(response.status(), StatusCode::FORBIDDEN);
//! # Ok(()) }
//! ```
//!
//! [`guide`](crate::guide) has the pages for Axum, Tonic, Warp and hyper.

pub(crate) mod caching;
mod caller;
mod challenge;
mod credentials;
mod decide;
mod future;
mod guard;
mod layer;
mod marker;
pub(crate) mod origin;
mod protocol;
mod refusal;
mod render;
mod respond;
mod service;
pub(crate) mod source;
mod token;

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
    token::bearer_token,
};
