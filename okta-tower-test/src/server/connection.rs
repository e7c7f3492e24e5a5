//! Connections: accepted until the server stops.

use std::{convert::Infallible, sync::Arc, time::Duration};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinSet,
};

use super::reply;
use crate::state::IssuerState;

/// Serves until it is told to stop, or aborted. All connections are closed when this returns.
pub(crate) async fn serve(
    listener: TcpListener,
    state: Arc<IssuerState>,
    mut stop: oneshot::Receiver<Infallible>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, Arc::clone(&state)));
                }
                // Out of file descriptors, most likely: connections that end will free some.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
            _ = &mut stop => break,
        }
    }
    drop(listener);
    connections.shutdown().await;
}

async fn connection(stream: TcpStream, state: Arc<IssuerState>) {
    let _open = state.traffic.connect();
    // Without this, small answers may wait for the client's acknowledgement. Failing to set it is no failure.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| reply::handle(&state, request));
    // Clients that go away and connections that are broken on purpose end in an error here, as they should.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
