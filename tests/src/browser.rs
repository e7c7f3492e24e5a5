//! A real browser that plays the scenarios of `tests/e2e/browser`.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::{application::Application, provider::Provider, tools::skip};

/// Names another browser that Chromium's driver can drive.
pub const CHROMIUM: &str = "OKTA_TOWER_CHROMIUM";
const DEFAULT_CHROMIUM: &str = "/usr/bin/chromium";

/// The browser's program, or `None`, and said loudly, where there is none.
///
/// # Panics
/// Where there is none, and [`REQUIRE_TOOLS`](crate::tools::REQUIRE_TOOLS) is set.
#[must_use]
pub fn chromium() -> Option<PathBuf> {
    let path = env::var_os(CHROMIUM).map_or_else(|| DEFAULT_CHROMIUM.into(), PathBuf::from);
    if path.exists() {
        return Some(path);
    }
    skip("a real browser", &format!("there is no {}", path.display()));
    None
}

/// Plays one scenario. `opener` is the origin that the application lets open its popup.
///
/// # Panics
/// Where the scenario fails: with what has gone wrong and where the browser had been.
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
        // It ends when this closes, so that no test leaves a browser behind.
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node starts");
    let stdin = node.stdin.take();
    let output = node.wait_with_output().expect("node ends");
    drop(stdin);
    let said = String::from_utf8_lossy(&output.stdout);
    let result: Value = serde_json::from_str(said.trim()).unwrap_or_default();
    let detail = result
        .get("detail")
        .and_then(Value::as_str)
        .unwrap_or(&said);
    assert_eq!(result.get("ok"), Some(&true.into()), "{scenario}: {detail}");
}

/// Where the pictures of a run are: below the folder that everything is built in.
fn screenshots() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"));
    let folder = target.join("screenshots");
    // A folder that cannot be made is told by the first picture.
    let _ = fs::create_dir_all(&folder);
    folder
}
