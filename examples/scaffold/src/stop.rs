//! Being asked to stop: Ctrl-C, and SIGTERM as process supervisors send it.

use std::{
    io,
    pin::{Pin, pin},
};

use tokio::sync::oneshot;

use crate::GRACE;

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

/// Ready when a server is to stop.
pub type Asked = Pin<Box<dyn Future<Output = ()> + Send>>;

impl StopRequest {
    /// Runs a server, tells it when it is asked to stop, and waits for requests that are under way, ten seconds at the most:
    /// a stream that never ends must not keep the program alive.
    ///
    /// # Errors
    /// What the server ends with.
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
