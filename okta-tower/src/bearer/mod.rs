//! The bearer token as a source of the caller: the numbered checks, and the cache in front of them.

pub(crate) mod source;
pub(crate) mod token;
pub(crate) mod verifier;
