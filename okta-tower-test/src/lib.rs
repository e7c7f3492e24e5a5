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
//! It asks nobody for a password and gives whoever runs it any token they like: that is what it is for. Its keys are
//! made anew in each process and never written anywhere. It refuses to listen anywhere but on loopback. Do not
//! configure anything that matters to trust it.
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
//!
//! Member names and values are those of Okta's reference, `Cache-Control` included; `ETag` and `Last-Modified` are
//! honoured with 304. Everything else is answered with Okta's error object for 404 (`E0000007`), the sign-in endpoints
//! that the metadata names among them.
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

mod answer;
mod body;
mod bounded;
mod builder;
mod clock;
mod conditional;
mod documents;
mod fault;
mod gzip;
mod incoming;
mod issuer;
mod key;
mod keyring;
mod listening;
mod parameters;
mod pool;
mod routes;
mod server;
mod shared;
mod sign_in;
mod token;

pub use crate::{
    builder::{IssuerBuilder, IssuerError},
    clock::ManualClock,
    fault::{Endpoint, Fault, HeldAnswer},
    issuer::Issuer,
    key::Key,
    sign_in::{Callback, CallbackMode, Client, Rotation, SecretIn, User},
    token::{
        TokenBuilder,
        raw::{hmac_sha256, unsigned},
    },
};
