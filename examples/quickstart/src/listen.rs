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

const EXAMPLE: &str =
    "It is a host and a port of this machine, such as localhost:3000 or 127.0.0.1:3000";

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
        if let Some(part) = lacks(text) {
            return Err(ListenError::Lacks(text.to_owned(), part));
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
                // An address that stands for all of the machine's is none to call.
                let host_from_here = match host {
                    "0.0.0.0" => "127.0.0.1",
                    "[::]" => "[::1]",
                    other => other,
                };
                Ok(Listeners {
                    listeners,
                    port,
                    url: format!("http://{host}:{port}"),
                    url_from_here: format!("http://{host_from_here}:{port}"),
                })
            }
        }
    }
}

/// The part of `host:port` that is not there, if it can be told.
fn lacks(text: &str) -> Option<&'static str> {
    let is_port = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.rsplit_once(':') {
        None if is_port(text) => Some("host"),
        Some(("", port)) if is_port(port) => Some("host"),
        None | Some((_, "")) => Some("port"),
        Some(_) if text.ends_with(']') => Some("port"),
        Some(_) => None,
    }
}

/// Sockets that connections queue up on.
#[derive(Debug)]
pub(crate) struct Listeners {
    listeners: Vec<TcpListener>,
    port: u16,
    url: String,
    url_from_here: String,
}

impl Listeners {
    /// The same for all of them, and as it came to be.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// `http://host:port`, with the host as configured and the port as it came to be.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The same for whoever calls from this machine.
    pub(crate) fn url_from_here(&self) -> &str {
        &self.url_from_here
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
    /// The host or the port is missing.
    Lacks(String, &'static str),
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
            Self::Lacks(text, part) => write!(
                f,
                "QUICKSTART_ADDR={text} is no address to listen on: the {part} is missing. {EXAMPLE}"
            ),
            Self::Unusable(text, _) => write!(
                f,
                "QUICKSTART_ADDR={text} is no address to listen on. {EXAMPLE}"
            ),
        }
    }
}

impl Error for ListenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Taken(_) | Self::Lacks(..) => None,
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
    async fn a_missing_host_or_port_is_named() {
        for (text, part) in [
            ("3001", "the host is missing"),
            (":3001", "the host is missing"),
            ("localhost", "the port is missing"),
            ("localhost:", "the port is missing"),
            ("127.0.0.1", "the port is missing"),
            ("[::1]", "the port is missing"),
        ] {
            let error = Address::resolve(text).await.unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
        assert!(Address::resolve("127.0.0.1:3001").await.is_ok());
    }

    #[tokio::test]
    async fn an_address_that_stands_for_all_is_called_on_loopback() {
        for (text, host) in [
            ("0.0.0.0:0", "http://127.0.0.1:"),
            ("127.0.0.1:0", "http://127.0.0.1:"),
            ("localhost:0", "http://localhost:"),
        ] {
            let listeners = Address::resolve(text).await.unwrap().bind().await.unwrap();
            let from_here = listeners.url_from_here();
            assert!(from_here.starts_with(host), "{from_here}");
        }
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
