//! The issuer's port, open or closed.

use std::{net::SocketAddr, sync::Arc};

use tokio::{
    net::{TcpListener, TcpSocket},
    sync::Mutex,
};

use crate::{
    listening::{self, Listening},
    shared::Shared,
};

#[derive(Debug)]
pub(super) struct Port {
    /// An asynchronous lock, because closing waits for the connections to end. No request takes it.
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    Open(Listening),
    /// Reserved, and refusing connections.
    Closed(TcpSocket),
    /// An attempt to close or reopen failed, and said so.
    Lost,
}

impl Port {
    pub(super) fn open(listener: TcpListener, shared: Arc<Shared>) -> Self {
        Self {
            state: Mutex::new(State::Open(Listening::start(listener, shared))),
        }
    }

    pub(super) async fn close(&self, address: SocketAddr) {
        let mut state = self.state.lock().await;
        *state = match std::mem::replace(&mut *state, State::Lost) {
            State::Open(listening) => {
                #[cfg(unix)]
                let socket = listening::reserve_beside(address);
                listening.stop().await;
                #[cfg(not(unix))]
                let socket = listening::reserve(address);
                State::Closed(socket.expect("another program took the port of the test issuer"))
            }
            other => other,
        };
    }

    pub(super) async fn reopen(&self, shared: &Arc<Shared>) {
        let mut state = self.state.lock().await;
        *state = match std::mem::replace(&mut *state, State::Lost) {
            State::Closed(socket) => {
                let listener = listening::listen(socket)
                    .expect("another program listens on the port of the test issuer");
                State::Open(Listening::start(listener, Arc::clone(shared)))
            }
            other => other,
        };
    }
}
