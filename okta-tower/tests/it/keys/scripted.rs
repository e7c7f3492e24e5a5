//! A server with scripted responses.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use okta_tower::{Okta, OktaBuilder};
use okta_tower_test::ManualClock;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinHandle,
};

/// A server with scripted responses, for those that the test issuer cannot give.
pub(crate) struct Scripted {
    address: SocketAddr,
    requests: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Scripted {
    /// Sends the responses in order, and the last one to all further requests.
    pub(crate) async fn start<const N: usize>(answers: [String; N]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&requests);
        let task = tokio::spawn(async move {
            loop {
                let (mut connection, _) = listener.accept().await.unwrap();
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(connection.read_u8().await.unwrap());
                }
                let number = count.fetch_add(1, Ordering::Relaxed);
                let answer = &answers[number.min(N - 1)];
                // The client may disconnect before the end.
                let _ = connection.write_all(answer.as_bytes()).await;
            }
        });
        Self {
            address,
            requests,
            task,
        }
    }

    /// The settings of an application whose issuer is this server.
    pub(crate) fn settings(&self, clock: &ManualClock) -> OktaBuilder {
        Okta::builder(format!("http://{}/oauth2/default", self.address))
            .token_cache_bytes(1 << 20)
            .clock(clock.clone())
            .danger()
            .allow_http_on_loopback()
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A response with these header lines, each with its line end.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    )
}
