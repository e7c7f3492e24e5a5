//! Signing keys. One JWK (RFC 7517) becomes one prepared key, or is skipped with a reason; a set of
//! them is searched by `kid` and `alg`. Pure: no clock, no network.

mod algorithm;
mod material;
mod parse;
mod set;
mod skip_reason;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod numbers_tests;
#[cfg(test)]
mod parse_tests;
#[cfg(test)]
mod properties_tests;
#[cfg(test)]
mod set_tests;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use skip_reason::{SkipReason, SkippedKey};

pub(crate) use material::PreparedKey;
pub(crate) use parse::MAX_KID_BYTES;
pub(crate) use set::{DocumentError, KeySet, Selection};
