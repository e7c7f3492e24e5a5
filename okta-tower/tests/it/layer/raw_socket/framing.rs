//! Targets, trailers, versions and pipelines: the bounds of a request.

use tokio::{io::AsyncWriteExt, net::TcpStream};

use super::server::{Reply, Server, rejected, served, unreadable};

#[tokio::test]
async fn target_in_any_form_is_decided_by_its_path() {
    let server = Server::start().await;
    let good = server.good.as_bytes();
    for (target, with_token, without) in [
        ("/", served(), rejected(401, None)),
        ("http://a/", served(), rejected(401, None)),
        ("http://a", served(), rejected(401, None)),
        ("http://user@a/?x", served(), rejected(401, None)),
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
        // Rejected by the rules with any credentials.
        ("/admin/x", unreadable(403), rejected(401, None)),
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
async fn token_in_the_trailers_is_ignored() {
    let server = Server::start().await;
    let good = &server.good;
    let head = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n";
    let body = "3\r\nabc\r\n0\r\n";
    let in_trailers = format!("{head}Trailer: Authorization\r\n\r\n{body}{good}\r\n\r\n");
    assert_eq!(
        server.send(in_trailers.as_bytes()).await,
        [rejected(401, None)]
    );
    let in_header = format!("{head}{good}\r\n\r\n{body}\r\n");
    assert_eq!(server.send(in_header.as_bytes()).await, [served()]);
    // Both: the header decides.
    let bad_in_header = format!("{head}Authorization: Bearer a.b.c\r\n\r\n{body}{good}\r\n\r\n");
    assert_eq!(
        server.send(bad_in_header.as_bytes()).await,
        [rejected(401, Some("invalid_token"))]
    );
    server.assert_alive().await;
}

#[tokio::test]
async fn request_inside_a_body_is_not_served() {
    let server = Server::start().await;
    let inside = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n\r\n", server.good);
    let request = format!(
        "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{inside}",
        inside.len()
    );
    assert_eq!(server.send(request.as_bytes()).await, [rejected(401, None)]);
    server.assert_alive().await;
}

#[tokio::test]
async fn http_1_0_gets_the_same_results_as_http_1_1() {
    let server = Server::start().await;
    for (fields, reply) in [
        (format!("{}\r\n", server.good), served()),
        (String::new(), rejected(401, None)),
        (
            "Authorization: Bearer a.b.c\r\n".to_owned(),
            rejected(401, Some("invalid_token")),
        ),
    ] {
        let request = format!("GET / HTTP/1.0\r\n{fields}\r\n");
        assert_eq!(server.send(request.as_bytes()).await, [reply]);
    }
    server.assert_alive().await;
}

#[tokio::test]
async fn pipelined_requests_are_authenticated_independently() {
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
        rejected(401, None),
        rejected(401, Some("invalid_token")),
        served(),
        rejected(400, Some("invalid_request")),
        rejected(401, None),
        served(),
        rejected(401, None),
    ];
    assert_eq!(server.send(pipeline.concat().as_bytes()).await, expected);
    server.assert_alive().await;
}

#[tokio::test]
async fn client_disconnect_does_not_affect_the_server() {
    let server = Server::start().await;
    let request = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n\r\n", server.good);
    for end in [1, 10, 40, request.len() - 3, request.len() - 1] {
        let mut socket = TcpStream::connect(server.address).await.unwrap();
        socket.write_all(&request.as_bytes()[..end]).await.unwrap();
        drop(socket);
        server.assert_alive().await;
    }
}
