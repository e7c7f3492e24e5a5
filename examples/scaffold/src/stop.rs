//! Requests to stop: Ctrl-C, and the SIGTERM of process supervisors.

use std::{
    io,
    pin::{Pin, pin},
};

use tokio::sync::oneshot;

use crate::GRACE;

/// Listens for a request to stop. Signals that arrive after its creation are not lost and do not
/// kill the process.
#[cfg(unix)]
#[derive(Debug)]
pub struct StopRequest {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl StopRequest {
    /// Starts to listen.
    ///
    /// # Errors
    /// If the operating system cannot register the signal handlers.
    pub fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for a request to stop.
    pub async fn come(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Listens for a request to stop.
#[cfg(windows)]
#[derive(Debug)]
pub struct StopRequest(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl StopRequest {
    /// Starts to listen.
    ///
    /// # Errors
    /// If the operating system cannot register the signal handlers.
    pub fn listen() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    /// Waits for a request to stop.
    pub async fn come(mut self) {
        self.0.recv().await;
    }
}

/// A future that is ready when a server is asked to stop.
pub type Asked = Pin<Box<dyn Future<Output = ()> + Send>>;

impl StopRequest {
    /// Runs a server until a request to stop, then waits up to [`GRACE`] for requests in progress.
    ///
    /// The limit exists because a stream that never ends must not keep the program alive.
    ///
    /// # Errors
    /// The error that the server ends with.
    pub async fn serve<F, E>(self, server: impl FnOnce(Asked) -> F) -> Result<(), E>
    where
        F: Future<Output = Result<(), E>>,
    {
        let (ask, asked) = oneshot::channel::<()>();
        let mut server = pin!(server(Box::pin(async move {
            let _ = asked.await;
        })));
        tokio::select! {
            ended = &mut server => return ended,
            () = self.come() => {}
        }
        let _ = ask.send(());
        tokio::time::timeout(GRACE, server).await.unwrap_or(Ok(()))
    }
}
