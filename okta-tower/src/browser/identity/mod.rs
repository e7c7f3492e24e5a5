//! Who signed in: the ID token, its checks, and its claims merged with `userinfo`.

mod claims;
mod id_payload;
mod id_token;
mod merge;
pub(crate) mod provider;
mod verify;

pub(crate) use self::{
    id_token::{IdExpectations, IdToken, Nonce, Previous, verify_id_token},
    merge::merge,
    provider::{NoIdentity, OpenIdIssuer},
};
