//! The issuer's port, open or closed.

use std::{net::SocketAddr, sync::Arc};

use tokio::{
    net::{TcpListener, TcpSocket},
    sync::Mutex,
};

use crate::{
    server::listening::{self, Listening},
    state::IssuerState,
};

#[derive(Debug)]
pub(super) struct Port {
    /// An asynchronous lock, because closing waits for the connections to end. Requests do not lock
    /// it.
    state: Mutex<PortState>,
}

#[derive(Debug)]
enum PortState {
    Open(Listening),
    /// Reserved. Connections are refused.
    Closed(TcpSocket),
    /// Closing or reopening has panicked.
    Lost,
}

impl Port {
    pub(super) fn open(listener: TcpListener, state: Arc<IssuerState>) -> Self {
        Self {
            state: Mutex::new(PortState::Open(Listening::start(listener, state))),
        }
    }

    pub(super) async fn close(&self, address: SocketAddr) {
        let mut port = self.state.lock().await;
        *port = match std::mem::replace(&mut *port, PortState::Lost) {
            PortState::Open(listening) => {
                #[cfg(unix)]
                let socket = listening::reserve_beside(address);
                listening.stop().await;
                #[cfg(not(unix))]
                let socket = listening::reserve(address);
                PortState::Closed(socket.expect("another process took the port of the test issuer"))
            }
            other => other,
        };
    }

    pub(super) async fn reopen(&self, state: &Arc<IssuerState>) {
        let mut port = self.state.lock().await;
        *port = match std::mem::replace(&mut *port, PortState::Lost) {
            PortState::Closed(socket) => {
                let listener = listening::listen(socket)
                    .expect("another process listens on the port of the test issuer");
                PortState::Open(Listening::start(listener, Arc::clone(state)))
            }
            other => other,
        };
    }
}
