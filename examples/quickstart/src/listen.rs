//! Where the application listens.

use std::{
    error::Error,
    fmt,
    future::IntoFuture,
    io::{self, ErrorKind},
    net::SocketAddr,
    time::Duration,
};

use axum::Router;
use tokio::{
    net::{TcpListener, lookup_host},
    sync::watch,
    task::JoinSet,
};

use crate::stop::StopRequest;

/// How long requests that are under way may go on when the program is asked to stop.
const GRACE: Duration = Duration::from_secs(10);

/// A `host:port`, resolved.
#[derive(Debug)]
pub(crate) struct Address {
    text: String,
    sockets: Vec<SocketAddr>,
}

impl Address {
    /// Looks the host up where it is a name.
    pub(crate) async fn resolve(text: &str) -> Result<Self, ListenError> {
        let unusable = |source| ListenError::Unusable(text.to_owned(), source);
        if text.contains('/') {
            let source = io::Error::new(ErrorKind::InvalidInput, "it looks like a URL");
            return Err(unusable(source));
        }
        let mut sockets: Vec<SocketAddr> = lookup_host(text).await.map_err(unusable)?.collect();
        // A name may be listed twice for the same address.
        sockets.sort_unstable();
        sockets.dedup();
        Ok(Self {
            text: text.to_owned(),
            sockets,
        })
    }

    /// Every address that the name stands for.
    pub(crate) fn sockets(&self) -> &[SocketAddr] {
        &self.sockets
    }

    /// Listens on every one of them: whoever opens `localhost` may get there by IPv4 or by IPv6. Addresses that this
    /// machine lacks are left out; one that is taken is an error, or another program would answer for us.
    pub(crate) async fn bind(self) -> Result<Listeners, ListenError> {
        let mut listeners = Vec::new();
        let mut port = 0;
        let mut lacking = None;
        for mut socket in self.sockets {
            if socket.port() == 0 {
                // Port 0 takes a free one, the same for all.
                socket.set_port(port);
            }
            match TcpListener::bind(socket).await {
                Ok(listener) => {
                    port = listener
                        .local_addr()
                        .map_or(socket.port(), |bound| bound.port());
                    listeners.push(listener);
                }
                Err(error) if error.kind() == ErrorKind::AddrInUse => {
                    return Err(ListenError::Taken(socket));
                }
                Err(error) => lacking = Some(error),
            }
        }
        match lacking {
            Some(error) if listeners.is_empty() => Err(ListenError::Unusable(self.text, error)),
            _ => {
                let host = self
                    .text
                    .rsplit_once(':')
                    .map_or(&*self.text, |(host, _)| host);
                Ok(Listeners {
                    listeners,
                    url: format!("http://{host}:{port}"),
                })
            }
        }
    }
}

/// Sockets that connections queue up on.
#[derive(Debug)]
pub(crate) struct Listeners {
    listeners: Vec<TcpListener>,
    url: String,
}

impl Listeners {
    /// `http://host:port`, with the host as configured and the port as it came to be.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Answers until it is asked to stop, then lets requests that are under way come to their end.
    pub(crate) async fn serve(self, app: Router, request: StopRequest) {
        let (stop, _) = watch::channel(());
        let mut servers = JoinSet::new();
        for listener in self.listeners {
            let mut stopped = stop.subscribe();
            let server = axum::serve(listener, app.clone()).with_graceful_shutdown(async move {
                let _ = stopped.changed().await;
            });
            servers.spawn(server.into_future());
        }
        request.come().await;
        let _ = stop.send(());
        // A connection that never ends must not keep the program alive.
        let _ = tokio::time::timeout(GRACE, servers.join_all()).await;
    }
}

/// Why the application cannot listen.
#[derive(Debug)]
pub(crate) enum ListenError {
    /// Another program has the port.
    Taken(SocketAddr),
    /// Not an address, or not one of this machine.
    Unusable(String, io::Error),
}

impl fmt::Display for ListenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken(socket) => {
                let another =
                    SocketAddr::new(socket.ip(), socket.port().checked_add(1).unwrap_or(3000));
                write!(
                    f,
                    "{socket} is taken by another program. Choose another port: \
                     QUICKSTART_ADDR={another} cargo run -p quickstart"
                )
            }
            Self::Unusable(text, _) => write!(
                f,
                "QUICKSTART_ADDR={text} is no address to listen on. It is a host and a port of this machine, such as \
                 127.0.0.1:3000 or localhost:3000"
            ),
        }
    }
}

impl Error for ListenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Taken(_) => None,
            Self::Unusable(_, error) => Some(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_address_of_a_name_is_listened_on_with_one_free_port() {
        let address = Address::resolve("localhost:0").await.unwrap();
        let listeners = address.bind().await.unwrap();
        let ports: Vec<u16> = (listeners.listeners.iter())
            .map(|listener| listener.local_addr().unwrap().port())
            .collect();
        assert!(
            !ports.is_empty() && ports.iter().all(|port| *port == ports[0]),
            "{ports:?}"
        );
        assert_eq!(listeners.url(), format!("http://localhost:{}", ports[0]));
    }

    #[tokio::test]
    async fn a_taken_port_is_an_error_that_names_another() {
        let first = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let taken = first.local_addr().unwrap();
        let address = Address::resolve(&taken.to_string()).await.unwrap();
        let error = address.bind().await.unwrap_err();
        assert!(matches!(error, ListenError::Taken(socket) if socket == taken));
        assert!(
            error.to_string().contains("QUICKSTART_ADDR=127.0.0.1:"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn what_is_no_host_and_port_is_refused_with_an_example() {
        for text in [
            "localhost",
            "127.0.0.1",
            ":3000",
            "127.0.0.1:99999",
            "http://localhost:3000",
        ] {
            let error = Address::resolve(text).await.unwrap_err().to_string();
            assert!(
                error.contains(text) && error.contains("127.0.0.1:3000"),
                "{error}"
            );
        }
    }
}
