//! The program itself.

use std::{
    io::Write,
    process::{Command, Output, Stdio},
};

use okta_tower_test::Issuer;

use crate::run::Run;

/// Runs the program with the settings of a run, and no other settings.
async fn program(run: &Run, arguments: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_okta-tower-doctor"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("OKTA_") {
            command.env_remove(name);
        }
    }
    command
        .envs(run.variables().iter().cloned())
        .args(arguments);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A program that ends before it reads closes the pipe.
    let _ = child.stdin.take().unwrap().write_all(input);
    tokio::task::spawn_blocking(|| child.wait_with_output())
        .await
        .unwrap()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn program_explains_a_token_and_exits_by_class() {
    let issuer = Issuer::start().await;
    let run = Run::of(&issuer);
    let token = issuer.token().user("ada@example.com");
    let good = program(&run, &["--token", "-"], token.clone().sign().as_bytes()).await;
    let text = String::from_utf8(good.stdout).unwrap();
    assert_eq!(good.status.code(), Some(0), "{text}");
    assert!(good.stderr.is_empty());
    let expired = token.expires_in(-3600).sign();
    let output = program(&run, &["--token", "-", "--json"], expired.as_bytes()).await;
    assert_eq!(output.status.code(), Some(5));
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["outcome"], "failure");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_usage_exits_with_2_and_help_with_0() {
    let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.hunter2";
    for (arguments, input, exit, part) in [
        (&["--token", token][..], &b""[..], 2, "--token FILE"),
        (&["--nonsense"], b"", 2, "--help"),
        (&["--token", "-"], b"", 2, "empty"),
        (&["--token", "-"], b"\xff\xfe", 2, "not text"),
        (&["--token", "no-such-file"], b"", 2, "cannot be opened"),
        (&["--help"], b"", 0, "Exit codes"),
        (&["--version"], b"", 0, "okta-tower-doctor 0."),
        (&[], b"", 3, "OKTA_OAUTH2_ISSUER"),
    ] {
        let output = program(&Run::new(), arguments, input).await;
        let printed = [output.stdout, output.stderr].concat();
        let printed = String::from_utf8(printed).unwrap();
        assert_eq!(output.status.code(), Some(exit), "{printed}");
        assert!(
            printed.contains(part) && !printed.contains("hunter2"),
            "{printed}"
        );
    }
}
