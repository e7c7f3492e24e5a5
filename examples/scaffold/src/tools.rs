//! Programs that tests need, and that a machine may lack.

use std::{
    env,
    io::{self, Write},
    process::{Command, Stdio},
};

/// Any value other than the empty one turns a skipped test into a failure, as in CI.
pub const REQUIRE_TOOLS: &str = "OKTA_TOWER_REQUIRE_TOOLS";

/// The shell of every Unix. It has the command `kill`, which may be missing as a program.
pub const SHELL: &str = "/bin/sh";

/// Prints that a test was skipped, and why.
///
/// # Panics
/// If [`REQUIRE_TOOLS`] is set.
pub fn skip(what: &str, why: &str) {
    let is_required = env::var_os(REQUIRE_TOOLS).is_some_and(|value| !value.is_empty());
    assert!(
        !is_required,
        "{what} cannot run, and {REQUIRE_TOOLS} is set: {why}"
    );
    // The test harness hides what `eprintln` prints in a test that passes.
    let line = format!("SKIPPED: {what}: {}\n", why.trim_end());
    let _ = io::stderr().write_all(line.as_bytes());
}

/// Returns an error that names the first of these programs that cannot be started.
///
/// # Errors
/// If a program is missing.
pub fn require(programs: &[&str]) -> Result<(), String> {
    require_with(programs, "--version")
}

/// [`require`] for programs that print their version for another argument.
///
/// # Errors
/// If a program is missing.
pub fn require_with(programs: &[&str], argument: &str) -> Result<(), String> {
    let is_missing = |program: &&&str| {
        let asked = Command::new(program)
            .arg(argument)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        !asked.is_ok_and(|status| status.success())
    };
    match programs.iter().find(is_missing) {
        Some(missing) => Err(format!("there is no {missing}")),
        None => Ok(()),
    }
}

/// Sends a signal, such as `TERM`, to a process. Returns whether the process exists.
#[must_use]
pub fn signal(name: &str, process: &str) -> bool {
    let sent = Command::new(SHELL)
        .args(["-c", "kill -s \"$1\" \"$2\"", "sh", name, process])
        .stderr(Stdio::null())
        .status();
    sent.is_ok_and(|status| status.success())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn missing_program_is_named() {
        assert_eq!(require(&["true"]), Ok(()));
        let missing = require(&["true", "no-such-program"]);
        assert_eq!(missing, Err("there is no no-such-program".to_owned()));
    }

    #[test]
    fn signal_needs_no_program_but_the_shell() {
        let own = std::process::id().to_string();
        // The signal 0 only asks whether the process exists.
        assert!(signal("0", &own));
        assert!(!signal("0", "999999999"));
    }
}
