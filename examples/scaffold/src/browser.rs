//! Plays the scenarios of `tests/e2e/browser/examples` in a real browser, for tests.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::tools::{require, skip};

/// Names a Chromium-compatible browser other than the default.
const CHROMIUM: &str = "OKTA_TOWER_CHROMIUM";
const WHAT: &str = "a real browser";
const DEFAULT_CHROMIUM: &str = "/usr/bin/chromium";

/// Plays one scenario of an example that runs at the origin `application`.
/// The origin must be on `localhost`. The built-in test issuer is on `127.0.0.1`, so that the
/// browser treats the two as different sites, as in production. `more` holds the values that the
/// scenario reads with `visit.setting(…)`.
///
/// Without a browser or Node, the function prints a notice and returns.
///
/// # Panics
/// If the scenario fails; the message says what failed and which pages the browser visited. If a
/// tool is missing and `OKTA_TOWER_REQUIRE_TOOLS` is set.
pub fn play(example: &str, scenario: &str, application: &str, more: &[(&str, &str)]) {
    let chromium = env::var_os(CHROMIUM).map_or_else(|| DEFAULT_CHROMIUM.into(), PathBuf::from);
    if !chromium.exists() {
        return skip(WHAT, &format!("there is no {}", chromium.display()));
    }
    let rig = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/e2e");
    if let Err(why) = require(&["node", "npm"]) {
        return skip(WHAT, &why);
    }
    let installed = Command::new(rig.join("install")).status();
    if !installed.is_ok_and(|status| status.success()) {
        return skip(WHAT, "tests/e2e/install failed");
    }
    let (chromium, screenshots) = (chromium.display().to_string(), screenshots());
    let screenshots = screenshots.display().to_string();
    let common = [
        ("application", application),
        ("chromium", &chromium),
        ("screenshots", &screenshots),
    ];
    let members = common.iter().chain(more);
    let members = members.map(|(name, value)| format!("{}:{}", text(name), text(value)));
    let description = format!("{{{}}}", members.collect::<Vec<_>>().join(","));
    let mut node = Command::new("node")
        .arg(rig.join("browser/examples/run.mjs"))
        .args([example, &description, scenario])
        // The script ends when this pipe closes, so that no test leaves a browser behind.
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node starts");
    let stdin = node.stdin.take();
    let output = node.wait_with_output().expect("node ends");
    drop(stdin);
    let report = String::from_utf8_lossy(&output.stdout).replace("\\n", "\n");
    assert!(output.status.success(), "{scenario}: {report}");
}

/// Returns the folder for the screenshots of a run, below Cargo's target folder.
fn screenshots() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target =
        target.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"));
    let folder = target.join("screenshots");
    // If the folder cannot be created, the first screenshot reports it.
    let _ = fs::create_dir_all(&folder);
    folder
}

/// Returns the text as a JSON string.
fn text(value: &str) -> String {
    let escaped = value.chars().map(|char| match char {
        '"' | '\\' => format!("\\{char}"),
        control if u32::from(control) < 0x20 => format!("\\u{:04x}", u32::from(control)),
        other => other.to_string(),
    });
    format!("\"{}\"", escaped.collect::<String>())
}
