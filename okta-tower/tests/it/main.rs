//! The public API from outside, against the built-in test issuer.

#[cfg(feature = "api")]
mod api;
mod bearer;
#[cfg(feature = "sign-in")]
mod conformance;
#[cfg(feature = "explain")]
mod explain;
mod keys;
mod layer;
mod rules;
#[cfg(feature = "sign-in")]
mod sessions;
#[cfg(feature = "sign-in")]
mod sign_in;
#[cfg(feature = "sign-in")]
mod store;
mod world;
