//! A test issuer with Okta's endpoints, in the process of your tests: no network, no Okta account,
//! no waiting.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! use okta_tower_test::Issuer;
//!
//! let issuer = Issuer::start().await; // http://127.0.0.1:{port}/oauth2/default
//! let okta = issuer.okta().await; // give it to your application
//!
//! let ada = issuer.token().user("ada@example.com").groups(["admin"]);
//! let token = ada.clone().expires_in(60).sign(); // the caller sends `Authorization: Bearer …`
//! assert!(okta.verify(&token).await.is_ok());
//! let expired = ada.expires_in(-3600).sign();
//! assert!(okta.verify(&expired).await.is_err());
//! # }
//! ```
//!
//! [`Issuer::browser`] signs users in to your application, in this process.
//!
//! # Security
//!
//! This crate is not an identity provider. It issues any token on request, for tests and demos
//! only.
//!
//! - The sign-in page shows the passwords that it asks for, and a line of a test signs any user in.
//! - Keys are created in each process and never stored. Clients and users end with the process.
//! - The issuer listens on loopback addresses only.
//!
//! Never configure a production system to trust it.
//!
//! `okta-tower` has no special case for this issuer: an application under test fetches the keys
//! over HTTP and verifies tokens as it does with Okta. [`Issuer::okta`] and
//! [`Issuer::okta_builder`] accept the issuer's plain `http` on loopback. An application that reads
//! its settings itself needs `OKTA_TESTING_DISABLE_HTTPS_CHECK=true`, or the same setting in code.
//!
//! # Endpoints
//!
//! | path | content |
//! |---|---|
//! | `/oauth2/{id}/.well-known/openid-configuration` | metadata (OpenID Connect Discovery 1.0) |
//! | `/.well-known/oauth-authorization-server/oauth2/{id}` | metadata (RFC 8414) |
//! | `/oauth2/{id}/.well-known/oauth-authorization-server` | the same document at its older path |
//! | `/oauth2/{id}/v1/keys` | signing keys (RFC 7517) |
//! | `/oauth2/{id}/v1/authorize` | GET and POST: a code in the query, the fragment or a form post; PKCE with S256; `prompt`, `max_age`, `acr_values`, `login_hint`, `idp`, `request_uri` |
//! | `/oauth2/{id}/sign-in` | the form target of the sign-in page |
//! | `/oauth2/{id}/v1/par` | pushed authorization requests (RFC 9126) |
//! | `/oauth2/{id}/v1/token` | `authorization_code`, `refresh_token` (rotating or static), `client_credentials` |
//! | `/oauth2/{id}/v1/userinfo` | claims that the scopes permit |
//! | `/oauth2/{id}/v1/revoke` | revocation (RFC 7009) |
//! | `/oauth2/{id}/v1/introspect` | introspection (RFC 7662) |
//! | `/oauth2/{id}/v1/logout` | GET and POST: RP-initiated logout with an `id_token_hint` |
//! | `/oauth2/v1/token` | of the org: `client_credentials` with `private_key_jwt`, for the scopes `okta.…` |
//! | `/api/v1/users` | users: list with `search` or `filter`, in pages; create |
//! | `/api/v1/users/{id}` | one user |
//! | `/api/v1/users/{id}/lifecycle/…` | `activate`, `reactivate`, `deactivate`, `reset_password` |
//! | `/api/v1/users/{id}/credentials/forgot_password` | a mail with a link; the account stays unchanged |
//! | `/api/v1/users/{id}/sessions` | DELETE: ends a user's sessions, and with `oauthTokens=true` revokes the tokens |
//! | `/api/v1/users/{id}/groups` | a user's groups |
//!
//! Members and values are those of Okta's reference, including `Cache-Control`. Documents support
//! `ETag` and `Last-Modified` with 304. Clients authenticate with `client_secret_basic`,
//! `client_secret_post`, `private_key_jwt` or `none`, as [registered](Client). Unknown paths get
//! Okta's error object for 404 (`E0000007`).
//!
//! The metadata is that of Okta, and announces more than the issuer supports: implicit and hybrid
//! flows, `okta_post_message`, `client_secret_jwt`, request objects, the password and device
//! grants, and client registration are missing.
//!
//! # Sign-in
//!
//! Register an application. Users sign in on the page, or through a line in the test.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! use okta_tower_test::{Client, Issuer, User};
//!
//! let issuer = Issuer::builder()
//!     .client(
//!         Client::with_secret("0oaApp", "secret")
//!             .redirect_uri("http://localhost:3000/authorization-code/callback")
//!             .post_logout_redirect_uri("http://localhost:3000/"),
//!     )
//!     .user(User::new("ada@example.com").name("Ada Lovelace").groups(["admin"]))
//!     .start()
//!     .await
//!     .unwrap();
//!
//! issuer.sign_in_automatically_as("ada"); // `/v1/authorize` redirects without a page
//! issuer.set_groups("ada", ["viewer"]); // new tokens contain it, also those of a refresh
//! issuer.tamper_id_token(|claims| {
//!     claims.insert("nonce".to_owned(), "another".into());
//! }); // the signature is valid, but applications must reject the token
//! issuer.disable_user("ada"); // a refresh gets `invalid_grant`
//! assert_eq!(issuer.token_requests("refresh_token"), 0); // no refresh yet
//! # }
//! ```
//!
//! A [`Browser`] drives an application in this process. Without any browser, pass the URL of the
//! application's redirect to [`Issuer::authorize`], which returns the callback URL. In a real
//! browser, the pages work without scripts. Only the form-post page has one, which its content
//! security policy permits by a nonce, and a button as well.
//!
//! Differences from Okta:
//!
//! - Groups need no scope.
//! - Clients must use PKCE and get rotating refresh tokens, unless [registered](Client) otherwise.
//! - Only `prompt=consent` requests consent.
//! - A password satisfies every `acr_values`.
//!
//! # Management API
//!
//! The Users API manages the users who sign in:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! use okta_tower_test::{Issuer, User};
//!
//! let ada = User::new("ada@example.com").name("Ada Lovelace");
//! let issuer = Issuer::builder()
//!     .api_token("00tTestToken") // OKTA_CLIENT_TOKEN
//!     .user(ada.attribute("department", "Research"))
//!     .start()
//!     .await
//!     .unwrap();
//! assert!(issuer.url().starts_with(issuer.org_url())); // OKTA_CLIENT_ORGURL
//!
//! issuer.set_user_status("ada", "SUSPENDED"); // as an administrator can
//! assert!(issuer.mails().is_empty()); // no activation, no password reset
//! # }
//! ```
//!
//! Searches see every change at once, while Okta's lag behind. The links of mails lead nowhere.
//!
//! # Time, keys and failures
//!
//! Give a [`ManualClock`] to the issuer and to the application to let hours pass at once:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! use std::time::Duration;
//! use okta_tower_test::{Endpoint, Fault, Issuer, Key, ManualClock};
//!
//! let clock = ManualClock::new();
//! let issuer = Issuer::builder().clock(clock.clone()).start().await.unwrap();
//! let token = issuer.token().expires_in(60).sign();
//! clock.advance(Duration::from_secs(121)); // expired, and past the default leeway of 60 s
//!
//! issuer.rotate(); // the next key signs, the old key stays published …
//! issuer.withdraw_expired_key(); // … until now
//!
//! issuer.fault(Endpoint::Keys, Fault::Hang); // the keys are unavailable
//! issuer.stop_listening().await; // the whole issuer is unavailable
//! issuer.resume().await;
//! issuer.heal();
//!
//! let forged = issuer.token().key(issuer.forged_key()).sign(); // correct `kid`, wrong key
//! let confused = issuer.token().hs256(issuer.active_key().public_pem()); // RFC 8725 section 2.1
//! let unsigned = issuer.token().unsigned(); // `alg: none`
//! # }
//! ```
//!
//! A test with a manual clock must consider two points:
//!
//! - An application fetches unknown keys three times in a row, and then once per cool-down, 10 s by
//!   default. After three unexpected rotations, call `clock.advance(Duration::from_secs(11))`
//!   before you send the first token of the next new key.
//! - A request that waits for a key waits on this clock. [`ManualClock`] shows how to move it.

mod bounded;
mod browser;
mod builder;
mod callback;
mod clock;
mod endpoints;
mod fault;
mod incoming;
mod issuer;
mod jws;
mod key;
mod okta_error;
mod parameters;
mod random;
mod response;
mod server;
mod state;
mod token;

pub use crate::{
    browser::{Browser, Page},
    builder::{IssuerBuilder, IssuerError},
    callback::{Callback, CallbackMode},
    clock::ManualClock,
    fault::{Endpoint, Fault, HeldAnswer},
    issuer::Issuer,
    jws::{hmac_sha256, unsigned},
    key::Key,
    state::{
        clients::{Client, Rotation, SecretIn},
        mail::{Mail, MailKind},
        users::User,
    },
    token::TokenBuilder,
};
