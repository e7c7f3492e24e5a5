//! Requests to Okta as an OAuth client: for users (feature `sign-in`), and as a service (feature
//! `api`).
//!
//! Every request is one bounded round trip, limited by the
//! [`Fetcher`](crate::base::fetch::Fetcher). Nothing is retried here, and nothing here ends a
//! session: [`TokenFailure`] reports what happened.

mod answer;
mod assertion;
#[cfg(feature = "sign-in")]
pub(crate) mod client;
#[cfg(feature = "sign-in")]
pub(crate) mod client_auth;
mod failure;
#[cfg(feature = "sign-in")]
pub(crate) mod limit;
pub(crate) mod private_key;
pub(crate) mod provider_error;
pub(crate) mod service;
mod token;

pub(crate) use self::{failure::TokenFailure, token::TokenResponse};
