//! Starts the built program in a new folder, with only the variables that a test sets.

use std::{
    env, fs,
    io::{BufRead, BufReader, Read},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Setup {
    command: Command,
    folder: PathBuf,
}

/// Prepares the program with these variables, on a free port by default.
pub(crate) fn with(variables: &[(&str, &str)]) -> Setup {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("quickstart-{}-{count}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();

    let mut command = Command::new(env!("CARGO_BIN_EXE_quickstart"));
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("OKTA_") || name.starts_with("QUICKSTART_") || name == "RUST_LOG" {
            command.env_remove(&*name);
        }
    }
    command
        .current_dir(&folder)
        .env("QUICKSTART_ADDR", "127.0.0.1:0")
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    Setup { command, folder }
}

impl Setup {
    /// Adds a file `.env` to the program's folder.
    pub(crate) fn env_file(self, text: &str) -> Self {
        fs::write(self.folder.join(".env"), text).unwrap();
        self
    }

    /// Starts the program and waits until it has printed its greeting.
    pub(crate) fn start(self) -> Running {
        // Nothing reads the log. A full pipe would block the program.
        let mut program = self.spawn(Stdio::null());
        let mut lines = BufReader::new(program.child.stdout.take().unwrap()).lines();
        let mut printed = Vec::new();
        for line in &mut lines {
            let line = line.unwrap();
            let is_last = line.starts_with("Ctrl-C");
            printed.push(line);
            if is_last {
                break;
            }
        }
        let url = printed
            .iter()
            .find_map(|line| line.strip_prefix("Listening on "));
        let url = url
            .unwrap_or_else(|| panic!("the program did not start: {printed:?}"))
            .to_owned();
        Running {
            program,
            url,
            printed,
        }
    }

    /// Runs the program to its end, and returns its exit status and error output.
    pub(crate) fn fail(self) -> (ExitStatus, String) {
        let mut program = self.spawn(Stdio::piped());
        let status = program.wait();
        let mut errors = String::new();
        program
            .child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut errors)
            .unwrap();
        (status, errors)
    }

    fn spawn(mut self, stderr: Stdio) -> Program {
        let child = self.command.stderr(stderr).spawn().unwrap();
        Program {
            child,
            folder: self.folder,
        }
    }
}

/// Dropping it kills the process.
struct Program {
    child: Child,
    folder: PathBuf,
}

impl Program {
    fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "the program did not end");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

pub(crate) struct Running {
    program: Program,
    /// `http://host:port`
    pub(crate) url: String,
    pub(crate) printed: Vec<String>,
}

impl Running {
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// Sends a signal and waits until the program ends.
    #[cfg(unix)]
    pub(crate) fn stop(mut self, signal: &str) -> ExitStatus {
        let id = self.program.child.id().to_string();
        assert!(scaffold::tools::signal(signal, &id));
        self.program.wait()
    }
}
