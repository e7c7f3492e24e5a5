//! Where the application listens.

use std::{
    error::Error,
    fmt,
    io::{self, ErrorKind},
    net::SocketAddr,
    time::Duration,
};

use tokio::net::{TcpListener, lookup_host};

use crate::{Incoming, Program, shell_word};

/// How long requests that are under way may go on when the program is asked to stop.
pub const GRACE: Duration = Duration::from_secs(10);

const EXAMPLE: &str =
    "It is a host and a port of this machine, such as localhost:3000 or 127.0.0.1:3000";

/// A `host:port`, resolved.
#[derive(Debug)]
pub struct Address {
    program: Program,
    text: String,
    sockets: Vec<SocketAddr>,
}

impl Address {
    /// Looks the host up where it is a name.
    ///
    /// # Errors
    /// Where it is no `host:port`, or the name is not known.
    pub async fn resolve(program: Program, text: &str) -> Result<Self, ListenError> {
        let unusable = |source| ListenError::Unusable(program, text.to_owned(), source);
        if text.contains('/') {
            let source = io::Error::new(ErrorKind::InvalidInput, "it looks like a URL");
            return Err(unusable(source));
        }
        if let Some(part) = lacks(text) {
            return Err(ListenError::Lacks(program, text.to_owned(), part));
        }
        let mut sockets: Vec<SocketAddr> = lookup_host(text).await.map_err(unusable)?.collect();
        // A name may be listed twice for the same address.
        sockets.sort_unstable();
        sockets.dedup();
        Ok(Self {
            program,
            text: text.to_owned(),
            sockets,
        })
    }

    /// Every address that the name stands for.
    #[must_use]
    pub fn sockets(&self) -> &[SocketAddr] {
        &self.sockets
    }

    /// Listens on every one of them: whoever opens `localhost` may get there by IPv4 or by IPv6. Addresses that this
    /// machine lacks are left out; one that is taken is an error, or another program would answer for us.
    ///
    /// # Errors
    /// Where one is taken, or none can be listened on.
    pub async fn bind(self) -> Result<Listeners, ListenError> {
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
                    return Err(ListenError::Taken(self.program, socket));
                }
                Err(error) => lacking = Some(error),
            }
        }
        match lacking {
            Some(error) if listeners.is_empty() => {
                Err(ListenError::Unusable(self.program, self.text, error))
            }
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
pub struct Listeners {
    listeners: Vec<TcpListener>,
    port: u16,
    url: String,
    url_from_here: String,
}

impl Listeners {
    /// The same for all of them, and as it came to be.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `http://host:port`, with the host as configured and the port as it came to be.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The same for whoever calls from this machine.
    #[must_use]
    pub fn url_from_here(&self) -> &str {
        &self.url_from_here
    }

    /// Whether only this machine can reach them.
    #[must_use]
    pub fn are_local(&self) -> bool {
        let addresses = self.listeners.iter().map(TcpListener::local_addr);
        (addresses.into_iter())
            .all(|address| address.is_ok_and(|address| address.ip().is_loopback()))
    }

    /// A `curl` line for a path, with a token.
    #[must_use]
    pub fn curl(&self, path: &str, token: &str) -> String {
        let url = shell_word(&format!("{}{path}", self.url));
        format!("curl {url} -H 'Authorization: Bearer {token}'")
    }

    /// Every connection, whichever address it comes in by.
    #[must_use]
    pub fn incoming(self) -> Incoming {
        Incoming::new(self.listeners)
    }

    /// Answers until it is asked to stop, then lets requests that are under way come to their end.
    #[cfg(feature = "axum")]
    pub async fn serve(self, app: axum::Router, request: crate::StopRequest) {
        let (stop, _) = tokio::sync::watch::channel(());
        let mut servers = tokio::task::JoinSet::new();
        for listener in self.listeners {
            let mut stopped = stop.subscribe();
            let server = axum::serve(
                listener,
                app.clone()
                    .into_make_service_with_connect_info::<SocketAddr>(),
            )
            .with_graceful_shutdown(async move {
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
#[non_exhaustive]
pub enum ListenError {
    /// Another program has the port.
    Taken(Program, SocketAddr),
    /// The host or the port is missing.
    Lacks(Program, String, &'static str),
    /// Not an address, or not one of this machine.
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
            Self::Lacks(program, text, part) => write!(
                f,
                "{variable}={text} is no address to listen on: the {part} is missing. {EXAMPLE}",
                variable = program.address_variable,
            ),
            Self::Unusable(program, text, _) => write!(
                f,
                "{variable}={text} is no address to listen on. {EXAMPLE}",
                variable = program.address_variable,
            ),
        }
    }
}

impl Error for ListenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Taken(..) | Self::Lacks(..) => None,
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
    async fn every_address_of_a_name_is_listened_on_with_one_free_port() {
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
    async fn a_taken_port_is_an_error_that_names_another() {
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
    async fn a_missing_host_or_port_is_named() {
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
    async fn an_address_that_stands_for_all_is_called_on_loopback() {
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
    async fn what_is_no_host_and_port_is_refused_with_an_example() {
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
