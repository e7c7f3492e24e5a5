//! A load balancer on one port: each connection goes to the next backend that accepts it.

use std::{
    io,
    net::Ipv4Addr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// A running load balancer. Dropping it stops it.
#[derive(Debug)]
pub struct RoundRobin {
    port: u16,
    behind: Arc<Behind>,
    accepting: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Behind {
    ports: Mutex<Vec<u16>>,
    next: AtomicUsize,
}

impl RoundRobin {
    /// Listens on a free port, without backends.
    ///
    /// # Panics
    /// If there is no free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let behind = Arc::new(Behind::default());
        let sharing = Arc::clone(&behind);
        let accepting = tokio::spawn(async move {
            while let Ok((mut from, _)) = listener.accept().await {
                let behind = Arc::clone(&sharing);
                tokio::spawn(async move {
                    // Without a backend, or if it fails, the client's connection closes.
                    if let Ok(mut to) = behind.connect().await {
                        let _ = copy_bidirectional(&mut from, &mut to).await;
                    }
                });
            }
        });
        Self {
            port,
            behind,
            accepting,
        }
    }

    /// Returns the origin for browsers.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Sets the ports of the backends. New connections use them in turn, and skip those that
    /// refuse.
    pub fn pass_to(&self, ports: &[u16]) {
        let behind = self.behind.ports.lock();
        ports.clone_into(&mut behind.unwrap_or_else(PoisonError::into_inner));
    }
}

impl Drop for RoundRobin {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Behind {
    async fn connect(&self) -> io::Result<TcpStream> {
        let ports = self
            .ports
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        let mut failure = io::Error::other("there is no backend");
        for offset in 0..ports.len() {
            let port = ports[(first + offset) % ports.len()];
            match TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await {
                Ok(stream) => return Ok(stream),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }
}
