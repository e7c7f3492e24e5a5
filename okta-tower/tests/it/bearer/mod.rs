//! Bad tokens, each beside a good one that differs in that one point, through the public API: an issuer on loopback, its
//! keys fetched over HTTP, `Okta::verify` and the layer.
//!
//! The rules are those of RFC 8725 (JSON Web Tokens, best current practice), RFC 9068 (access tokens), RFC 7515 to 7519,
//! and of what Okta puts into its tokens.

mod algorithms;
mod cache;
mod cache_model;
mod claims;
mod claims_shared;
mod expired;
mod form;
mod header;
mod keys;
mod kinds;
mod layer;
mod oracle;
mod properties;
mod thread;
mod times;
mod world;
