//! Being asked to stop: Ctrl-C, and SIGTERM as process supervisors send it.

use std::io;

/// Notices the request from the moment that this exists, so that none is missed or ends the program the hard way.
#[cfg(unix)]
#[derive(Debug)]
pub struct StopRequest {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl StopRequest {
    /// Begins to notice it.
    ///
    /// # Errors
    /// Where the operating system has no room for it.
    pub fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for it.
    pub async fn come(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Notices the request from the moment that this exists.
#[cfg(windows)]
#[derive(Debug)]
pub struct StopRequest(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl StopRequest {
    /// Begins to notice it.
    ///
    /// # Errors
    /// Where the operating system has no room for it.
    pub fn listen() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    /// Waits for it.
    pub async fn come(mut self) {
        self.0.recv().await;
    }
}
