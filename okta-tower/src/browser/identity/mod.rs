//! Who signed in: the ID token, its checks, and its claims merged with `userinfo`.

mod claims;
mod id_payload;
mod id_token;
mod merge;
mod provider;

use std::pin::Pin;

pub(crate) use self::{
    claims::session_claims,
    id_token::{IdExpectations, IdToken, Nonce, Previous, verify_id_token},
    merge::merge,
    provider::{IdentityError, OpenIdProvider, Provider, RefreshFailure, Refreshed, Renewal},
};

/// A boxed future.
pub(crate) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
