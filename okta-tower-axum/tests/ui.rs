//! Programs that must not compile, each beside one that differs only in that point and must.
//!
//! What the compiler says changes with each of its releases; it is held to [`COMPILER`] alone. After a change here,
//! `TRYBUILD=overwrite cargo test -p okta-tower-axum --test ui` writes the expectations anew: read the difference.

use std::{collections::BTreeSet, env, fs, path::Path, process::Command};

/// The release whose messages are expected.
const COMPILER: &str = "1.95.";

#[test]
#[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
fn what_must_not_compile_does_not_and_its_twin_does() {
    let version = compiler_version();
    if !version.starts_with(COMPILER) {
        eprintln!(
            "SKIPPED: compile-fail tests expect the messages of rustc {COMPILER}x, this is {version:?}"
        );
        let is_unknown = version.is_empty();
        assert!(
            !is_unknown || env::var_os("OKTA_TOWER_REQUIRE_TOOLS").is_none(),
            "no compiler was found"
        );
        return;
    }
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    cases.compile_fail("tests/ui/fail/*.rs");
}

#[test]
fn there_are_as_many_programs_that_must_compile_as_that_must_not() {
    let programs = |folder: &str| -> BTreeSet<_> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/ui")
            .join(folder);
        let paths = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        paths
            .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
            .collect()
    };
    assert_eq!(programs("pass").len(), programs("fail").len());
}

/// Such as `1.95.0`; empty where it cannot be told.
fn compiler_version() -> String {
    let compiler = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(compiler).arg("--version").output();
    let text = output.map(|output| output.stdout).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    text.split(' ').nth(1).unwrap_or_default().to_owned()
}
