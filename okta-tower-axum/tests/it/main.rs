//! Whole applications in process: an issuer and its tokens, the layer, Axum's router, and this
//! crate's extractors.

mod bearer_token;
mod called;
mod challenge;
mod claims;
#[cfg(feature = "api")]
mod current_user;
mod guards;
mod log;
mod negotiation;
#[cfg(feature = "sign-in")]
mod nested;
mod one_layer;
mod recorder;
mod rejection;
mod routes;
#[cfg(feature = "sign-in")]
mod session;
mod world;
