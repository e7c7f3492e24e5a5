//! Serving any Tower service on accepted connections.

use std::{convert::Infallible, error::Error, io, pin::pin, time::Duration};

use futures_util::{Stream, StreamExt};
use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use tower::{Service, ServiceExt};

use crate::{Connection, incoming::Limits};

/// Serves these connections until `asked_to_stop` is ready, then waits for requests in progress.
///
/// Requests have the client's `SocketAddr` in their extensions.
///
/// # Errors
/// None: a failed connection does not stop the server.
pub async fn serve<S, B, E>(
    service: S,
    connections: impl Stream<Item = io::Result<Connection>>,
    asked_to_stop: impl Future<Output = ()>,
) -> Result<(), E>
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Send,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    serve_within(Limits::DEFAULT.head, service, connections, asked_to_stop).await;
    Ok(())
}

async fn serve_within<S, B>(
    head: Duration,
    service: S,
    connections: impl Stream<Item = io::Result<Connection>>,
    asked_to_stop: impl Future<Output = ()>,
) where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Send,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    // The first bytes of a connection show whether it uses HTTP/1 or HTTP/2.
    let mut http = auto::Builder::new(TokioExecutor::new());
    // Close connections of clients that do not send their heads in time (HTTP/1), or do not answer
    // a ping (HTTP/2). Neither limit has an effect without a timer.
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(head);
    http.http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(head)
        .keep_alive_timeout(head);
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
        let client = stream.client();
        // Each connection has its own clone of the service, which is cheap.
        let service = service.clone().map_request(move |mut request: Request<_>| {
            request.extensions_mut().insert(client);
            request
        });
        let service = TowerToHyperService::new(service);
        let connection = http.serve_connection(TokioIo::new(stream), service);
        let connection = open.watch(connection.into_owned());
        tokio::spawn(async move {
            // An error means that the client disconnected early, or was too slow.
            let _ = connection.await;
        });
    }
    open.shutdown().await;
}

#[cfg(test)]
#[path = "serve_tests.rs"]
mod tests;
