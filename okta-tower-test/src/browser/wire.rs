//! Requests to the issuer, over its socket: its faults and its counters apply to browsers too.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use url::Url;

/// Sends one request on a connection of its own.
pub(super) async fn send(url: &Url, request: Request<Full<Bytes>>) -> Response<Bytes> {
    let sent = async {
        let address = url.socket_addrs(|| None)?;
        let stream = TcpStream::connect(&*address).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let connection = tokio::spawn(connection);
        let (head, body) = sender.send_request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        connection.abort();
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(Response::from_parts(head, body))
    };
    match sent.await {
        Ok(answer) => answer,
        Err(error) => panic!("the issuer does not answer {}: {error}", url.path()),
    }
}
