//! Tools that a machine may lack. A test without its tool prints a notice and passes, or fails if
//! the environment requires every tool, as in CI.

pub use scaffold::tools::{REQUIRE_TOOLS, SHELL, require, require_with, signal, skip};
