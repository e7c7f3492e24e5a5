//! Starts an example as a process with only the variables of the test, for tests.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use okta_tower_test::Issuer;

use crate::{CLIENT_ID, CLIENT_SECRET, client, tools, world::PATIENCE};

/// A running example. Dropping the handle kills the process.
#[derive(Debug)]
pub struct Started {
    child: Child,
    folder: PathBuf,
    printed: Vec<String>,
}

/// A command that the example printed.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Attempt<'a> {
    /// The expected result.
    pub expected: &'a str,
    /// The command as printed.
    pub command: &'a str,
}

impl<'a> Attempt<'a> {
    /// Returns the value of the `Authorization` header.
    ///
    /// # Panics
    /// If the command has no such header.
    #[must_use]
    pub fn authorization(&self) -> &'a str {
        let (_, rest) = self.command.split_once("Authorization: ").expect("a token");
        rest.split('\'').next().unwrap_or_default()
    }
}

impl Started {
    /// Starts a program with these variables, in a new folder below `folder`, on a free port.
    ///
    /// Returns after the program printed its greeting.
    ///
    /// # Panics
    /// If the program does not start.
    #[must_use]
    pub fn start(program: &str, folder: &str, variables: &[(&str, &str)]) -> Self {
        Self::start_with_files(program, folder, variables, &[])
    }

    /// Starts a program with files in its folder: names and contents.
    ///
    /// # Panics
    /// If the program does not start.
    #[must_use]
    pub fn start_with_files(
        program: &str,
        folder: &str,
        variables: &[(&str, &str)],
        files: &[(&str, &str)],
    ) -> Self {
        let folder = new_folder(folder);
        for (name, content) in files {
            fs::write(folder.join(name), content).expect("a file");
        }
        let mut child = command(program, &folder, variables)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            // Nothing reads the log. A full pipe would block the program.
            .stderr(Stdio::null())
            .spawn()
            .expect("a program");
        let output = child.stdout.take().expect("a pipe");
        let mut printed = Vec::new();
        for line in BufReader::new(output).lines() {
            let line = line.expect("text");
            let is_last = line.starts_with("Ctrl-C");
            printed.push(line);
            if is_last {
                break;
            }
        }
        Self {
            child,
            folder,
            printed,
        }
    }

    /// Returns the error output of a program that must not start with these variables.
    ///
    /// # Panics
    /// If the program succeeds.
    #[must_use]
    pub fn refusal(program: &str, folder: &str, variables: &[(&str, &str)]) -> String {
        let folder = new_folder(folder);
        let ended = command(program, &folder, variables).output();
        let _ = fs::remove_dir_all(&folder);
        let ended = ended.expect("a program");
        assert!(!ended.status.success(), "the program succeeded");
        String::from_utf8_lossy(&ended.stderr).into_owned()
    }

    /// Checks that a program with its built-in test issuer does not start on an address that other
    /// machines can reach. `variable` sets the address.
    ///
    /// # Panics
    /// If the program starts, or fails for another reason.
    pub fn assert_private(program: &str, folder: &str, variable: &str) {
        for address in ["0.0.0.0:0", "[::]:0"] {
            let error = Self::refusal(program, folder, &[(variable, address)]);
            let expected = format!("{variable}={address} can be reached from other machines");
            assert!(error.contains(&expected), "{error}");
            assert!(!error.contains("Bearer"), "{error}");
        }
    }

    /// Starts a program that signs users in at this issuer. `callback` is the path of its redirect
    /// URI.
    ///
    /// # Panics
    /// If the program does not start.
    #[must_use]
    pub fn at(
        issuer: &Issuer,
        program: &str,
        folder: &str,
        callback: &str,
        variables: &[(&str, &str)],
    ) -> Self {
        let mut all = vec![
            ("EXAMPLE_ADDR", "localhost:0"),
            ("OKTA_OAUTH2_ISSUER", issuer.url()),
            ("OKTA_OAUTH2_CLIENT_ID", CLIENT_ID),
            ("OKTA_OAUTH2_CLIENT_SECRET", CLIENT_SECRET),
            // The issuer speaks plain HTTP on this machine.
            ("OKTA_TESTING_DISABLEHTTPSCHECK", "true"),
        ];
        all.extend_from_slice(variables);
        let started = Self::start(program, folder, &all);
        let url = started.url();
        issuer.register(client(&format!("{url}{callback}"), url));
        started
    }

    /// Returns `http://host:port`.
    ///
    /// # Panics
    /// If the program did not print its address.
    #[must_use]
    pub fn url(&self) -> &str {
        self.line("Listening on ")
    }

    /// Returns the rest of the printed line with this beginning.
    ///
    /// # Panics
    /// If no line has this beginning.
    #[must_use]
    pub fn line(&self, beginning: &str) -> &str {
        let mut lines = self.printed.iter();
        let rest = lines.find_map(|line| line.strip_prefix(beginning));
        rest.unwrap_or_else(|| panic!("no line begins with {beginning}"))
    }

    /// Returns the printed commands with their expected results.
    pub fn attempts(&self) -> impl Iterator<Item = Attempt<'_>> {
        self.printed.windows(2).filter_map(|lines| {
            let announced = lines[0].strip_prefix("# -> ")?;
            Some(Attempt {
                expected: announced.split(' ').next()?,
                command: &lines[1],
            })
        })
    }

    /// Sends the signal `INT` or `TERM` and waits until the process ends.
    ///
    /// # Panics
    /// If the process does not end.
    #[cfg(unix)]
    #[must_use]
    pub fn stop(mut self, signal: &str) -> ExitStatus {
        let id = self.child.id().to_string();
        assert!(tools::signal(signal, &id), "{signal}");
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("its state") {
                return status;
            }
            assert!(Instant::now() < deadline, "the process is still running");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Creates a folder that no other test uses.
fn new_folder(below: &str) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = PathBuf::from(below).join(format!("example-{}-{count}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// Returns the program with these variables, on a free port by default, without settings from the
/// environment.
fn command(program: &str, folder: &Path, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(program);
    let settings = [
        "OKTA_",
        "OIDC_",
        "EXAMPLE_",
        "RUST_LOG",
        "REDIS_URL",
        "FRONTEND_URL",
        "BACKEND_URL",
    ];
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if settings.iter().any(|start| text.starts_with(start)) {
            command.env_remove(&name);
        }
    }
    command
        .current_dir(folder)
        .env("EXAMPLE_ADDR", "127.0.0.1:0")
        .envs(variables.iter().copied());
    command
}
