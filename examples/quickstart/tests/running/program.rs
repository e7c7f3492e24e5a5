//! The built program, in a folder of its own and with nothing set but what a test sets.

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

/// The program with these variables, and with port 0 unless they say otherwise.
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
    /// With a file `.env` in its folder.
    pub(crate) fn env_file(self, text: &str) -> Self {
        fs::write(self.folder.join(".env"), text).unwrap();
        self
    }

    /// Runs it until it has said where it is.
    pub(crate) fn start(self) -> Running {
        // Nobody reads its log: a pipe would be full one day.
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
            .unwrap_or_else(|| panic!("it did not start: {printed:?}"))
            .to_owned();
        Running {
            program,
            url,
            printed,
        }
    }

    /// Runs it to its end: how it ended, and what it said to standard error.
    pub(crate) fn fail(self) -> (ExitStatus, String) {
        let mut program = self.spawn(Stdio::piped());
        let status = program.wait();
        let mut said = String::new();
        program
            .child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut said)
            .unwrap();
        (status, said)
    }

    fn spawn(mut self, stderr: Stdio) -> Program {
        let child = self.command.stderr(stderr).spawn().unwrap();
        Program {
            child,
            folder: self.folder,
        }
    }
}

/// Ends with its handle.
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
            assert!(Instant::now() < deadline, "it did not end by itself");
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

    /// Sends a signal and waits for the end.
    #[cfg(unix)]
    pub(crate) fn stop(mut self, signal: &str) -> ExitStatus {
        let id = self.program.child.id().to_string();
        let sent = Command::new("kill")
            .args(["-s", signal, &id])
            .status()
            .unwrap();
        assert!(sent.success());
        self.program.wait()
    }
}
