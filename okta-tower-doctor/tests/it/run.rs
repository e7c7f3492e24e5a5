//! Runs the command in this process.

use std::{
    ffi::OsString,
    fs,
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};

use okta_tower_doctor::{Output, Process};
use okta_tower_test::Issuer;
use serde_json::Value;

pub(crate) const CLIENT: (&str, &str) = ("0oaDoctor", "s3cret-of-the-client");

/// A run with its settings.
#[derive(Clone)]
pub(crate) struct Run {
    variables: Vec<(String, String)>,
    arguments: Vec<String>,
    input: String,
}

impl Run {
    /// Without any setting.
    pub(crate) fn new() -> Self {
        Self {
            variables: Vec::new(),
            arguments: Vec::new(),
            input: String::new(),
        }
    }

    /// With the settings for a test issuer.
    pub(crate) fn of(issuer: &Issuer) -> Self {
        Self::at(issuer.url())
    }

    pub(crate) fn at(issuer: &str) -> Self {
        Self::new()
            .set("OKTA_OAUTH2_ISSUER", issuer)
            .set("OKTA_TESTING_DISABLE_HTTPS_CHECK", "true")
    }

    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.retain(|(other, _)| other != name);
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn client(self) -> Self {
        self.set("OKTA_OAUTH2_CLIENT_ID", CLIENT.0)
            .set("OKTA_OAUTH2_CLIENT_SECRET", CLIENT.1)
    }

    pub(crate) fn arguments(mut self, arguments: &[&str]) -> Self {
        self.arguments
            .extend(arguments.iter().map(ToString::to_string));
        self
    }

    /// Passes a token on standard input.
    pub(crate) fn token(mut self, token: &str) -> Self {
        self.input = token.to_owned();
        self.arguments(&["--token", "-"])
    }

    pub(crate) fn variables(&self) -> &[(String, String)] {
        &self.variables
    }

    pub(crate) async fn output(&self) -> Output {
        let variables = |name: &str| {
            let found = self.variables.iter().find(|(other, _)| other == name);
            found.map(|(_, value)| OsString::from(value))
        };
        let mut stdin = self.input.as_bytes();
        let process = Process {
            variables: &variables,
            stdin: &mut stdin,
        };
        okta_tower_doctor::run(&self.arguments, process).await
    }

    /// Runs twice, as text and as JSON, which must agree.
    pub(crate) async fn found(self) -> Found {
        let text = self.output().await;
        let json = self.arguments(&["--json"]).output().await;
        assert_eq!(text.exit, json.exit, "{}", text.stdout);
        assert_eq!((&*text.stderr, &*json.stderr), ("", ""));
        let document: Value = serde_json::from_str(&json.stdout).unwrap();
        assert_eq!(document["exit_code"], text.exit.code());
        for finding in document["findings"].as_array().unwrap() {
            for member in ["outcome", "check", "message", "reason", "remedy"] {
                let value = finding[member].as_str().unwrap_or_default();
                // Keys of the test issuer may change what a message says between the two runs.
                assert!(
                    member == "message" || text.stdout.contains(value),
                    "{value}"
                );
            }
            let needs_remedy = finding["outcome"] != "ok";
            assert!(
                !needs_remedy || finding["remedy"].is_string(),
                "no remedy: {finding:#}"
            );
        }
        Found {
            text: text.stdout,
            exit: text.exit.code(),
            document,
        }
    }
}

/// What a run found.
pub(crate) struct Found {
    pub(crate) text: String,
    pub(crate) exit: u8,
    document: Value,
}

impl Found {
    /// Returns the only finding of a check that is not `ok`: outcome, reason, and all of its text.
    pub(crate) fn problem(&self, check: &str) -> (String, String, String) {
        let all = self.document["findings"].as_array().unwrap();
        let mut of_check = all
            .iter()
            .filter(|found| found["check"] == check && found["outcome"] != "ok");
        let found = of_check
            .next()
            .unwrap_or_else(|| panic!("no {check}: {}", self.text));
        let text = |name: &str| found[name].as_str().unwrap_or_default().to_owned();
        let words = format!("{} {}", text("message"), text("remedy"));
        (text("outcome"), text("reason"), words)
    }

    /// Whether the check has a finding, and each is `ok`.
    pub(crate) fn is_ok(&self, check: &str) -> bool {
        let all = self.document["findings"].as_array().unwrap();
        let of_check: Vec<&Value> = all.iter().filter(|found| found["check"] == check).collect();
        !of_check.is_empty() && of_check.iter().all(|found| found["outcome"] == "ok")
    }
}

/// A file that ends with this value.
pub(crate) struct File(PathBuf);

impl File {
    pub(crate) fn new(text: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("okta-tower-doctor-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::write(&path, text).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
