//! Signing keys: one JWK becomes one prepared key, or is skipped with a reason.

mod algorithm;

pub use algorithm::{Algorithm, UnknownAlgorithm};
