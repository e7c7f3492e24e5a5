//! Bytes on a socket, as no well-behaved client would send them, into a real server with the layer.

#[path = "layer/challenge.rs"]
#[allow(dead_code, reason = "shared with the tests of the layer")]
mod challenge;
#[path = "layer/world.rs"]
#[allow(dead_code, reason = "shared with the tests of the layer")]
mod world;

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

use crate::world::{Body, World};

/// One answer, as it stood on the wire.
#[derive(Debug, PartialEq, Eq)]
struct Reply {
    status: u16,
    challenge: Option<String>,
    body: String,
}

struct Server {
    world: World,
    address: SocketAddr,
    good: String,
}

async fn whose(request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let caller = request.extensions().get::<Verified>();
    let name = caller.map_or("nobody", Verified::subject).to_owned();
    Ok(Response::new(name.into()))
}

impl Server {
    async fn start() -> Self {
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

    /// Sends these bytes on a connection of their own, and reads until the server hangs up.
    async fn send(&self, bytes: &[u8]) -> Vec<Reply> {
        let mut socket = TcpStream::connect(self.address).await.unwrap();
        // The server may have refused and hung up before it has read everything.
        let _ = socket.write_all(bytes).await;
        let mut answer = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(20), socket.read_to_end(&mut answer));
        let _ = read.await.expect("the server hangs up");
        replies(&String::from_utf8(answer).unwrap())
    }

