//! A provider that behaves differently from Okta. See `tests/second/README.md`.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    application::{Settings, free_port},
    process::Process,
    tools::{require, skip},
    visitor::Visitor,
};

/// The client ID of the application under test.
pub const CLIENT_ID: &str = "app";

const MOST_TO_START: Duration = Duration::from_secs(60);

/// A running provider. Dropping it kills the process.
#[derive(Debug)]
pub struct SecondProvider {
    process: Process,
    port: u16,
    password: String,
}

impl SecondProvider {
    /// Starts the provider for one application, with this client secret and signing algorithm.
    /// `None` selects the provider's default algorithm.
    ///
    /// If the provider cannot be installed, prints a notice and returns `None`.
    ///
    /// # Panics
    /// If the installed provider does not start. If it is missing and
    /// [`REQUIRE_TOOLS`](crate::tools::REQUIRE_TOOLS) is set.
    pub async fn start(
        secret: &str,
        algorithm: Option<&str>,
        settings: impl FnOnce(&str) -> Settings,
    ) -> Option<(Self, Settings)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("second");
        let python = match install(&folder) {
            Ok(python) => python,
            Err(why) => {
                skip("the second provider", &why);
                return None;
            }
        };
        let port = free_port();
        let settings = settings(&format!("http://127.0.0.1:{port}/oauth2/default"));
        let description = json!({
            "port": port,
            "redirect_uri": settings.redirect_uri(),
            "home": settings.home(),
            "secret": secret,
            "id_token_alg": algorithm,
        });
        let program = folder.join("provider.py");
        let arguments = [
            program.as_os_str().to_owned(),
            description.to_string().into(),
        ];
        let process = Process::start(python, arguments, |_| {});
        let began = Instant::now();
        // One line of the output is JSON.
        let introduction = loop {
            let output = process.output();
            let line = output.lines().find(|line| line.starts_with('{'));
            if let Some(value) = line.and_then(|line| serde_json::from_str::<Value>(line).ok()) {
                break value;
            }
            assert!(
                began.elapsed() < MOST_TO_START,
                "the provider is not ready:\n{output}"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        let password = introduction["password"].as_str().expect("a password");
        let provider = Self {
            process,
            port,
            password: password.to_owned(),
        };
        Some((provider, settings))
    }

    /// Opens a page of the application, submits the provider's forms, and returns the page after
    /// them.
    ///
    /// # Panics
    /// If the sign-in takes another course.
    pub async fn sign_in(
        &self,
        visitor: &Visitor,
        page: &str,
        name: &str,
    ) -> crate::visitor::Answer {
        let form = visitor.open(page).await;
        let form = visitor.fill(&form, &[("login", name)]).await;
        visitor.fill(&form, &[("password", &self.password)]).await
    }

    /// Returns what the provider saw at its token endpoint: `id-token` (its header and claims) or
    /// `basic` (the credentials).
    ///
    /// # Panics
    /// If the provider is down.
    pub async fn seen(&self, what: &str) -> Value {
        let url = format!(
            "http://127.0.0.1:{}/oauth2/default/control/{what}",
            self.port
        );
        get(&url).await["seen"].take()
    }

    /// Returns the published key set.
    ///
    /// # Panics
    /// If the provider is down.
    pub async fn key_set(&self) -> Value {
        get(&format!(
            "http://127.0.0.1:{}/oauth2/default/oauth/jwks.json",
            self.port
        ))
        .await
    }
}

impl Drop for SecondProvider {
    #[expect(clippy::print_stderr, reason = "the output may show why a test failed")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("output of the second provider:\n{}", self.process.output());
        }
    }
}

/// Returns the Python that can run the provider.
fn install(folder: &Path) -> Result<String, String> {
    require(&["python3"])?;
    let output = Command::new(folder.join("install"))
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("tests/second/install: {error}"))?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        return Err(format!("tests/second/install failed: {errors}"));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

async fn get(url: &str) -> Value {
    let client = reqwest::Client::builder().no_proxy().build();
    let answer = client.expect("a plain client").get(url).send().await;
    let text = answer.expect("the provider answers").text().await;
    serde_json::from_str(&text.expect("the provider answers in full")).expect("JSON")
}
