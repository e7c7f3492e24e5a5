//! An authorization server in the shape of Okta's, inside your tests: no network, no Okta account, no waiting.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! use okta_tower_test::Issuer;
//!
//! let issuer = Issuer::start().await; // discovery, keys and tokens of http://127.0.0.1:{port}/oauth2/default
//! let token = issuer.token().user("ada@example.com").groups(["admin"]).expires_in(60).sign();
//!
//! assert!(issuer.url().ends_with("/oauth2/default")); // what your application is configured with
//! assert_eq!(token.split('.').count(), 3); // what its caller sends as `Authorization: Bearer …`
//! # }
//! ```
//!
//! # This is no identity provider
//!
//! It gives whoever runs it any token they like: that is what it is for. Its sign-in page asks for passwords and shows
//! them on the same page; a line in a test signs anybody in without one. Its keys are made anew in each process and never
//! written anywhere, and what it knows of clients and people is gone with it. It refuses to listen anywhere but on
//! loopback. Do not configure anything that matters to trust it.
//!
//! Nothing in `okta-tower` knows about it: an application under test fetches this issuer's keys over HTTP and verifies
//! its tokens as it would Okta's. Because the URL is plain `http`, the application needs what it needs for any such issuer
//! on loopback: `OKTA_TESTING_DISABLE_HTTPS_CHECK=true`, or the same setting in code.
//!
//! # What it serves
//!
//! | path | |
//! |---|---|
//! | `/oauth2/{id}/.well-known/openid-configuration` | metadata (OpenID Connect Discovery 1.0) |
//! | `/.well-known/oauth-authorization-server/oauth2/{id}` | metadata (RFC 8414) |
//! | `/oauth2/{id}/.well-known/oauth-authorization-server` | the same, at the older place |
//! | `/oauth2/{id}/v1/keys` | the signing keys (RFC 7517) |
//! | `/oauth2/{id}/v1/authorize` | GET and POST: a code, in the query, the fragment or a form post; PKCE with S256; `prompt`, `max_age`, `acr_values`, `login_hint`, `idp`, `request_uri` |
//! | `/oauth2/{id}/sign-in` | what the sign-in page sends |
//! | `/oauth2/{id}/v1/par` | pushed authorization requests (RFC 9126) |
//! | `/oauth2/{id}/v1/token` | `authorization_code`, `refresh_token` (rotating or static), `client_credentials` |
//! | `/oauth2/{id}/v1/userinfo` | what the scopes tell of a person |
//! | `/oauth2/{id}/v1/revoke` | revocation (RFC 7009) |
//! | `/oauth2/{id}/v1/introspect` | introspection (RFC 7662) |
//! | `/oauth2/{id}/v1/logout` | GET and POST: RP-initiated logout, with an `id_token_hint` |
//! | `/oauth2/v1/token` | the org's: `client_credentials` with `private_key_jwt`, for the scopes `okta.…` |
//! | `/api/v1/users` | people: list with `search` or `filter`, page by page; create |
//! | `/api/v1/users/{id}` | one person |
//! | `/api/v1/users/{id}/lifecycle/…` | `activate`, `reactivate`, `deactivate`, `reset_password` |
//! | `/api/v1/users/{id}/credentials/forgot_password` | a mail with a link; the account stays as it is |
//! | `/api/v1/users/{id}/sessions` | DELETE: the end of a person's sessions, and with `oauthTokens=true` of their tokens |
//! | `/api/v1/users/{id}/groups` | a person's groups |
//!
//! Member names and values are those of Okta's reference, `Cache-Control` included; `ETag` and `Last-Modified` of
//! documents are honoured with 304. Clients authenticate with `client_secret_basic`, `client_secret_post`,
//! `private_key_jwt` or not at all, each as [registered](Client). The metadata promises what Okta's promises, which is
//! more: implicit and hybrid flows, `okta_post_message`, `client_secret_jwt`, request objects, passwords, devices and
//! client registration are not there. What has no path is answered with Okta's error object for 404 (`E0000007`).
//!
//! # Signing in
//!
//! An application is registered; a person signs in, on the page or by a line in the test.
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
//! issuer.sign_in_automatically_as("ada"); // `/v1/authorize` redirects at once, and shows no page
//! issuer.set_groups("ada", ["viewer"]); // the next tokens say so, those of a refresh too
//! issuer.tamper_id_token(|claims| {
//!     claims.insert("nonce".to_owned(), "another".into());
//! }); // properly signed, and still not to be accepted
//! issuer.disable_user("ada"); // a refresh is answered with `invalid_grant`
//! assert_eq!(issuer.token_requests("refresh_token"), 0); // nobody has tried
//! # }
//! ```
//!
//! Where there is no browser, [`Issuer::authorize`] takes the URL that the application sends its browser to, and returns
//! the one that the browser would come back with. With one, the pages need no script, but for the form post that goes by
//! itself (its policy has a nonce for that, and there is a button).
//!
//! What differs from Okta: groups need no scope, every client must use PKCE and gets refresh tokens that rotate
//! unless it is [registered](Client) otherwise, consent is asked for with `prompt=consent` alone, and any `acr_values`
//! are met by a password.
//!
//! # Management API
//!
//! The people who sign in are those of the Users API, and what is done there shows here:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! use okta_tower_test::{Issuer, User};
//!
//! let issuer = Issuer::builder()
//!     .api_token("00tTestToken")
//!     .user(User::new("ada@example.com").name("Ada Lovelace").attribute("department", "Research"))
//!     .start()
//!     .await
//!     .unwrap();
//! assert!(issuer.url().starts_with(issuer.org_url())); // OKTA_CLIENT_ORGURL; the token is OKTA_CLIENT_TOKEN
//!
//! issuer.set_user_status("ada", "SUSPENDED"); // as an administrator might
//! assert!(issuer.mails().is_empty()); // no activation, no new password
//! # }
//! ```
//!
//! Searches see every change at once (Okta's lag behind), and a mail's link leads nowhere.
//!
//! # Time, keys and trouble
//!
//! A [`ManualClock`] given to the issuer and to the application makes hours pass at once:
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
//! clock.advance(Duration::from_secs(121)); // expired, and past the 60 s of leeway that applications give by default
//!
//! issuer.rotate(); // the next key signs, the old one stays published …
//! issuer.withdraw_expired_key(); // … until it does not
//!
//! issuer.fault(Endpoint::Keys, Fault::Hang); // and now the keys cannot be had
//! issuer.stop_listening().await; // nor can anything else
//! issuer.resume().await;
//! issuer.heal();
//!
//! let forged = issuer.token().key(issuer.forged_key()).sign(); // the right `kid`, the wrong key
//! let confused = issuer.token().hs256(issuer.active_key().public_pem()); // RFC 8725 section 2.1
//! let unsigned = issuer.token().unsigned(); // `alg: none`
//! # }
//! ```
//!
//! Two things that a test with a clock of its own runs into:
//!
//! - An application fetches keys for a token with an unknown key only once its cool-down is over (10 s unless set), and
//!   that counts from its last fetch of any kind, the one at its start included. So after a rotation that it cannot have
//!   foreseen, `clock.advance(Duration::from_secs(11))` comes before the first token of the new key.
//! - A request that waits for a key waits on this clock. [`ManualClock`] shows how to let it.

mod bounded;
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
