//! Programs that must not compile (`ui/fail`), each beside one of the same name that differs only in that point and must
//! (`ui/pass`).
//!
//! What the compiler says changes with its releases, so it is held to one of them. After a change here,
//! `TRYBUILD=overwrite cargo test -p okta-tower-axum --test ui` writes the expected messages anew: read the difference.

use std::{collections::BTreeSet, env, ffi::OsString, fs, path::Path, process::Command};

/// The programs that must compile are modules of this test: every release compiles them, and nothing that they depend on
/// is built a second time for it.
#[allow(dead_code, reason = "it is enough that they compile")]
mod ui {
    mod pass {
        mod claims_made;
        mod claims_shared;
        mod claims_static;
        mod combination;
        mod current_user_state;
        mod group_marker;
        mod group_name;
        mod guard_made;
        mod guard_refusing;
        mod scope_marker;
        mod session_made;
    }
}

/// The release whose messages are expected.
const COMPILER: &str = "1.95.";

#[test]
#[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
fn programs_that_must_not_compile_do_not() {
    let version = compiler_version();
    if version.starts_with(COMPILER) {
        trybuild::TestCases::new().compile_fail("tests/ui/fail/*.rs");
        return;
    }
    eprintln!(
        "SKIPPED: the messages expected are those of rustc {COMPILER}x, and this is {version:?}"
    );
    let must_know = env::var_os("OKTA_TOWER_REQUIRE_TOOLS").is_some();
    assert!(!version.is_empty() || !must_know, "no compiler was found");
}

#[test]
fn every_program_that_must_not_compile_has_a_twin_that_does() {
    let programs = names("fail");
    assert_eq!(programs, names("pass"));
    for program in programs {
        let declaration = format!("mod {};", program.to_str().unwrap());
        assert!(
            include_str!("ui.rs").contains(&declaration),
            "{declaration}"
        );
    }
}

fn names(folder: &str) -> BTreeSet<OsString> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/ui")
        .join(folder);
    let paths = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let programs = paths.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    programs
        .map(|path| path.file_stem().unwrap().to_owned())
        .collect()
}

/// Such as `1.95.0`; empty where it cannot be told.
fn compiler_version() -> String {
    let compiler = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(compiler).arg("--version").output();
    let text = output.map(|output| output.stdout).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    text.split(' ').nth(1).unwrap_or_default().to_owned()
}
