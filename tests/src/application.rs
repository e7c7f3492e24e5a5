//! The quickstart as a process, with sign-in at a provider.

use std::{
    env,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::process::Process;

/// Names a program to use in place of the quickstart, with the same variables and routes.
pub const APPLICATION: &str = "OKTA_TOWER_APPLICATION";

const CALLBACK: &str = "/authorization-code/callback";
const MOST_TO_START: Duration = Duration::from_secs(30);
const MOST_TO_SAY: Duration = Duration::from_secs(10);

/// A running application. Dropping it kills the process.
#[derive(Debug)]
pub struct Application {
    process: Process,
    settings: Settings,
}

/// The settings of an application.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The origin for browsers, which may differ from the address.
    origin: String,
    /// The page after a sign-out.
    home: String,
    port: u16,
    variables: Vec<(String, String)>,
}

impl Settings {
    /// Returns settings for a free port of `localhost`, which browsers also use.
    #[must_use]
    pub fn new(issuer: &str, (client_id, client_secret): (&str, &str)) -> Self {
        let port = free_port();
        let settings = Self {
            origin: String::new(),
            home: String::new(),
            port,
            variables: Vec::new(),
        };
        settings
            .variable("OKTA_OAUTH2_ISSUER", issuer)
            .variable("OKTA_OAUTH2_CLIENT_ID", client_id)
            .variable("OKTA_OAUTH2_CLIENT_SECRET", client_secret)
            .variable("OKTA_TESTING_DISABLE_HTTPS_CHECK", "true")
            .variable("QUICKSTART_ADDR", &format!("localhost:{port}"))
            .found_at(&format!("http://localhost:{port}"))
    }

    /// Sets a variable of the process.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.retain(|(set, _)| set != name);
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the origin for browsers, if a proxy forwards requests to the application.
    #[must_use]
    pub fn found_at(mut self, origin: &str) -> Self {
        origin.clone_into(&mut self.origin);
        let redirect_uri = self.redirect_uri();
        self.variable("OKTA_OAUTH2_REDIRECT_URI", &redirect_uri)
            .leaving_to(&format!("{origin}/"))
    }

    /// Sets the URI to which users return after signing out.
    #[must_use]
    pub fn leaving_to(mut self, home: &str) -> Self {
        home.clone_into(&mut self.home);
        self.variable("OKTA_OAUTH2_POST_LOGOUT_REDIRECT_URI", home)
    }

    /// Returns the redirect URI to register at the provider.
    #[must_use]
    pub fn redirect_uri(&self) -> String {
        format!("{}{CALLBACK}", self.origin)
    }

    /// Returns the URI to which users return after signing out.
    #[must_use]
    pub fn home(&self) -> String {
        self.home.clone()
    }

    /// Starts the application and waits until it is ready.
    ///
    /// # Panics
    /// If the application cannot be built or does not become ready.
    pub async fn start(self) -> Application {
        let program = PROGRAM.as_ref().unwrap_or_else(|why| panic!("{why}"));
        let process = Process::start(program, None::<&str>, |command| {
            for (name, _) in env::vars_os() {
                let name = name.to_string_lossy();
                if name.starts_with("OKTA_") || name.starts_with("QUICKSTART_") {
                    command.env_remove(&*name);
                }
            }
            command.envs(self.variables.iter().map(|(name, value)| (name, value)));
            // A folder without a file `.env`.
            command.current_dir(env::temp_dir());
        });
        let application = Application {
            process,
            settings: self,
        };
        application.wait_until_ready().await;
        application
    }
}

impl Application {
    /// Returns the origin for browsers, without a slash at the end.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.settings.origin
    }

    /// Returns the port that the application listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.settings.port
    }

    /// Returns the output of the process so far, from standard output and standard error.
    #[must_use]
    pub fn output(&self) -> String {
        self.process.output()
    }

    /// Waits until the output contains this text. Another thread reads the output a moment later.
    ///
    /// # Panics
    /// If the text does not appear within ten seconds.
    pub async fn wait_for_output(&self, what: &str) {
        let began = Instant::now();
        while !self.output().contains(what) {
            let output = self.output();
            assert!(began.elapsed() < MOST_TO_SAY, "no {what:?} in:\n{output}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Returns the process ID.
    #[must_use]
    pub fn process_id(&self) -> &str {
        self.process.id()
    }

    /// Ends the process by `SIGTERM`, or kills it after this time. Returns whether the process
    /// exited by itself with status 0.
    #[must_use]
    pub fn stop(&mut self, patience: Duration) -> bool {
        self.process.stop(patience)
    }

    /// Kills the process and waits for its end.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Kills the process and starts it again on the same port, with one variable changed.
    ///
    /// # Panics
    /// If the application does not become ready.
    pub async fn restart_with(&mut self, name: &str, value: &str) {
        self.kill();
        let settings = self.settings.clone().variable(name, value);
        *self = settings.start().await;
    }

    async fn wait_until_ready(&self) {
        let client = reqwest::Client::builder().no_proxy().build();
        let client = client.expect("a plain client");
        let url = format!("http://localhost:{}/health/ready", self.port());
        let began = Instant::now();
        loop {
            let answer = client.get(&url).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            assert!(
                began.elapsed() < MOST_TO_START,
                "the application is not ready; its output:\n{}",
                self.output()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Application {
    #[expect(clippy::print_stderr, reason = "the output may show why a test failed")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("output of the application:\n{}", self.output());
        }
    }
}

/// Returns a port that is free at this moment.
///
/// # Panics
/// If there is none.
#[must_use]
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("it is bound").port()
}

/// The quickstart, built once per process, because an existing binary may be older than the code
/// under test.
static PROGRAM: LazyLock<Result<PathBuf, String>> = LazyLock::new(|| {
    if let Some(program) = env::var_os(APPLICATION) {
        return Ok(program.into());
    }
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--locked", "--quiet", "--package", "quickstart"])
        .args(["--message-format", "json"])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .output()
        .map_err(|error| format!("cargo: {error}"))?;
    let messages = String::from_utf8_lossy(&output.stdout);
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message.pointer("/target/name") == Some(&"quickstart".into()))
        .find_map(|message| Some(message.get("executable")?.as_str()?.into()))
        .ok_or_else(|| {
            let errors = String::from_utf8_lossy(&output.stderr);
            format!("the quickstart was not built: {errors}")
        })
});
