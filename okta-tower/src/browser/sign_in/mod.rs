//! Signing in and out with a browser, as one Tower service. Feature `sign-in`.
//!
//! [`Okta::sign_in_layer`](crate::Okta::sign_in_layer) answers its own paths and forwards every
//! other request. [`Okta::sign_in_service`](crate::Okta::sign_in_service) is the same for routing
//! by hand. Both do nothing until [`OktaBuilder::sign_in`](crate::OktaBuilder::sign_in) is called.
//!
//! | request | response |
//! |---|---|
//! | `GET` or `POST /login` | redirects to Okta. `return_to` names the page to come back to; `prompt`, `login_hint`, `idp`, `acr_values`, `max_age` and `scope` (a subset of the configured scopes) are forwarded; `mode=popup` is for single-page applications; `iss` and `target_link_uri` are a third party's (OpenID Connect Core section 4) |
//! | the redirect URI's path | checks Okta's response, creates a session, redirects to `/login/done` |
//! | `GET /login/done` | confirms that the browser kept the session cookie, redirects to the requested page |
//! | `POST /logout` | ends the session here, revokes its refresh token, ends Okta's own session. A script that accepts JSON gets `{"url": …}`, where the latter ends |
//! | `GET /logout/done`, if it is the [post-logout redirect URI](crate::SignIn::post_logout_redirect_uri) | checks the return from Okta's logout, redirects to the default page |
//! | `GET /session` | the user as JSON, for front ends; 401 if no user is signed in. Never a token |
//! | `HEAD` of a path that has `GET` | as `GET`, without an effect |
//! | any of them before the user asks (`Sec-Purpose`), but `/session` | 503: the browser asks again on the click |
//!
//! A form of the application that is rejected for want of a session gets a page with a link to sign
//! in, if it passes the layer. [`pages`](crate::pages) says how to write the pages yourself.
//!
//! Links, popups, logout and the hook: see `docs/sign-in.md`.
//!
//! # A sign-in, step by step
//!
//! 1. `/login` creates a `state`, a `nonce` and a PKCE verifier (RFC 7636, `S256`). It seals them
//!    into a cookie that the state names. The attempt is valid for ten minutes; a later callback
//!    starts over and ends on the same page. A browser may have five attempts at a time.
//! 2. The callback takes that cookie and removes it: a `state` of another browser, or a used one,
//!    finds no cookie. A repeated parameter is rejected, and so is the response of another issuer
//!    (RFC 9207).
//! 3. The code is exchanged for tokens, once for each `state`, and within bounds for each process.
//!    The ID token passes the checks of OpenID Connect Core
//!    section 3.1.3.7, `nonce` and `at_hash` included, and `acr` and `auth_time` if requested.
//!    `userinfo` adds claims that the ID token lacks, as configured.
//! 4. The [hook](crate::provision) admits or rejects the user.
//! 5. A session with a new ID begins, and the browser is redirected with 303.
//!
//! A failure ends on a page that says what the user can do. The page shows nothing that Okta sent,
//! and of the request only the link that repeats the sign-in. If the attempt's cookie is missing,
//! or the issuer rejects the code, the sign-in is retried once.
//!
//! # Security
//! The ID token proves `max_age` and `acr_values`. Okta's response does not show whether Okta
//! honored `prompt`, `login_hint` or `idp`: to require a fresh sign-in, use `max_age=0`.
//!
//! The public origin is that of the redirect URI. `X-Forwarded-*` is ignored; `Host` only selects
//! one of the configured origins.
//!
//! # Example
//!
//! The layer stands outside [`Okta::layer`](crate::Okta::layer) and inside tracing.
//!
//! ```no_run
//! use http::{Request, Response};
//! use okta_tower::{Okta, SignIn, Verified};
//! use tower::{ServiceBuilder, service_fn};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let okta = Okta::builder("https://dev-1234.okta.com/oauth2/default")
//!     .client_id("0oa1gm3t1yZ1IsKOm0h7")
//!     .client_secret("s3cr3t")
//!     .sign_in(SignIn::new().redirect_uri("http://localhost:3000/authorization-code/callback"))
//!     .start()
//!     .await?;
//! let service = ServiceBuilder::new()
//!     .layer(okta.sign_in_layer())
//!     .layer(okta.layer()) // a session cookie or a bearer token
//!     .service(service_fn(|request: Request<okta_tower::Body>| async move {
//!         let caller = request.extensions().get::<Verified>();
//!         let name = caller.map(|caller| caller.subject().to_owned());
//!         Ok::<_, std::convert::Infallible>(Response::new(name.unwrap_or_default().into_bytes()))
//!     }));
//! # Ok(()) }
//! ```

mod attempt;
mod attempts;
pub(crate) mod callback;
mod complete;
mod confirm;
mod context;
mod failure;
mod form;
mod future;
mod head;
mod layer;
mod login;
mod login_request;
mod logout;
mod logout_return;
pub(crate) mod parameters;
mod plain_cookie;
mod popup;
mod redeemed;
mod required;
mod response;
mod route;
mod service;
mod session_endpoint;
mod signed_out;
mod state;

pub use self::{
    future::SignInFuture,
    layer::{LayeredFuture, SignInLayer, SignInLayered},
    service::SignInService,
};

pub(crate) use self::context::{SignInContext, SignInContexts, source};
