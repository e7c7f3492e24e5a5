//! A server that says exactly what it is told to.

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

/// A server that says exactly what it is told to, for answers that no sound issuer gives.
pub(crate) struct Scripted {
    address: SocketAddr,
    requests: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Scripted {
    /// Gives one answer to each request, in their order, and the last one to all that follow.
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
                // A client that has seen enough may hang up.
                let _ = connection.write_all(answer.as_bytes()).await;
            }
        });
        Self {
            address,
            requests,
            task,
        }
    }

    /// The settings of an application that takes this server for its issuer.
    pub(crate) fn settings(&self, clock: &ManualClock) -> OktaBuilder {
        Okta::builder(format!("http://{}/oauth2/default", self.address))
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

/// An answer with these header lines, each with its line end.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    )
}
