//! Accepts connections until the server stops.

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

/// Serves until `stop` closes or the task is aborted. All connections are closed on return.
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
                // Probably out of file descriptors. Wait until connections have ended.
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
    // Otherwise small responses can wait for the client's acknowledgment. Failing to set it is
    // harmless.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| reply::handle(&state, request));
    // Disconnects and intentional failures end in an error here.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
