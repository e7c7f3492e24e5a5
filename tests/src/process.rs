//! Programs that tests start: they end with the test, however it ends.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

/// More than this of what a program says is not kept.
const MOST_KEPT: usize = 256 * 1024;

/// Starts the program, tells its id, and kills it as soon as standard input closes: when the test closes it, and when
/// the test's process is gone.
const LEASH: &str = r#"
exec 3<&0
"$@" </dev/null 3<&- &
child=$!
echo "$child"
read -r _ <&3
kill -KILL "$child" 2>/dev/null
wait "$child" 2>/dev/null
"#;

/// A running program. It is killed when this is dropped.
#[derive(Debug)]
pub struct Process {
    shell: Child,
    id: String,
    said: Said,
}

/// What a program has said on its standard output and standard error. A clone is another handle on the same.
#[derive(Clone, Debug, Default)]
pub struct Said(Arc<Mutex<String>>);

impl Process {
    /// Starts a program in an environment and a folder that `prepare` sets.
    ///
    /// # Panics
    /// Where there is no shell. A program that does not exist says so in [`said`](Self::said).
    #[must_use]
    pub fn start(
        program: impl AsRef<OsStr>,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
        prepare: impl FnOnce(&mut Command),
    ) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", LEASH, "sh"]).arg(program);
        command.args(arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        prepare(&mut command);
        let mut shell = command.spawn().expect("a shell");
        let said = Said::default();
        said.collect(shell.stderr.take().expect("piped above"));
        let mut output = BufReader::new(shell.stdout.take().expect("piped above"));
        let mut id = String::new();
        output.read_line(&mut id).expect("the id of a process");
        said.collect(output);
        Self {
            shell,
            id: id.trim().to_owned(),
            said,
        }
    }

    /// What it has said so far.
    #[must_use]
    pub fn said(&self) -> String {
        self.said.text()
    }

    /// Stops it where it stands: it answers nobody, and keeps its connections.
    ///
    /// # Panics
    /// Where it is gone.
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on after [`pause`](Self::pause).
    ///
    /// # Panics
    /// Where it is gone.
    pub fn resume(&self) {
        self.signal("-CONT");
    }

    /// Kills it, and comes back when it is dead.
    pub fn kill(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.id]).status();
        assert!(sent.is_ok_and(|status| status.success()), "{signal}");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Said {
    /// Reads on in a thread, so that the program never waits for somebody to listen.
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

    /// All that was kept.
    #[must_use]
    pub fn text(&self) -> String {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_running(id: &str) -> bool {
        let mut asked = Command::new("kill");
        asked.args(["-0", id]).stderr(Stdio::null());
        asked.status().is_ok_and(|status| status.success())
    }

    #[test]
    fn a_program_ends_with_its_handle_even_while_it_is_paused() {
        let sleeping = Process::start("sleep", ["600"], |_| {});
        let id = sleeping.id.clone();
        assert!(is_running(&id));
        sleeping.pause();
        drop(sleeping);
        assert!(!is_running(&id));
    }
}