    /// One request, whose fields after `Host` these are, and its answer.
    async fn ask(&self, request_line: &str, fields: &[&[u8]]) -> Reply {
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

    async fn get(&self, fields: &[&[u8]]) -> Reply {
        self.ask("GET / HTTP/1.1", fields).await
    }

    /// Whatever happened: a good request is served and a bare one refused, on a new connection each.
    async fn assert_alive(&self) {
        assert_eq!(self.get(&[self.good.as_bytes()]).await, served());
        assert_eq!(self.get(&[]).await, refused(401, None));
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
            // A connection that ends in an error is what half of these tests are about.
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

fn served() -> Reply {
    Reply {
        status: 200,
        challenge: None,
        body: "ada@example.com".into(),
    }
}

/// Refused by the layer: with a challenge that names this error, or none.
fn refused(status: u16, error: Option<&str>) -> Reply {
    let challenge = Some(error.unwrap_or_default().to_owned());
    Reply {
        status,
        challenge,
        body: String::new(),
    }
}

/// Refused by the server before the layer has seen it.
fn unreadable(status: u16) -> Reply {
    Reply {
        status,
        challenge: None,
        body: String::new(),
    }
}

#[tokio::test]
async fn the_scheme_is_read_whatever_its_case_and_blanks_around_the_field_do_not_count() {
    let server = Server::start().await;
    let token = server.world.token().sign();
    for field in [
        format!("Authorization: Bearer {token}"),
        format!("authorization: bearer {token}"),
        format!("AUTHORIZATION:BEARER {token}"),
        format!("AuThOrIzAtIoN: \t bEaReR   {token} \t"),
    ] {
        assert_eq!(server.get(&[field.as_bytes()]).await, served(), "{field}");
    }
    server.assert_alive().await;
}

#[tokio::test]
async fn two_authorization_fields_are_a_bad_request_even_when_both_are_good() {
    let server = Server::start().await;
    let good = server.good.as_bytes();
    let joined = [good, b", ", &good["Authorization: ".len()..]].concat();
    let cases: [&[&[u8]]; 6] = [
        &[good, good],
        &[good, b"X-Between: 1", good],
        &[good, b"Authorization: Basic dTpw"],
        &[b"Authorization:", good],
        &[b"authorization: Bearer x", good],
        &[&joined],
    ];
    for fields in cases {
        assert_eq!(
            server.get(fields).await,
            refused(400, Some("invalid_request"))
        );
        server.assert_alive().await;
    }
}

#[tokio::test]
async fn a_tab_is_no_blank_between_scheme_and_token() {
    let server = Server::start().await;
    let token = server.world.token().sign();
    for field in [
        format!("Bearer\t{token}"),
        format!("Bearer \t{token}"),
        format!("Bearer {token}\tx"),
    ] {
        let field = format!("Authorization: {field}");
        assert_eq!(
            server.get(&[field.as_bytes()]).await,
            refused(400, Some("invalid_request")),
            "{field:?}"
        );
    }
    server.assert_alive().await;
}

#[tokio::test]
async fn bytes_that_are_no_text_are_a_bad_request() {
    let server = Server::start().await;
    for field in [
        &b"Authorization: Bearer \xe4.b.c"[..],
        b"Authorization: \xff",
        b"Authorization: Bearer \xc3\xa4",
    ] {
        assert_eq!(
            server.get(&[field]).await,
            refused(400, Some("invalid_request")),
            "{field:?}"
        );
    }
    server.assert_alive().await;
}

#[tokio::test]
async fn what_is_no_header_field_never_reaches_the_layer() {
    let server = Server::start().await;
    let good = &server.good;
    let (name, value) = good.split_once(':').unwrap();
    for fields in [
        // A field folded over two lines (RFC 9112 section 5.2), before and within the token.
        good.replace("Bearer ", "Bearer\r\n "),
        good.replacen('.', "\r\n\t.", 1),
        format!("X-Folded: a\r\n {good}"),
        // NUL, and a line break that is only half of one.
        good.replacen('.', "\0", 1),
        format!("X: a\0\r\n{good}"),
        format!("X: a\r{good}"),
        // Names that some parser in between may have taken for the real one.
        format!("{name} :{value}"),
        format!(" {name}:{value}"),
        format!("{name}\0:{value}"),
        format!("({name}:{value}"),
        "Authorization".to_owned(),
    ] {
        let request = format!("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{fields}\r\n\r\n");
        let replies = server.send(request.as_bytes()).await;
        assert_eq!(replies, [unreadable(400)], "{fields:?}");
        server.assert_alive().await;
    }
}

#[tokio::test]
async fn fields_that_only_look_like_authorization_are_no_credentials() {
    let server = Server::start().await;
    let token = server.world.token().sign();
    for name in [
        "X-Authorization",
        "Proxy-Authorization",
        "Authorization_",
        "Authorisation",
        "Cookie",
        "X-Forwarded-Authorization",
    ] {
        let field = format!("{name}: Bearer {token}");
        assert_eq!(
            server.get(&[field.as_bytes()]).await,
            refused(401, None),
            "{name}"
        );
    }
    server.assert_alive().await;
}

#[tokio::test]
async fn a_header_of_100_kilobytes_is_refused_and_costs_nothing_lasting() {
    let server = Server::start().await;
    for text in [
        "x".repeat(100 * 1024),
        format!("{}.b.c", "x".repeat(100 * 1024)),
        ".".repeat(100 * 1024),
    ] {
        let field = format!("Authorization: Bearer {text}");
        assert_eq!(
            server.get(&[field.as_bytes()]).await,
            refused(401, Some("invalid_token"))
        );
        let field = format!("X-Long: {text}\r\n{}", server.good);
        assert_eq!(server.get(&[field.as_bytes()]).await, served());
    }
    let field = format!("Authorization: {}", "x".repeat(100 * 1024));
    assert_eq!(
        server.get(&[field.as_bytes()]).await,
        refused(401, None),
        "a long scheme, not ours"
    );
    server.assert_alive().await;
}

#[tokio::test]
async fn the_target_decides_by_its_path_in_whatever_form_it_comes() {
    let server = Server::start().await;
    let good = server.good.as_bytes();
    for (target, with_token, without) in [
        ("/", served(), refused(401, None)),
        ("http://a/", served(), refused(401, None)),
        ("http://a", served(), refused(401, None)),
        ("http://user@a/?x", served(), refused(401, None)),
        (
            "/health",
            served(),
            Reply {
                body: "nobody".into(),
                ..served()
            },
        ),
        (
            "http://a/health",
            served(),
            Reply {
                body: "nobody".into(),
                ..served()
            },
        ),
        // Refused by the table, whoever asks: no credentials would help.
        ("/admin/x", unreadable(403), refused(401, None)),
        ("//", unreadable(403), unreadable(403)),
        ("//health", unreadable(403), unreadable(403)),
        ("http://a//health", unreadable(403), unreadable(403)),
        ("/health/../admin/x", unreadable(403), unreadable(403)),
        ("/health/%2e%2e/admin/x", unreadable(403), unreadable(403)),
        ("/health\\..\\admin", unreadable(403), unreadable(403)),
        ("*", unreadable(403), unreadable(403)),
    ] {
        let line = format!("GET {target} HTTP/1.1");
        assert_eq!(server.ask(&line, &[good]).await, with_token, "{target}");
        assert_eq!(server.ask(&line, &[]).await, without, "{target}");
    }
    server.assert_alive().await;
}

#[tokio::test]
async fn a_token_in_the_trailers_is_no_credential_and_in_the_header_it_is() {
    let server = Server::start().await;
    let good = &server.good;
    let head = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n";
    let body = "3\r\nabc\r\n0\r\n";
    let in_trailers = format!("{head}Trailer: Authorization\r\n\r\n{body}{good}\r\n\r\n");
    assert_eq!(
        server.send(in_trailers.as_bytes()).await,
        [refused(401, None)]
    );
    let in_header = format!("{head}{good}\r\n\r\n{body}\r\n");
    assert_eq!(server.send(in_header.as_bytes()).await, [served()]);
    // Both: the header alone decides, and what comes later changes nothing.
    let bad_in_header = format!("{head}Authorization: Bearer a.b.c\r\n\r\n{body}{good}\r\n\r\n");
    assert_eq!(
        server.send(bad_in_header.as_bytes()).await,
        [refused(401, Some("invalid_token"))]
    );
    server.assert_alive().await;
}

#[tokio::test]
async fn a_body_that_looks_like_a_request_is_a_body() {
    let server = Server::start().await;
    let inside = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n\r\n", server.good);
    let request = format!(
        "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{inside}",
        inside.len()
    );
    assert_eq!(server.send(request.as_bytes()).await, [refused(401, None)]);
    server.assert_alive().await;
}

#[tokio::test]
async fn http_1_0_is_judged_as_http_1_1_is() {
    let server = Server::start().await;
    for (fields, reply) in [
        (format!("{}\r\n", server.good), served()),
        (String::new(), refused(401, None)),
        (
            "Authorization: Bearer a.b.c\r\n".to_owned(),
            refused(401, Some("invalid_token")),
        ),
    ] {
        let request = format!("GET / HTTP/1.0\r\n{fields}\r\n");
        assert_eq!(server.send(request.as_bytes()).await, [reply]);
    }
    server.assert_alive().await;
}

#[tokio::test]
async fn requests_in_one_pipeline_are_judged_each_by_itself() {
    let server = Server::start().await;
    let good = &server.good;
    let get = |fields: &str| format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
    let pipeline = [
        get(&format!("{good}\r\n")),
        get(""),
        get("Authorization: Bearer a.b.c\r\n"),
        get(&format!("{good}\r\n")),
        get(&format!("{good}\r\n{good}\r\n")),
        get("Authorization: Basic dTpw\r\n"),
        get(&format!("{good}\r\n")),
        get("Connection: close\r\n"),
    ];
    let expected = [
        served(),
        refused(401, None),
        refused(401, Some("invalid_token")),
        served(),
        refused(400, Some("invalid_request")),
        refused(401, None),
        served(),
        refused(401, None),
    ];
    assert_eq!(server.send(pipeline.concat().as_bytes()).await, expected);
    server.assert_alive().await;
}

#[tokio::test]
async fn callers_who_hang_up_in_the_middle_leave_the_server_as_it_was() {
    let server = Server::start().await;
    let request = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n\r\n", server.good);
    for end in [1, 10, 40, request.len() - 3, request.len() - 1] {
        let mut socket = TcpStream::connect(server.address).await.unwrap();
        socket.write_all(&request.as_bytes()[..end]).await.unwrap();
        drop(socket);
        server.assert_alive().await;
    }
}
