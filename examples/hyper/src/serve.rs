//! Serving any Tower service on accepted connections.

use std::{convert::Infallible, error::Error, io, pin::pin};

use futures_util::{Stream, StreamExt};
use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::net::TcpStream;
use tower::Service;

/// Serves these connections until `asked_to_stop` is ready, then waits for requests in progress.
///
/// # Errors
/// None: a failed connection does not stop the server.
pub async fn serve<S, B, E>(
    service: S,
    connections: impl Stream<Item = io::Result<TcpStream>>,
    asked_to_stop: impl Future<Output = ()>,
) -> Result<(), E>
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Send,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    // The first bytes of a connection show whether it uses HTTP/1 or HTTP/2.
    let mut http = auto::Builder::new(TokioExecutor::new());
    // The timer lets hyper close connections of clients that do not send their headers within 30
    // seconds.
    http.http1().timer(TokioTimer::new());
    http.http2().timer(TokioTimer::new());
    let open = GracefulShutdown::new();
    let (mut connections, mut asked_to_stop) = (pin!(connections), pin!(asked_to_stop));
    loop {
        let stream = tokio::select! {
            () = &mut asked_to_stop => break,
            connection = connections.next() => match connection {
                Some(Ok(stream)) => stream,
                // Only this connection failed.
                Some(Err(_)) => continue,
                None => break,
            },
        };
        // Each connection has its own clone of the service, which is cheap.
        let service = TowerToHyperService::new(service.clone());
        let connection = http.serve_connection(TokioIo::new(stream), service);
        let connection = open.watch(connection.into_owned());
        tokio::spawn(async move {
            // An error means that the client disconnected early.
            let _ = connection.await;
        });
    }
    open.shutdown().await;
    Ok(())
}
