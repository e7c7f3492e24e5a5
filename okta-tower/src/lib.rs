//! Authentication with Okta for any Tower service: Axum, Tonic, Warp, hyper.
//!
//! One [`Layer`](auth::AuthLayer) recognizes a caller by bearer token or session cookie, keeps
//! Okta's signing keys fresh in the background, and puts typed claims into the request's
//! extensions. Guards and tables of rules decide by group and scope who may call what. With the
//! feature `sign-in`, another layer signs users in and out with a browser.
//!
//! ```no_run
//! use http::{Request, Response};
//! use okta_tower::{Okta, Require, RouteRules, Verified};
//! use tower::{ServiceBuilder, service_fn};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! // OKTA_OAUTH2_ISSUER=https://{yourOktaDomain}/oauth2/default
//! let okta = Okta::from_env()?.start().await?;
//!
//! let rules = RouteRules::new() // a path without a rule gets 403
//!     .at("/health", Require::public())
//!     .at("/admin/{*any}", Require::group("admin"))
//!     .at("/reports/{*any}", Require::scope("reports:read"))
//!     .build()?;
//!
//! let service = ServiceBuilder::new()
//!     .layer(okta.layer().rules(rules))
//!     .service(service_fn(|request: Request<String>| async move {
//!         let caller = request.extensions().get::<Verified>();
//!         let name = caller.map_or("anonymous", Verified::subject).to_owned();
//!         Ok::<_, std::convert::Infallible>(Response::new(name))
//!     }));
//! # Ok(()) }
//! ```
//!
//! `okta-tower-axum` adds extractors (`Claims<C>`, `RequireGroup<G>`), `okta-tower-test` an issuer
//! for tests.
//!
//! # How a request flows
//!
//! ```text
//!   request ─▶ rules ─▶ source ─▶ cache ──hit──▶ requirement ─▶ extensions ─▶ your service
//!                │         │        │ miss            │         (Verified)
//!                │         │      token ◀── keys      │
//!                │         │        │  (snapshot)     │
//!                ▼         ▼        ▼     ▲           ▼
//!               403     401/400  401/503  │          403   ◀── Responder: status, challenge, gRPC
//!                                         │ ArcSwap
//!                              ┌──────────┴──────────┐
//!                              │ refresher: one task │──▶ discovery, JWKS at Okta
//!                              └─────────────────────┘
//! ```
//!
//! - With keys loaded, a request waits for nothing: the keys are a snapshot in memory, and the
//!   cache is read without a lock. Only a token with an unknown key may wait, for two seconds at
//!   most, on the one fetch that it may cause.
//! - [`TokenErrorKind`] lists the checks in order: form, `alg`, `typ`, key, signature, then claims.
//!   The key decides the algorithm; `none` and HMAC cannot be expressed.
//! - During an outage of Okta the keys serve for twelve hours. Without keys the response is 503,
//!   never 401.
//!
//! # Where to look
//!
//! | you want to | see |
//! |---|---|
//! | set it up | [`Okta`], [`config`] (variables, defaults), [`danger`] |
//! | guard a service | [`auth`]: the layer, its responses, the order of layers |
//! | authorize callers | [`Require`], [`RouteRules`], [`rules`] |
//! | read claims | [`Verified`], [`Claims`] |
//! | sign users in | the modules `sign_in`, `session`, `provision`, `pages`, `audit` and `store` (feature `sign-in`) |
//! | use Tonic, Warp or hyper | [`guide`] |
//! | call the management API | the module `api` (feature `api`) |
//! | monitor it | [`telemetry`] (events, metrics), [`keys::KeyState`] for probes |
//! | explain a rejected token | the module `explain` (feature `explain`) |
//! | test with it | the crate `okta-tower-test`, [`clock`] |
//!
//! # Features
//!
//! Features only add API; none changes what the others do. None is on by default.
//!
//! | feature | adds |
//! |---|---|
//! | `sign-in` | signing in with a browser: `OktaBuilder::sign_in`, `Okta::sign_in_layer`, `session::Session` |
//! | `api` | Okta's management API: `OktaBuilder::api`, `Okta::api` |
//! | `redis` | `store::RedisStore`: sessions in Redis |
//! | `yaml` | `Okta::from_yaml`: settings from Okta's own `okta.yaml` |
//! | `explain` | `Okta::explain`: why a token is rejected, for support pages |
//! | `metrics` | the same metrics through the `metrics` facade |
//!
//! # What is not checked
//!
//! A verified token is accepted until it expires, even if Okta has revoked it or deactivated the
//! user since: signed tokens work that way. Keep their lifetime short. The start rejects Okta's org
//! authorization server, whose access tokens only Okta can check.

#![cfg_attr(docsrs, feature(doc_cfg))]
// Base modules serve modules whose feature may be off. With all features on, the lint is on, too.
#![cfg_attr(
    not(all(
        feature = "sign-in",
        feature = "api",
        feature = "explain",
        feature = "redis",
        feature = "yaml"
    )),
    allow(dead_code, unused_imports)
)]

#[cfg(feature = "api")]
pub mod api;
pub mod auth;
mod base;
mod bearer;
#[cfg(feature = "sign-in")]
mod browser;
mod claims;
pub mod config;
mod error;
#[cfg(feature = "explain")]
pub mod explain;
#[cfg(okta_tower_fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
pub mod guide;
pub mod keys;
#[cfg(any(feature = "api", feature = "sign-in"))]
mod oauth;
mod okta;
pub mod rules;

pub use crate::{
    base::{clock, secret::Secret, telemetry},
    bearer::token::TokenType,
    claims::{Claims, Groups, Names, NoExtra, Scopes, Verified, Via},
    config::error::ConfigError,
    error::{
        AuthError, AuthErrorKind, CredentialsError, CredentialsErrorKind, CurrentUserError, Denied,
        DeniedKind, KeysUnavailable, Misconfigured, SessionError, TokenError, TokenErrorKind,
    },
    keys::{
        jwk::{Algorithm, UnknownAlgorithm},
        refresher::Refresher,
    },
    okta::{Okta, OktaBuilder, StartError, StartErrorKind, danger},
    rules::{error::RuleError, require::Require, route_rules::RouteRules},
};

#[cfg(feature = "api")]
pub use crate::api::settings::ManagementApi;
#[cfg(feature = "sign-in")]
pub use crate::{
    browser::{
        audit,
        body::Body,
        cookies::SameSite,
        pages, provision, session,
        settings::{ResponseMode, SignIn, UserInfo},
        sign_in, store,
    },
    oauth::client_auth::ClientAuth,
};
