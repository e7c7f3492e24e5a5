//! Extractors and typed guards for [`okta_tower`] in Axum.
//!
//! The layer itself is `okta.layer()`, and works in Axum as it is. This crate adds what makes handlers say who may call
//! them:
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
//! let okta = Okta::from_env()?.start().await?; // OKTA_OAUTH2_ISSUER, …
//! let app = Router::new()
//!     .route("/api/me", get(me))
//!     .route("/api/admin", get(admin))
//!     .route_layer(okta.layer().claims::<Employee>())
//!     .route("/health", get(|| async { "ok" })); // added after the layer: open to everyone
//! axum::serve(tokio::net::TcpListener::bind("127.0.0.1:3000").await?, app).await?;
//! # Ok(()) }
//! ```
//!
//! # What to put into a handler's signature
//!
//! | argument | the handler runs for | others get |
//! |---|---|---|
//! | [`Claims`], [`Claims<C>`](Claims) | whoever has a valid token or session | 401 |
//! | `Session<C>` (feature `sign-in`) | whoever signed in with a browser | 401, also those with a token; a person who opens a page is sent to sign in |
//! | `CurrentUser` (feature `api`) | whoever has an account at Okta that is in use, which is asked for | 403; 503 where Okta cannot be asked |
//! | `Option<Claims<C>>` | also for nobody, as `None` (the layer needs [`.optional()`](okta_tower::auth::AuthLayer::optional), or a public [rule](okta_tower::RouteRules)) | a bad token is still 401, by the layer |
//! | [`RequireGroup<G>`](RequireGroup) | members of the group | 403, and no word on which group |
//! | [`RequireScope<S>`](RequireScope) | tokens with the scope | 403 with `error="insufficient_scope"` |
//! | [`Guard<R>`](Guard) | who meets `R`: [`AnyOf<(A, B)>`](AnyOf), [`AllOf<(A, B)>`](AllOf), or a [`Requirement`] of your own | 403 |
//! | `Result<_, Rejection>` | everyone: the handler decides | what it makes of the [`Rejection`] |
//!
//! A token that does not fit the layer's `C` is refused by the layer: 401, with the reason `claims_unreadable`. Members that
//! not every token has get the type `Option`.
//!
//! A guard beside `Claims<C>` is fine, both are cheap: nothing is parsed, and nothing is allocated on the way to the
//! handler. Guards know no `C` and dereference to the core claims.
//!
//! Without any `okta.layer()` around it, and with another `C` than the layer's, an extractor answers 500 with nothing in
//! it, and tells the log why:
//!
//! | target | level | message | fields |
//! |---|---|---|---|
//! | `okta_tower::auth` | ERROR | `authentication is not set up correctly` | `reason`, `cause`, `extractor` |
//! | `okta_tower::auth` | DEBUG | `request refused` | `outcome`, `reason` |
//!
//! # Guards as layers
//!
//! Where a whole router has one rule, say it once: [`require_group`], [`require_scope`] and [`require`] are for
//! [`route_layer`]. What is added later is further out, so the guard comes before `okta.layer()`:
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
//! A typed guard is a layer by way of Axum's own `middleware::from_extractor::<RequireGroup<Admins>>()`.
//!
//! Guards as layers refuse through the responder of `okta.layer()`, which sends no body unless told to. Extractors write
//! their own answer, as the request's `Accept` prefers. To have problem details from both:
//! `okta.layer().responder(okta_tower::auth::Problem::new())`.
//!
//! # `route_layer`, not `layer`
//!
//! [`Router::layer`] also wraps the fallback: with authentication there, a path that does not exist is answered 401 to
//! those without a token, and 404 to the others. With [`route_layer`] it is 404 for everyone. Either wraps only the routes
//! that were added before it; a route added after it is open, which is right for a health check and wrong by accident.
//!
//! Where nothing may be forgotten, use [`RouteRules`](okta_tower::RouteRules), and then [`Router::layer`], around the whole
//! router: on `route_layer` a route that is added afterwards never meets the table.
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
//!     .layer(okta.layer().rules(rules))) // last
//! # }
//! ```
//!
//! [`Router::layer`] puts the future of each request into a box. Where that counts, the layer may stand around the router, for
//! Axum to serve as one service. Nothing in the router is outside of it then: CORS, tracing and `sign_in_layer` must come around
//! it, too, with a [`ServiceBuilder`].
//!
//! ```no_run
//! use axum::{Router, ServiceExt, extract::Request, routing::get};
//! use tower::Layer;
//!
//! # async fn serve(okta: &okta_tower::Okta, rules: okta_tower::RouteRules, listener: tokio::net::TcpListener) -> std::io::Result<()> {
//! let routes = Router::new().route("/health", get(|| async { "ok" }));
//! // `with_state` at last: else Axum makes its routes anew for each request.
//! let app = okta.layer().rules(rules).layer(routes.with_state(()));
//! axum::serve(listener, ServiceExt::<Request>::into_make_service(app)).await
//! # }
//! ```
//!
//! The table is asked first: a path that it does not name is 403 even without credentials, whether a route has it or not.
//! Then come the token, the claims of `.claims::<C>()`, the rule's requirement, and last, inside, guards and extractors.
//!
//! # Security
//!
//! The layer sees the path as it stands in the request, and `nest` strips its prefix before layers of the inner router see
//! it. A table of full paths belongs on the outermost router only: on a router that is nested at `/admin`, a request for
//! `/admin/users` meets the rule for `/users`.
//!
//! # Order of layers
//!
//! ```text
//!            request                        added
//!               v
//!     [ tracing, CORS    ]   .layer(…)       last      they must see refusals, and preflights carry no token
//!     [ okta.layer()     ]   .route_layer(…)           who is calling
//!     [ require_group(…) ]   .route_layer(…) first     may they
//!     [ handler          ]                             Claims, RequireGroup
//! ```
//!
//! Layers that change with the caller, such as rate limits by user, belong inside `okta.layer()`: added before it.
//!
//! # Testing
//!
//! `okta-tower-test` is an issuer inside your tests. Real tokens, the real layer, no network:
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
//! let okta = okta_tower::Okta::builder(issuer.url()).danger().allow_http_on_loopback().start().await?;
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
//! # What is not here
//!
//! No trait with methods for [`Router`]: this crate depends on `axum-core` alone, so that it outlives Axum's releases, and
//! `route_layer` with the functions above says the same.
//!
//! [`Router`]: https://docs.rs/axum/0.8/axum/struct.Router.html
//! [`ServiceBuilder`]: https://docs.rs/tower/0.5/tower/struct.ServiceBuilder.html
//! [`Router::layer`]: https://docs.rs/axum/0.8/axum/struct.Router.html#method.layer
//! [`route_layer`]: https://docs.rs/axum/0.8/axum/struct.Router.html#method.route_layer

mod accept;
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
    claims::Claims,
    combine::{AllOf, AnyOf},
    guard::{Guard, RequireGroup, RequireScope},
    rejection::Rejection,
    requirement::{Group, HasScope, InGroup, Requirement, Scope},
    route::{require, require_group, require_scope},
};

/// What the macros of this crate name, for users who do not depend on `okta-tower` themselves.
#[doc(hidden)]
pub mod __private {
    pub use okta_tower::{Require, Verified};
}
