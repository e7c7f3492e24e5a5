//! HTTP/2 without a gRPC library, to inspect the frames.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Body;
use hyper_util::rt::{TokioExecutor, TokioIo};
use okta_tower_test::TokenBuilder;
use prost::Message;
use tokio::net::TcpStream;

use crate::world::World;

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// Whether the response consisted of one headers frame.
    pub(crate) is_headers_alone: bool,
    pub(crate) trailers: Option<HeaderMap>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let value = self.headers.get(name);
        value.map(|value| value.to_str().unwrap())
    }
}

/// Encodes a message for the wire: uncompressed, with its length.
pub(crate) fn frame(message: &impl Message) -> Vec<u8> {
    let message = message.encode_to_vec();
    let length = u32::try_from(message.len()).unwrap();
    [&[0][..], &length.to_be_bytes(), &message].concat()
}

pub(crate) async fn call(
    world: &World,
    path: &str,
    headers: &[(&'static str, String)],
    message: &impl Message,
) -> Answer {
    let stream = TcpStream::connect(&world.address).await.unwrap();
    let (mut client, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
    let connection = tokio::spawn(connection);
    let mut request = Request::post(format!("http://{}{path}", world.address))
        .header("te", "trailers")
        .body(Full::new(Bytes::from(frame(message))))
        .unwrap();
    for (name, value) in headers {
        let value = HeaderValue::try_from(value).unwrap();
        request.headers_mut().append(*name, value);
    }
    let (parts, body) = client.send_request(request).await.unwrap().into_parts();
    let is_headers_alone = body.is_end_stream();
    let trailers = body.collect().await.unwrap().trailers().cloned();
    connection.abort();
    Answer {
        status: parts.status,
        headers: parts.headers,
        is_headers_alone,
        trailers,
    }
}

pub(crate) fn grpc() -> (&'static str, String) {
    ("content-type", "application/grpc".to_owned())
}

pub(crate) fn bearer(token: &TokenBuilder) -> (&'static str, String) {
    ("authorization", format!("Bearer {}", token.sign()))
}
