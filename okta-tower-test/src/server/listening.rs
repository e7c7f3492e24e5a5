//! The port: reserved while the server listens, and while it simulates an outage.

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc};

use tokio::{
    net::{TcpListener, TcpSocket},
    sync::oneshot,
    task::JoinHandle,
};

use super::connection;
use crate::state::IssuerState;

/// A running server. Dropping it stops the server.
#[derive(Debug)]
pub(crate) struct Listening {
    task: JoinHandle<()>,
    /// Never carries a value: dropping the sender stops the server.
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

    /// Stops the server. The port and all connections are closed on return.
    pub(crate) async fn stop(mut self) {
        self.stop = None;
        // The task fails only if it was aborted, which also stops the server.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Binds the port without listening: connections are refused, and the port stays reserved.
pub(crate) fn reserve(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = socket(address)?;
    socket.bind(address)?;
    // Set after binding, so that only `reserve_beside` can bind the port as well.
    #[cfg(unix)]
    socket.set_reuseport(true)?;
    Ok(socket)
}

/// Binds the port of a running server that is about to stop.
///
/// The port is thus never free: an outgoing connection of another process cannot take it.
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
    // On Unix, recently closed connections otherwise block the port for a minute. On Windows, the
    // option would let two processes share the port.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    Ok(socket)
}

pub(crate) fn listen(socket: TcpSocket) -> io::Result<TcpListener> {
    socket.listen(1024)
}
