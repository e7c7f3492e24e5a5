//! Programs that tests start. They end with the test, however it ends.

use std::{
    ffi::OsStr,
    fs,
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use crate::tools::{self, SHELL};

/// The longest output to keep.
const MOST_KEPT: usize = 256 * 1024;

/// Prints the program's process ID, then starts the program, and kills it when standard input
/// closes: when the test closes it, and when the test's process ends.
const LEASH: &str = r#"
exec 3<&0
/bin/sh -c 'echo "$$"; exec "$@"' sh "$@" </dev/null 3<&- &
child=$!
read -r _ <&3
kill -KILL "$child" 2>/dev/null
wait "$child" 2>/dev/null
"#;

/// A running program. Dropping it kills the process.
#[derive(Debug)]
pub struct Process {
    shell: Child,
    id: String,
    output: CapturedOutput,
}

/// The output of a program, from standard output and standard error. Clones share the text.
#[derive(Clone, Debug, Default)]
pub struct CapturedOutput(Arc<Mutex<String>>);

impl Process {
    /// Starts a program. `prepare` sets its environment and folder.
    ///
    /// # Panics
    /// If there is no shell. If the program does not exist, [`output`](Self::output) says so.
    #[must_use]
    pub fn start(
        program: impl AsRef<OsStr>,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
        prepare: impl FnOnce(&mut Command),
    ) -> Self {
        let mut command = Command::new(SHELL);
        command.args(["-c", LEASH, "sh"]).arg(program);
        command.args(arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        prepare(&mut command);
        let mut shell = command.spawn().expect("a shell");
        let output = CapturedOutput::default();
        output.collect(shell.stderr.take().expect("piped above"));
        let mut stdout = BufReader::new(shell.stdout.take().expect("piped above"));
        let mut id = String::new();
        stdout.read_line(&mut id).expect("the id of a process");
        output.collect(stdout);
        Self {
            shell,
            id: id.trim().to_owned(),
            output,
        }
    }

    /// Returns the output so far.
    #[must_use]
    pub fn output(&self) -> String {
        self.output.text()
    }

    /// Returns the process ID.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Ends the process by `SIGTERM`, or kills it after this time. Returns whether the process
    /// exited by itself with status 0.
    #[must_use]
    pub fn stop(&mut self, patience: Duration) -> bool {
        let began = Instant::now();
        let is_signaled = tools::signal("TERM", &self.id);
        while is_signaled && self.is_running() && began.elapsed() < patience {
            thread::sleep(Duration::from_millis(20));
        }
        drop(self.shell.stdin.take());
        // The shell ends with the status of the program.
        self.shell.wait().is_ok_and(|status| status.success())
    }

    /// Returns whether the process has not ended. The shell collects its status later.
    fn is_running(&self) -> bool {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id));
        status.is_ok_and(|status| !status.contains("State:\tZ"))
    }

    /// Pauses the process. It stops responding but keeps its connections.
    ///
    /// # Panics
    /// If the process has ended.
    pub fn pause(&self) {
        self.signal("STOP");
    }

    /// Continues the process after [`pause`](Self::pause).
    ///
    /// # Panics
    /// If the process has ended.
    pub fn resume(&self) {
        self.signal("CONT");
    }

    /// Kills the process and waits for its end.
    pub fn kill(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }

    fn signal(&self, signal: &str) {
        assert!(tools::signal(signal, &self.id), "{signal}");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

impl CapturedOutput {
    /// Reads in a thread, so that the program never blocks on a full pipe.
    pub fn collect(&self, mut from: impl Read + Send + 'static) {
        let kept = self.clone();
        thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(count @ 1..) = from.read(&mut piece) {
                let mut kept = kept.0.lock().unwrap_or_else(PoisonError::into_inner);
                if kept.len() < MOST_KEPT {
                    kept.push_str(&String::from_utf8_lossy(&piece[..count]));
                }
            }
        });
    }

    /// Returns the kept text.
    #[must_use]
    pub fn text(&self) -> String {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropping_a_paused_program_ends_it() {
        let sleeping = Process::start("sleep", ["600"], |_| {});
        let id = sleeping.id.clone();
        assert!(tools::signal("0", &id));
        sleeping.pause();
        drop(sleeping);
        assert!(!tools::signal("0", &id));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn stop_reports_whether_the_program_exited_cleanly() {
        let shell = |script| Process::start(SHELL, ["-c", script], |_| {});
        let patience = Duration::from_secs(10);
        // `echo` shows that the trap is set.
        let ready = |process: &Process| {
            while !process.output().contains("ready") {
                thread::sleep(Duration::from_millis(5));
            }
        };
        let mut clean = shell("trap 'exit 0' TERM; echo ready; while :; do sleep 0.01; done");
        ready(&clean);
        assert!(clean.stop(patience));
        let mut unclean = shell("trap 'exit 3' TERM; echo ready; while :; do sleep 0.01; done");
        ready(&unclean);
        assert!(!unclean.stop(patience));
        let mut deaf = shell("trap '' TERM; echo ready; while :; do sleep 0.01; done");
        ready(&deaf);
        assert!(!deaf.stop(Duration::from_millis(50)));
    }
}
