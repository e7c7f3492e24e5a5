//! Plays the scenarios of `tests/e2e/browser` in a real browser.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::{
    application::Application,
    provider::Provider,
    tools::{require, skip},
};

/// Names a Chromium-compatible browser other than the default.
pub const CHROMIUM: &str = "OKTA_TOWER_CHROMIUM";
const DEFAULT_CHROMIUM: &str = "/usr/bin/chromium";

/// Returns the browser's program. If there is none, prints a notice and returns `None`.
///
/// # Panics
/// If there is none and [`REQUIRE_TOOLS`](crate::tools::REQUIRE_TOOLS) is set.
#[must_use]
pub fn chromium() -> Option<PathBuf> {
    let path = env::var_os(CHROMIUM).map_or_else(|| DEFAULT_CHROMIUM.into(), PathBuf::from);
    if !path.exists() {
        skip("a real browser", &format!("there is no {}", path.display()));
        return None;
    }
    if let Err(why) = require(&["node"]) {
        skip("a real browser", &why);
        return None;
    }
    Some(path)
}

/// Plays one scenario. `opener` is the origin that the application allows to open its popup.
///
/// # Panics
/// If the scenario fails; the message says what failed and which pages the browser visited.
pub fn play(
    scenario: &str,
    chromium: &Path,
    provider: &Provider,
    application: &Application,
    opener: &str,
) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e");
    let stage = json!({
        "application": application.origin(),
        "port": application.port(),
        "issuer": provider.issuer(),
        "control": provider.control(),
        "password": provider.password(),
        "chromium": chromium,
        "screenshots": screenshots(),
        "opener": opener,
    });
    let mut node = Command::new("node")
        .arg(folder.join("browser/run.mjs"))
        .args([&stage.to_string(), scenario])
        // The script ends when this pipe closes, so that no test leaves a browser behind.
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node starts");
    let stdin = node.stdin.take();
    let output = node.wait_with_output().expect("node ends");
    drop(stdin);
    let report = String::from_utf8_lossy(&output.stdout);
    let result: Value = serde_json::from_str(report.trim()).unwrap_or_default();
    let detail = result
        .get("detail")
        .and_then(Value::as_str)
        .unwrap_or(&report);
    assert_eq!(result.get("ok"), Some(&true.into()), "{scenario}: {detail}");
}

/// Returns the folder for the screenshots of a run, below Cargo's target folder.
fn screenshots() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"));
    let folder = target.join("screenshots");
    // If the folder cannot be created, the first screenshot reports it.
    let _ = fs::create_dir_all(&folder);
    folder
}
