//! Malformed header fields.

use super::server::{Server, rejected, served, unreadable};

#[tokio::test]
async fn scheme_case_and_surrounding_blanks_are_ignored() {
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
async fn two_valid_authorization_headers_are_malformed() {
    let server = Server::start().await;
    let good = server.good.as_bytes();
    let cases: [&[&[u8]]; 5] = [
        &[good, good],
        &[good, b"X-Between: 1", good],
        &[good, b"Authorization: Basic dTpw"],
        &[b"Authorization:", good],
        &[b"authorization: Bearer x", good],
    ];
    for fields in cases {
        assert_eq!(
            server.get(fields).await,
            rejected(400, Some("invalid_request"))
        );
        server.assert_alive().await;
    }
    // In one field, the second is a malformed part of the first token.
    let joined = [good, b", ", &good["Authorization: ".len()..]].concat();
    assert_eq!(
        server.get(&[&joined]).await,
        rejected(401, Some("invalid_token"))
    );
}

#[tokio::test]
async fn tab_is_no_space_after_the_scheme() {
    let server = Server::start().await;
    let token = server.world.token().sign();
    for (field, status, error) in [
        (format!("Bearer\t{token}"), 400, "invalid_request"),
        (format!("Bearer \t{token}"), 401, "invalid_token"),
        (format!("Bearer {token}\tx"), 401, "invalid_token"),
    ] {
        let field = format!("Authorization: {field}");
        assert_eq!(
            server.get(&[field.as_bytes()]).await,
            rejected(status, Some(error)),
            "{field:?}"
        );
    }
    server.assert_alive().await;
}

#[tokio::test]
async fn header_bytes_outside_ascii_are_malformed() {
    let server = Server::start().await;
    for field in [
        &b"Authorization: Bearer \xe4.b.c"[..],
        b"Authorization: \xff",
        b"Authorization: Bearer \xc3\xa4",
    ] {
        assert_eq!(
            server.get(&[field]).await,
            rejected(400, Some("invalid_request")),
            "{field:?}"
        );
    }
    server.assert_alive().await;
}

#[tokio::test]
async fn invalid_header_syntax_never_reaches_the_layer() {
    let server = Server::start().await;
    let good = &server.good;
    let (name, value) = good.split_once(':').unwrap();
    for fields in [
        // A field folded over two lines (RFC 9112 section 5.2), before and within the token.
        good.replace("Bearer ", "Bearer\r\n "),
        good.replacen('.', "\r\n\t.", 1),
        format!("X-Folded: a\r\n {good}"),
        // NUL, and half a line break.
        good.replacen('.', "\0", 1),
        format!("X: a\0\r\n{good}"),
        format!("X: a\r{good}"),
        // Names that an intermediary's parser could take for `Authorization`.
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
async fn headers_similar_to_authorization_are_ignored() {
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
            rejected(401, None),
            "{name}"
        );
    }
    server.assert_alive().await;
}

#[tokio::test]
async fn header_of_100_kilobytes_is_rejected() {
    let server = Server::start().await;
    for text in [
        "x".repeat(100 * 1024),
        format!("{}.b.c", "x".repeat(100 * 1024)),
        ".".repeat(100 * 1024),
    ] {
        let field = format!("Authorization: Bearer {text}");
        assert_eq!(server.get(&[field.as_bytes()]).await, unreadable(431));
        let field = format!("X-Long: {text}\r\n{}", server.good);
        assert_eq!(server.get(&[field.as_bytes()]).await, served());
    }
    let field = format!("Authorization: {}", "x".repeat(100 * 1024));
    assert_eq!(
        server.get(&[field.as_bytes()]).await,
        rejected(401, None),
        "a long scheme, not ours"
    );
    server.assert_alive().await;
}
