//! Shared parts of this crate's tests: a certified provider and a second one, an application that
//! signs users in there, a real browser, and a clock that tests can advance.

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
