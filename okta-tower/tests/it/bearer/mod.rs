//! Bad tokens, each with a valid twin that differs in one point, through `Okta::verify` and the
//! layer. The issuer is on loopback, and its keys are fetched over HTTP.
//!
//! The rules come from RFC 8725 (JWT best current practices), RFC 9068 (access tokens), RFC 7515 to
//! 7519, and the contents of Okta's tokens.

mod algorithms;
mod cache;
mod cache_model;
mod claims;
mod claims_shared;
mod end_to_end;
mod expired;
mod form;
mod header;
mod keys;
mod kinds;
mod layer;
mod oracle;
mod properties;
mod times;
mod world;
