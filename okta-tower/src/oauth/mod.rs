//! What we ask of Okta as an OAuth client: on behalf of people (feature `sign-in`), and as a service of our own (feature
//! `api`).
//!
//! Every request is one bounded round trip: time-outs and limits of size are the [`Fetcher`](crate::fetch::Fetcher)'s. Nothing
//! is retried here, and nothing here decides what becomes of a session: [`TokenFailure`] says what happened.

mod answer;
mod assertion;
#[cfg(feature = "sign-in")]
mod authenticate;
#[cfg(feature = "sign-in")]
mod client;
#[cfg(feature = "sign-in")]
pub(crate) mod client_auth;
mod failure;
#[cfg(feature = "sign-in")]
mod par;
pub(crate) mod private_key;
#[cfg(feature = "api")]
mod service;
mod token;

#[cfg(feature = "sign-in")]
pub(crate) use self::client::OAuthClient;
#[cfg(feature = "sign-in")]
pub use self::client_auth::ClientAuth;
#[cfg(feature = "api")]
pub(crate) use self::service::ServiceClient;
pub(crate) use self::{failure::TokenFailure, token::TokenResponse};
