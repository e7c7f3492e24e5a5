//! The browser's half: signing in and out, as one Tower service. Feature `sign-in`.
//!
//! It comes from [`Okta::sign_in_layer`](crate::Okta::sign_in_layer), which answers its own paths and passes every other request on,
//! or as [`Okta::sign_in_service`](crate::Okta::sign_in_service), to be routed to by hand. Both are asleep until
//! [`OktaBuilder::sign_in`](crate::OktaBuilder::sign_in) was called.
//!
//! | request | answer |
//! |---|---|
//! | `GET /login` | sends the browser to Okta. `return_to` names the page of this application to come back to; `prompt`, `login_hint`, `idp`, `acr_values`, `max_age` and `scope` (some of the configured ones) are passed on; `mode=popup` is for single-page applications |
//! | the redirect URI's path | takes Okta's answer, checks it, begins a session, and sends the browser to `/login/done` |
//! | `GET /login/done` | sees that the browser kept the session cookie, and leads to the page that was asked for |
//! | `POST /logout` | ends the session here, revokes its refresh token, and ends Okta's own session |
//! | `GET /session` | who is signed in, as JSON, for front ends; 401 where nobody is. Never a token |
//!
//! # What happens in a sign-in
//!
//! 1. `/login` draws a `state`, a `nonce` and a PKCE verifier (RFC 7636, `S256`, for confidential clients too), seals them into a
//!    cookie of ten minutes that is named by the state, and redirects. Five attempts may be under way in a browser, as when
//!    several tabs open at once.
//! 2. The callback takes that cookie, and removes it: a `state` from another browser, or one that was used, finds none. A
//!    parameter that is there twice, and an answer of another issuer (RFC 9207), are refused.
//! 3. The code is exchanged for tokens; the ID token passes the checks of OpenID Connect Core section 3.1.3.7, `nonce` and `at_hash`
//!    among them, and `acr` and `auth_time` where they were asked for. `userinfo` adds what the ID token lacks, as configured.
//! 4. The [hook](crate::provision) says whether the person may have a session.
//! 5. A session begins, with a new id whatever the browser had before, and the browser is sent on with 303.
//!
//! Whatever goes wrong ends on a page in plain words with a way to try again. It shows nothing that Okta wrote and, but for the link
//! that asks for the same again, nothing of the request. A browser that dropped the attempt's cookie, or whose code the issuer
//! refuses, is sent round once more, and not twice.
//!
//! Of what a link asks for, `max_age` and `acr_values` are proved by the ID token. `prompt`, `login_hint` and `idp` are passed on, and
//! nothing in the answer tells whether Okta heeded them: who must have signed in anew asks for `max_age=0`.
//!
//! # Deployment
//!
//! The public origin is that of the redirect URI, whatever `Host` or `X-Forwarded-*` say. Put the layer outside of
//! [`Okta::layer`](crate::Okta::layer) (added later, in Axum), and inside of tracing. On plain `http`, which is for loopback alone,
//! [`ResponseMode::FormPost`](crate::config::ResponseMode::FormPost) needs a browser that keeps `Secure` cookies on localhost, as
//! Chromium and Firefox do.
//!
//! # Popups
//!
//! With [`SignIn::opener`](crate::SignIn::opener) a single-page application opens `/login?mode=popup`. The last page posts
//! `{ "type": "okta-tower:signed-in" }` (or `okta-tower:sign-in-failed` and an `error`) to exactly that origin, and closes.
//!
//! # Example
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
//!         let name = request.extensions().get::<Verified>().map(|caller| caller.subject().to_owned());
//!         Ok::<_, std::convert::Infallible>(Response::new(name.unwrap_or_default().into_bytes()))
//!     }));
//! # Ok(()) }
//! ```

mod answer;
mod asked;
mod attempt;
mod attempts;
mod callback;
mod complete;
mod done;
mod form;
mod future;
mod host;
mod layer;
mod logout;
mod markup;
mod parameters;
mod parts;
mod popup;
mod problem;
mod return_to;
mod route;
mod service;
mod start;
mod state;
mod who;

pub use self::{
    future::SignInFuture,
    layer::{LayeredFuture, SignInLayer, SignInLayered},
    service::SignInService,
};

pub(crate) use self::parts::Parts;
