//! Tools that a machine may lack. A test without its tool prints a notice and passes, or fails if
//! the environment requires every tool, as in CI.

/// Any value other than the empty one turns a skipped test into a failure.
pub const REQUIRE_TOOLS: &str = "OKTA_TOWER_REQUIRE_TOOLS";

/// Prints that a test was skipped, and why.
///
/// # Panics
/// If [`REQUIRE_TOOLS`] is set.
#[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
pub fn skip(what: &str, why: &str) {
    let is_required = std::env::var_os(REQUIRE_TOOLS).is_some_and(|value| !value.is_empty());
    assert!(
        !is_required,
        "{what} cannot run, and {REQUIRE_TOOLS} is set: {why}"
    );
    eprintln!("SKIPPED: {what}: {why}");
}
