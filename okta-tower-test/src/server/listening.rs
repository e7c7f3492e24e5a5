//! The port: held while the server listens, and also while it pretends to be down.

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc};

use tokio::{
    net::{TcpListener, TcpSocket},
    sync::oneshot,
    task::JoinHandle,
};

use super::connection;
use crate::state::IssuerState;

/// A server that runs. Dropping this ends it.
#[derive(Debug)]
pub(crate) struct Listening {
    task: JoinHandle<()>,
    /// Nothing is ever sent: letting go of it is the signal.
    stop: Option<oneshot::Sender<Infallible>>,
}

impl Listening {
    pub(crate) fn start(listener: TcpListener, state: Arc<IssuerState>) -> Self {
        let (stop, stopped) = oneshot::channel();
        Self {
            task: tokio::spawn(connection::serve(listener, state, stopped)),
            stop: Some(stop),
        }
    }

    /// Ends the server, and returns when the port and all connections are closed.
    pub(crate) async fn stop(mut self) {
        self.stop = None;
        // The task can only fail by being aborted, which is another way to be stopped.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Takes the port without listening on it: connections are refused, and nobody else gets it.
pub(crate) fn reserve(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = socket(address)?;
    socket.bind(address)?;
    // Said once the port is ours: from then on it can be shared with whoever asked to share it before, which only
    // `reserve_beside` does.
    #[cfg(unix)]
    socket.set_reuseport(true)?;
    Ok(socket)
}

/// Takes the port of a server of ours that is about to stop, which so never is anybody's: a connection that another
/// program opens at that moment could get it otherwise.
#[cfg(unix)]
pub(crate) fn reserve_beside(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = socket(address)?;
    socket.set_reuseport(true)?;
    socket.bind(address)?;
    Ok(socket)
}

fn socket(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    // On Unix, connections that have just been closed would otherwise keep the port for a minute. On Windows the
    // option would let two programs share it.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    Ok(socket)
}

pub(crate) fn listen(socket: TcpSocket) -> io::Result<TcpListener> {
    socket.listen(1024)
}
