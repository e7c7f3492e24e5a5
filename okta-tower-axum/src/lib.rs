//! Extractors and typed guards for [`okta_tower`] in Axum.
//!
//! The layer `okta.layer()` works in Axum without this crate. This crate lets handlers declare who
//! may call them:
//!
//! ```no_run
//! use axum::{Router, routing::get};
//! use okta_tower::Okta;
//! use okta_tower_axum::{Claims, RequireGroup, group};
//!
//! #[derive(serde::Deserialize)]
//! struct Employee {
//!     department: String,
//! }
//!
//! group!(Admins = "admin");
//!
//! async fn me(user: Claims<Employee>) -> String {
//!     format!("{} of {}", user.subject(), user.extra().department)
//! }
//!
//! async fn admin(_: RequireGroup<Admins>) -> &'static str {
//!     "managed"
//! }
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! // Reads OKTA_OAUTH2_ISSUER and other variables.
//! let okta = Okta::from_env()?.start().await?;
//! let app = Router::new()
//!     .route("/api/me", get(me))
//!     .route("/api/admin", get(admin))
//!     .route_layer(okta.layer().claims::<Employee>())
//!     // Added after the layer, so public.
//!     .route("/health", get(|| async { "ok" }));
//! axum::serve(tokio::net::TcpListener::bind("127.0.0.1:3000").await?, app).await?;
//! # Ok(()) }
//! ```
//!
//! # Arguments of a handler
//!
//! | argument | the handler runs for | other requests get |
//! |---|---|---|
//! | [`Claims`], [`Claims<C>`](Claims) | callers with a valid token or session | 401 |
//! | `Session<C>` (feature `sign-in`) | users with a session | 401, or a redirect to sign-in for page loads; tokens get 401 too |
//! | `CurrentUser` (feature `api`) | users with an active account at Okta | 403; 503 if Okta is unreachable |
//! | `Option<Claims<C>>` | also anonymous callers, as `None`, if the layer is [`.optional()`](okta_tower::auth::AuthLayer::optional) or a [rule](okta_tower::RouteRules) is public | an invalid token gets 401 from the layer |
//! | [`RequireGroup<G>`](RequireGroup) | members of the group | 403, without the group's name |
//! | [`RequireScope<S>`](RequireScope) | tokens with the scope | 403 with `error="insufficient_scope"` |
//! | [`Guard<R>`](Guard) | callers who meet `R`: [`AnyOf<(A, B)>`](AnyOf), [`AllOf<(A, B)>`](AllOf), or your own [`Requirement`] | 403 |
//! | [`BearerToken`] | callers with a valid token: its text, for calls to other services | 401 |
//! | `Result<_, Rejection>` | all requests | the handler's response to the [`Rejection`] |
//!
//! The layer rejects a token that does not fit its `C` with 401 and the reason `claims_unreadable`.
//! Use `Option` for members that not every token has.
//!
//! A guard can be combined with `Claims<C>`. Both are cheap: nothing is parsed or allocated. Guards
//! dereference to the core claims.
//!
//! Without `okta.layer()`, or with another `C` than the layer's, an extractor responds with an
//! empty 500 and logs the reason:
//!
//! | target | level | message | fields |
//! |---|---|---|---|
//! | `okta_tower::auth` | ERROR | `authentication is not set up correctly` | `reason`, `cause`, `extractor` |
//! | `okta_tower::auth` | DEBUG | `request refused` | `outcome`, `reason` |
//!
//! # Guards as layers
//!
//! For a rule of a whole router, use [`require_group`], [`require_scope`] or [`require`] with
//! [`route_layer`]. Layers that are added later are outer layers, so add the guard before
//! `okta.layer()`:
//!
//! ```
//! use axum::{Router, routing::get};
//! use okta_tower_axum::{require_group, require_scope};
//! # use okta_tower::Okta;
//!
//! # fn app(okta: &Okta) -> Router {
//! let reports = Router::new()
//!     .route("/monthly", get(|| async { "monthly" }))
//!     .route_layer(require_scope("reports:read"));
//! let admin = Router::new()
//!     .route("/users", get(|| async { "users" }))
//!     .route_layer(require_group("admin"));
//! Router::new()
//!     .nest("/reports", reports)
//!     .nest("/admin", admin)
//!     .route_layer(okta.layer())
//! # }
//! ```
//!
//! For a typed guard as a layer, use Axum's `middleware::from_extractor::<RequireGroup<Admins>>()`.
//!
//! Guards as layers use the responder of `okta.layer()`, which by default sends no body. Extractors
//! render their own body, as the request's `Accept` prefers. For problem details from both, use
//! `okta.layer().responder(okta_tower::auth::Problem::new())`.
//!
//! # `route_layer`, not `layer`
//!
//! [`Router::layer`] also wraps the fallback. With authentication there, a path that does not exist
//! is 401 without a token, and 404 with one. With [`route_layer`] the path is 404 for everyone.
//! Both only wrap routes that were added before. A route that is added afterwards is public: right
//! for a health check, but easy to do by accident. A fallback is public too with [`route_layer`]:
//! serve files with `nest_service` instead of `fallback_service`, or use [`Router::layer`].
//!
//! To deny by default, use [`RouteRules`](okta_tower::RouteRules) with [`Router::layer`] around the
//! whole router. With `route_layer`, the rules would not apply to routes that are added afterwards.
//!
//! ```
//! # use axum::{Router, routing::get};
//! # use okta_tower::{Okta, Require, RouteRules, RuleError};
//! # fn app(okta: &Okta) -> Result<Router, RuleError> {
//! let rules = RouteRules::new()
//!     .at("/health", Require::public())
//!     .at("/admin/{*any}", Require::group("admin"))
//!     .build()?;
//! Ok(Router::new()
//!     .route("/health", get(|| async { "ok" }))
//!     .route("/admin/users", get(|| async { "users" }))
//!     .route("/forgotten", get(|| async { "403 for everyone" }))
//!     // The rules also apply to paths without a route. Add this layer last.
//!     .layer(okta.layer().rules(rules)))
//! # }
//! ```
//!
//! [`Router::layer`] boxes the future of each request. To avoid the box, put the layer around the
//! router and serve both as one service. All other outer layers must then also be around the layer,
//! with a [`ServiceBuilder`]: CORS, tracing and `sign_in_layer`.
//!
//! ```no_run
//! use axum::{Router, ServiceExt, extract::Request, routing::get};
//! use tower::Layer;
//!
//! # async fn serve(
//! #     okta: &okta_tower::Okta,
//! #     rules: okta_tower::RouteRules,
//! #     listener: tokio::net::TcpListener,
//! # ) -> std::io::Result<()> {
//! let routes = Router::new().route("/health", get(|| async { "ok" }));
//! // Call `with_state` last, or Axum rebuilds its routes for each request.
//! let app = okta.layer().rules(rules).layer(routes.with_state(()));
//! axum::serve(listener, ServiceExt::<Request>::into_make_service(app)).await
//! # }
//! ```
//!
//! The order of checks: the rules first, so a path without a rule is 403 even without credentials.
//! Then come the token, the custom claims of `.claims::<C>()`, and the requirement of the rule.
//! Guards and extractors are last.
//!
//! # Security
//!
//! The layer uses the path of the request that it receives. `nest` strips the prefix before the
//! layers of the inner router run. Rules with full paths therefore belong on the outermost router:
//! on a router that is nested at `/admin`, a request for `/admin/users` would match the rule for
//! `/users`.
//!
//! # Order of layers
//!
//! ```text
//!            request                        added
//!               v
//!     [ tracing, CORS    ]   .layer(…)       last      see rejections and preflights
//!     [ okta.layer()     ]   .route_layer(…)           authenticates
//!     [ require_group(…) ]   .route_layer(…) first     authorizes
//!     [ handler          ]                             Claims, RequireGroup
//! ```
//!
//! Layers that depend on the caller, such as rate limits by user, belong inside `okta.layer()`, so
//! add them before it.
//!
//! # Testing
//!
//! `okta-tower-test` is a test issuer for your tests, with real tokens, the real layer, and no
//! network:
//!
//! ```
//! # use axum::{Router, body::Body, http::{Request, StatusCode}, routing::get};
//! # use okta_tower_axum::{RequireGroup, group};
//! # use tower::ServiceExt;
//! # group!(Admins = "admin");
//! # async fn admin(_: RequireGroup<Admins>) -> &'static str { "managed" }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let issuer = okta_tower_test::Issuer::start().await;
//! let okta = okta_tower::Okta::builder(issuer.url())
//!     .danger()
//!     .allow_http_on_loopback()
//!     .start()
//!     .await?;
//! let app = Router::new().route("/admin", get(admin)).route_layer(okta.layer());
//!
//! for (group, status) in [("admin", StatusCode::OK), ("sales", StatusCode::FORBIDDEN)] {
//!     let token = issuer.token().user("ada@example.com").groups([group]).sign();
//!     let request = Request::get("/admin").header("authorization", format!("Bearer {token}"));
//!     let response = app.clone().oneshot(request.body(Body::empty())?).await?;
//!     assert_eq!(response.status(), status);
//! }
//! # Ok(()) }
//! ```
//!
//! # Design
//!
//! This crate has no extension trait for [`Router`]. It only depends on `axum-core`, so that it is
//! compatible with several releases of Axum. `route_layer` with the functions above is equivalent.
//!
//! [`Router`]: https://docs.rs/axum/0.8/axum/struct.Router.html
//! [`ServiceBuilder`]: https://docs.rs/tower/0.5/tower/struct.ServiceBuilder.html
//! [`Router::layer`]: https://docs.rs/axum/0.8/axum/struct.Router.html#method.layer
//! [`route_layer`]: https://docs.rs/axum/0.8/axum/struct.Router.html#method.route_layer

#![cfg_attr(docsrs, feature(doc_cfg))]

mod accept;
mod bearer_token;
mod claims;
mod combine;
#[cfg(feature = "api")]
mod current_user;
mod guard;
mod marker;
mod rejection;
mod requirement;
mod route;
#[cfg(feature = "sign-in")]
mod session;
mod telemetry;

#[cfg(feature = "api")]
pub use crate::current_user::CurrentUser;
#[cfg(feature = "sign-in")]
pub use crate::session::Session;
pub use crate::{
    bearer_token::BearerToken,
    claims::Claims,
    combine::{AllOf, AnyOf},
    guard::{Guard, RequireGroup, RequireScope},
    rejection::Rejection,
    requirement::{Group, HasScope, InGroup, Requirement, Scope},
    route::{require, require_group, require_scope},
};

/// Names that the macros of this crate use, for users without a dependency on `okta-tower`.
#[doc(hidden)]
pub mod __private {
    pub use okta_tower::{Require, Verified};
}
