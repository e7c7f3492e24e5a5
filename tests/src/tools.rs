//! Tools that a machine may lack. A test that lacks one says so and passes, or fails where the environment says that
//! every tool must be there, as CI does.

/// Set to anything but nothing, it turns every skipped test into a failure.
pub const REQUIRE_TOOLS: &str = "OKTA_TOWER_REQUIRE_TOOLS";

/// Says that a test cannot run.
///
/// # Panics
/// Where [`REQUIRE_TOOLS`] is set.
#[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
pub fn skip(what: &str, why: &str) {
    let is_required = std::env::var_os(REQUIRE_TOOLS).is_some_and(|value| !value.is_empty());
    assert!(
        !is_required,
        "{what} cannot run, and {REQUIRE_TOOLS} is set: {why}"
    );
    eprintln!("SKIPPED: {what}: {why}");
}
