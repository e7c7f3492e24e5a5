//! What the tests of this crate share: a certified provider to run against and a second one, the application that signs people in there,
//! a real browser, and a clock that can be pushed forward while the provider's own goes on as it does.

pub mod application;
pub mod attempts;
pub mod browser;
pub mod clock;
pub mod process;
pub mod provider;
pub mod redis;
pub mod round_robin;
pub mod second_provider;
pub mod tools;
pub mod visitor;
