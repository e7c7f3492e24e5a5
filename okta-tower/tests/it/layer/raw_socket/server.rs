//! A real server with the layer, and a client that sends any bytes.

use std::{convert::Infallible, net::SocketAddr, time::Duration};

use http::{Request, Response};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::rt::TokioIo;
use okta_tower::{Require, RouteRules, Verified, auth::AuthLayer};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tower::{Layer, ServiceExt, service_fn};

use crate::{
    layer::world::{Body, World},
    world::challenge,
};

/// A response as it was on the wire.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) challenge: Option<String>,
    pub(crate) body: String,
}

pub(crate) struct Server {
    pub(crate) world: World,
    pub(crate) address: SocketAddr,
    pub(crate) good: String,
}

async fn whose(request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let caller = request.extensions().get::<Verified>();
    let name = caller.map_or("nobody", Verified::subject).to_owned();
    Ok(Response::new(name.into()))
}

impl Server {
    pub(crate) async fn start() -> Self {
        let world = World::start().await;
        let table = RouteRules::new()
            .at("/", Require::authenticated())
            .at("/health", Require::public())
            .at("/admin/{*any}", Require::group("admin"))
            .build()
            .unwrap();
        let address = serve(world.okta.layer().rules(table)).await;
        let good = format!("Authorization: Bearer {}", world.token().sign());
        Self {
            world,
            address,
            good,
        }
    }

    /// Sends these bytes on a new connection, and reads until the server closes it.
    pub(crate) async fn send(&self, bytes: &[u8]) -> Vec<Reply> {
        let mut socket = TcpStream::connect(self.address).await.unwrap();
        // The server may reject and close the connection before it has read everything.
        let _ = socket.write_all(bytes).await;
        let mut answer = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(20), socket.read_to_end(&mut answer));
        let _ = read.await.expect("the server hangs up");
        replies(&String::from_utf8(answer).unwrap())
    }

    /// Sends one request with these header fields after `Host`.
    pub(crate) async fn ask(&self, request_line: &str, fields: &[&[u8]]) -> Reply {
        let mut bytes = format!("{request_line}\r\nHost: a\r\nConnection: close\r\n").into_bytes();
        for field in fields {
            bytes.extend_from_slice(field);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        let mut replies = self.send(&bytes).await;
        assert_eq!(replies.len(), 1, "{replies:?}");
        replies.remove(0)
    }

    pub(crate) async fn get(&self, fields: &[&[u8]]) -> Reply {
        self.ask("GET / HTTP/1.1", fields).await
    }

    /// Asserts on new connections that a valid request is served and one without a token is
    /// rejected.
    pub(crate) async fn assert_alive(&self) {
        assert_eq!(self.get(&[self.good.as_bytes()]).await, served());
        assert_eq!(self.get(&[]).await, rejected(401, None));
    }
}

async fn serve(layer: AuthLayer) -> SocketAddr {
    let service = layer.layer(service_fn(whose));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let service = service.clone();
            let connection = http1::Builder::new().serve_connection(
                TokioIo::new(socket),
                hyper::service::service_fn(move |request| service.clone().oneshot(request)),
            );
            // Many of these tests end the connection with an error.
            tokio::spawn(connection);
        }
    });
    address
}

fn replies(mut text: &str) -> Vec<Reply> {
    let mut replies = Vec::new();
    while !text.is_empty() {
        let (head, rest) = text.split_once("\r\n\r\n").expect("a whole head");
        let mut lines = head.split("\r\n");
        let status_line = lines.next().unwrap();
        let status = status_line.split(' ').nth(1).unwrap().parse().unwrap();
        let field = |name: &str| {
            let mut values = lines.clone().filter_map(|line| {
                let (known, value) = line.split_once(':')?;
                known.eq_ignore_ascii_case(name).then(|| value.trim())
            });
            let first = values.next();
            assert_eq!(values.next(), None, "{name} twice");
            first
        };
        let length = field("content-length").map_or(0, |length| length.parse().unwrap());
        let (body, rest) = rest.split_at(length);
        let challenge = field("www-authenticate").map(|value| {
            let challenges = challenge::parse(value).unwrap();
            assert!(
                challenges.len() == 1 && challenges[0].is_bearer(),
                "{value}"
            );
            challenges[0].get("error").unwrap_or_default().to_owned()
        });
        replies.push(Reply {
            status,
            challenge,
            body: body.to_owned(),
        });
        text = rest;
    }
    replies
}

pub(crate) fn served() -> Reply {
    Reply {
        status: 200,
        challenge: None,
        body: "ada@example.com".into(),
    }
}

/// Rejected by the layer, with a challenge with this error or without an error.
pub(crate) fn rejected(status: u16, error: Option<&str>) -> Reply {
    let challenge = Some(error.unwrap_or_default().to_owned());
    Reply {
        status,
        challenge,
        body: String::new(),
    }
}

/// Rejected without a challenge: by the server before the layer, or by a rule.
pub(crate) fn unreadable(status: u16) -> Reply {
    Reply {
        status,
        challenge: None,
        body: String::new(),
    }
}
