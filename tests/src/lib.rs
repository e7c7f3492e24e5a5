//! What the tests of this crate share: a certified provider to run against, and a clock that can be pushed forward
//! while the provider's own goes on as it does.

pub mod clock;
pub mod provider;
pub mod redis;
pub mod tools;
