//! The addresses that the application listens on.

use std::{
    error::Error,
    fmt,
    io::{self, ErrorKind},
    net::SocketAddr,
    time::Duration,
};

use futures_util::Stream;
use tokio::net::{TcpListener, lookup_host};

use crate::{
    Connection, Program,
    incoming::{Limits, incoming},
    shell_word,
};

/// How long requests in progress may continue after the program is asked to stop.
pub const GRACE: Duration = Duration::from_secs(10);

const EXAMPLE: &str =
    "Use a host and a port of this machine, such as localhost:3000 or 127.0.0.1:3000";

/// A resolved `host:port`.
#[derive(Debug)]
pub(crate) struct Address {
    program: Program,
    text: String,
    sockets: Vec<SocketAddr>,
}

impl Address {
    /// Resolves `text`, which may name a host.
    ///
    /// # Errors
    /// If `text` is not of the form `host:port`, or the name cannot be resolved.
    pub(crate) async fn resolve(program: Program, text: &str) -> Result<Self, ListenError> {
        let unusable = |source| ListenError::Unusable(program, text.to_owned(), source);
        if text.contains('/') {
            let source = io::Error::new(ErrorKind::InvalidInput, "it looks like a URL");
            return Err(unusable(source));
        }
        if let Some(part) = missing_part(text) {
            return Err(ListenError::Incomplete(program, text.to_owned(), part));
        }
        let mut sockets: Vec<SocketAddr> = lookup_host(text).await.map_err(unusable)?.collect();
        // The resolver may list an address twice.
        sockets.sort_unstable();
        sockets.dedup();
        Ok(Self {
            program,
            text: text.to_owned(),
            sockets,
        })
    }

    /// Returns every address of the name.
    #[must_use]
    pub(crate) fn sockets(&self) -> &[SocketAddr] {
        &self.sockets
    }

    /// Listens on every address of the name: a browser that opens `localhost` uses IPv4 or IPv6.
    ///
    /// Addresses that this machine does not have are skipped. A taken address is an error, because
    /// another program would otherwise receive some of the connections.
    ///
    /// # Errors
    /// If an address is taken, or no address can be listened on.
    pub(crate) async fn bind(self) -> Result<Listeners, ListenError> {
        let mut listeners = Vec::new();
        let mut port = 0;
        let mut unavailable = None;
        for mut socket in self.sockets {
            if socket.port() == 0 {
                // Port 0 selects a free port. All addresses use the same one.
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
                    return Err(ListenError::Taken(self.program, socket));
                }
                Err(error) => unavailable = Some(error),
            }
        }
        match unavailable {
            Some(error) if listeners.is_empty() => {
                Err(ListenError::Unusable(self.program, self.text, error))
            }
            _ => {
                let host = self
                    .text
                    .rsplit_once(':')
                    .map_or(&*self.text, |(host, _)| host);
                // Clients cannot connect to a wildcard address.
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

/// Returns the missing part of `host:port`, if it can be determined.
fn missing_part(text: &str) -> Option<&'static str> {
    let is_port = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.rsplit_once(':') {
        None if is_port(text) => Some("host"),
        Some(("", port)) if is_port(port) => Some("host"),
        None | Some((_, "")) => Some("port"),
        Some(_) if text.ends_with(']') => Some("port"),
        Some(_) => None,
    }
}

/// Sockets that accept connections.
#[derive(Debug)]
pub struct Listeners {
    listeners: Vec<TcpListener>,
    port: u16,
    url: String,
    url_from_here: String,
}

impl Listeners {
    /// Returns the port, which is the same for all sockets.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns `http://host:port`, with the configured host and the actual port.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the URL for clients on this machine.
    #[must_use]
    pub fn url_from_here(&self) -> &str {
        &self.url_from_here
    }

    /// Returns whether only this machine can connect.
    #[must_use]
    pub fn are_local(&self) -> bool {
        let addresses = self.listeners.iter().map(TcpListener::local_addr);
        (addresses.into_iter())
            .all(|address| address.is_ok_and(|address| address.ip().is_loopback()))
    }

    /// Returns a `curl` command for a path, with a token.
    #[must_use]
    pub fn curl(&self, path: &str, token: &str) -> String {
        let url = shell_word(&format!("{}{path}", self.url));
        format!("curl {url} -H 'Authorization: Bearer {token}'")
    }

    /// Returns the connections of all sockets, at most 1,024 open ones.
    pub fn incoming(self) -> impl Stream<Item = io::Result<Connection>> {
        incoming(self.listeners, Limits::DEFAULT)
    }

    /// Serves until the program is asked to stop, then waits for requests in progress.
    #[cfg(feature = "axum")]
    pub async fn serve(self, app: axum::Router, request: crate::StopRequest) {
        use axum::extract::{ConnectInfo, Request};
        use tower::ServiceExt;

        // Extractors find the client's address under Axum's own type.
        let app = app.map_request(|mut request: Request<hyper::body::Incoming>| {
            if let Some(client) = request.extensions().get::<SocketAddr>().copied() {
                request.extensions_mut().insert(ConnectInfo(client));
            }
            request
        });
        let connections = self.incoming();
        let served = request.serve(|asked| crate::serve(app, connections, asked));
        let Ok(()) = served.await as Result<(), std::convert::Infallible>;
    }
}

/// The reason why the application cannot listen.
#[derive(Debug)]
#[non_exhaustive]
pub enum ListenError {
    /// Another program uses the port.
    Taken(Program, SocketAddr),
    /// The host or the port is missing.
    Incomplete(Program, String, &'static str),
    /// The text is not an address, or not one of this machine.
    Unusable(Program, String, io::Error),
}

impl fmt::Display for ListenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken(program, socket) => {
                let another =
                    SocketAddr::new(socket.ip(), socket.port().checked_add(1).unwrap_or(3000));
                write!(
                    f,
                    "{socket} is taken by another program. Choose another port: \
                     {variable}={another} cargo run -p {name}",
                    variable = program.address_variable,
                    name = program.name,
                )
            }
            Self::Incomplete(program, text, part) => write!(
                f,
                "{variable}={text} is not a valid address to listen on: the {part} is missing. \
                 {EXAMPLE}",
                variable = program.address_variable,
            ),
            Self::Unusable(program, text, _) => write!(
                f,
                "{variable}={text} is not a valid address to listen on. {EXAMPLE}",
                variable = program.address_variable,
            ),
        }
    }
}

