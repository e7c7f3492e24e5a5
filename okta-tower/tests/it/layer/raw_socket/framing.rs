//! Targets, trailers, versions, pipelines: where one request ends and which it is.

use tokio::{io::AsyncWriteExt, net::TcpStream};

use super::server::{Reply, Server, refused, served, unreadable};

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
