//! The time of a clean build and the number of crates, for each library alone.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
    time::Instant,
};

use crate::report::{Report, Table, root};

/// The name in the table, the package, and its value in the manifest. `OURS` stands for the path of
/// okta-tower.
const LIBRARIES: [(&str, &str, &str); 10] = [
    (
        "okta-tower, default features",
        "okta-tower",
        "{ path = OURS }",
    ),
    (
        "okta-tower, `sign-in`",
        "okta-tower",
        r#"{ path = OURS, features = ["sign-in"] }"#,
    ),
    (
        "okta-tower, all features",
        "okta-tower",
        r#"{ path = OURS, features = ["sign-in", "redis", "yaml"] }"#,
    ),
    (
        "tower-oauth2-resource-server 0.12",
        "tower-oauth2-resource-server",
        r#""0.12.5""#,
    ),
    ("aliri_tower 0.6", "aliri_tower", r#""0.6.1""#),
    ("jwt-authorizer 0.15", "jwt-authorizer", r#""0.15.0""#),
    ("axum-jwks 0.12", "axum-jwks", r#""0.12.0""#),
    ("axum-keycloak-auth 0.8", "axum-keycloak-auth", r#""0.8.3""#),
    (
        "oauth-resource-server 0.4, `tower`",
        "oauth-resource-server",
        r#"{ version = "0.4.1", features = ["tower"] }"#,
    ),
    ("okta-jwt-verifier 0.10", "okta-jwt-verifier", r#""0.10.0""#),
];

pub(crate) fn run(report: &mut Report) {
    let mut table = Table::new("compile", &["library", "crates", "clean build"]);
    for (name, package, dependency) in LIBRARIES {
        eprintln!("  building {name} …");
        let folder = prepared(package, dependency);
        let crates = crates(&folder, package);
        let seconds = built(&folder);
        let seconds = seconds.map_or_else(
            || "does not build".to_owned(),
            |seconds| format!("{seconds:.0} s"),
        );
        table.row([name.to_owned(), crates.to_string(), seconds]);
        let _ = fs::remove_dir_all(folder);
    }
    table.note(
        "Crates: `cargo tree -e normal --prefix none --no-dedupe | sort -u | wc -l`, with the \
         library itself. Build: `cargo build` of a package with this one dependency and fetched \
         sources. One build each.",
    );
    report.table(table);
}

fn prepared(package: &str, dependency: &str) -> PathBuf {
    let program = std::env::current_exe().expect("the path of this program");
    let folder = program
        .ancestors()
        .nth(2)
        .expect("the target folder")
        .join("compile");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("src")).expect("a folder");
    let ours = format!("{:?}", root().join("okta-tower"));
    let dependency = dependency.replace("OURS", &ours);
    let manifest = format!(
        "[workspace]\n[package]\nname = \"clean-build\"\nversion = \"0.0.0\"\n\
         edition = \"2024\"\n[dependencies]\n{package} = {dependency}\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest).expect("a manifest");
    fs::write(folder.join("src/lib.rs"), "").expect("a source");
    // The same versions as in the other parts.
    fs::copy(root().join("bench/Cargo.lock"), folder.join("Cargo.lock")).expect("a lock file");
    let fetched = cargo(&folder, &["fetch", "--quiet"])
        .status()
        .expect("cargo runs");
    assert!(fetched.success(), "the sources of {package} are available");
    folder
}

fn crates(folder: &PathBuf, package: &str) -> usize {
    let tree = cargo(
        folder,
        &[
            "tree",
            "--package",
            package,
            "-e",
            "normal",
            "--prefix",
            "none",
            "--no-dedupe",
        ],
    )
    .output()
    .expect("cargo runs");
    let mut lines: Vec<_> = tree
        .stdout
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .collect();
    lines.sort_unstable();
    lines.dedup();
    lines.len()
}

fn built(folder: &PathBuf) -> Option<f64> {
    let start = Instant::now();
    let status = cargo(folder, &["build", "--quiet"])
        .stderr(Stdio::null())
        .status()
        .expect("cargo runs");
    status.success().then(|| start.elapsed().as_secs_f64())
}

fn cargo(folder: &PathBuf, arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command
        .args(arguments)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env("CARGO_INCREMENTAL", "0");
    command
}