impl Error for ListenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Taken(..) | Self::Incomplete(..) => None,
            Self::Unusable(_, _, error) => Some(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn resolve(text: &str) -> Result<Address, ListenError> {
        Address::resolve(Program::new("ledger"), text).await
    }

    #[tokio::test]
    async fn every_address_of_a_name_gets_the_same_free_port() {
        let address = resolve("localhost:0").await.unwrap();
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
    async fn taken_port_error_proposes_another_port() {
        let first = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let taken = first.local_addr().unwrap();
        let address = resolve(&taken.to_string()).await.unwrap();
        let error = address.bind().await.unwrap_err();
        assert!(matches!(error, ListenError::Taken(_, socket) if socket == taken));
        assert!(
            error.to_string().contains("EXAMPLE_ADDR=127.0.0.1:"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn missing_host_or_port_is_named() {
        for (text, part) in [
            ("3001", "the host is missing"),
            (":3001", "the host is missing"),
            ("localhost", "the port is missing"),
            ("localhost:", "the port is missing"),
            ("127.0.0.1", "the port is missing"),
            ("[::1]", "the port is missing"),
        ] {
            let error = resolve(text).await.unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
        assert!(resolve("127.0.0.1:3001").await.is_ok());
    }

    #[tokio::test]
    async fn wildcard_address_is_called_on_loopback() {
        for (text, host) in [
            ("0.0.0.0:0", "http://127.0.0.1:"),
            ("127.0.0.1:0", "http://127.0.0.1:"),
            ("localhost:0", "http://localhost:"),
        ] {
            let listeners = resolve(text).await.unwrap().bind().await.unwrap();
            let from_here = listeners.url_from_here();
            assert!(from_here.starts_with(host), "{from_here}");
        }
    }

    #[tokio::test]
    async fn invalid_address_is_rejected_with_an_example() {
        for text in [
            "localhost",
            "127.0.0.1",
            ":3000",
            "127.0.0.1:99999",
            "http://localhost:3000",
        ] {
            let error = resolve(text).await.unwrap_err().to_string();
            assert!(
                error.contains(text) && error.contains("127.0.0.1:3000"),
                "{error}"
            );
        }
    }
}
