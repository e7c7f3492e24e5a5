//! The processor time of a server, without that of other processes.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A thread, or the threads of a process.
pub(crate) struct Tasks(PathBuf);

impl Tasks {
    /// Returns the calling thread.
    pub(super) fn this_thread() -> Self {
        Self(fs::canonicalize("/proc/thread-self").expect("an entry for this thread"))
    }

    pub(super) fn of_process(id: u32) -> Self {
        Self(PathBuf::from(format!("/proc/{id}/task")))
    }

    /// Returns the processor time so far in nanoseconds.
    pub(super) fn nanoseconds(&self) -> f64 {
        if let Some(own) = time_of(&self.0) {
            return own;
        }
        let threads = fs::read_dir(&self.0).expect("a running process").flatten();
        threads.filter_map(|thread| time_of(&thread.path())).sum()
    }
}

fn time_of(task: &Path) -> Option<f64> {
    let text = fs::read_to_string(task.join("schedstat")).ok()?;
    text.split(' ').next()?.parse().ok()
}
