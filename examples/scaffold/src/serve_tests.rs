use std::{
    future::{pending, ready},
    net::SocketAddr,
};

use http::Request;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};

use super::*;
use crate::incoming::incoming;

const HEAD: Duration = Duration::from_millis(400);
const PATIENCE: Duration = Duration::from_secs(20);
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Serves `hello` under these limits, until the test ends.
async fn server(connections: usize) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let limits = Limits {
        connections,
        head: HEAD,
    };
    let hello = tower::service_fn(|_: Request<Incoming>| {
        ready(Ok::<_, Infallible>(Response::new("hello".to_owned())))
    });
    let connections = incoming(vec![listener], limits);
    tokio::spawn(serve_within(HEAD, hello, connections, pending()));
    address
}

/// Sends these bytes and leaves the connection open.
async fn sent(address: SocketAddr, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    stream
}

/// Reads until the server closes the connection.
async fn closed(mut stream: TcpStream) -> bool {
    let mut rest = Vec::new();
    let read = timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
    // A reset also ends the connection.
    read.is_ok()
}

async fn is_answered(stream: &mut TcpStream) -> bool {
    let mut answer = [0; 12];
    let read = timeout(PATIENCE, stream.read_exact(&mut answer)).await;
    read.is_ok_and(|read| read.is_ok()) && &answer == b"HTTP/1.1 200"
}

#[tokio::test]
async fn half_sent_heads_are_closed_and_full_ones_answered() {
    let address = server(1000).await;
    let mut held = Vec::new();
    let mut silent = PREFACE.to_vec();
    silent.extend_from_slice(&[0, 0, 0, 4, 0, 0, 0, 0, 0]);
    for part in [
        &b""[..],
        b"G",
        b"GET / HTTP/1.1\r\nhost: localhost\r\nx-half: ",
        &PREFACE[..2],
        &PREFACE[..23],
        PREFACE,
        // With settings, but without answers to pings.
        &silent,
    ] {
        for _ in 0..8 {
            held.push(sent(address, part).await);
        }
    }
    let mut good = sent(address, REQUEST).await;
    assert!(is_answered(&mut good).await);
    for stream in held {
        assert!(closed(stream).await);
    }
}

#[tokio::test]
async fn slow_head_in_time_is_answered() {
    let address = server(1000).await;
    for split in [1, 20] {
        let mut stream = sent(address, &REQUEST[..split]).await;
        sleep(HEAD / 4).await;
        stream.write_all(&REQUEST[split..]).await.unwrap();
        assert!(is_answered(&mut stream).await, "{split}");
    }
}

#[tokio::test]
async fn connection_above_the_bound_waits_for_a_place() {
    let address = server(2).await;
    let mut held = [sent(address, REQUEST).await, sent(address, REQUEST).await];
    for stream in &mut held {
        assert!(is_answered(stream).await);
    }
    let mut third = sent(address, REQUEST).await;
    let mut byte = [0];
    let early = timeout(HEAD / 4, third.peek(&mut byte)).await;
    assert!(early.is_err(), "answered beyond the bound");
    drop(held);
    assert!(is_answered(&mut third).await);
}
