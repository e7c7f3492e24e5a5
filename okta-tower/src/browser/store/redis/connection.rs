//! One shared connection: opened on demand, dropped when dead, every wait bounded.

use std::{io, sync::Arc, time::Duration};

use arc_swap::ArcSwapOption;
use redis::{AsyncConnectionConfig, Cmd, FromRedisValue, aio::MultiplexedConnection, cmd};
use rustls::pki_types::ServerName;
use tokio::{
    net::TcpStream,
    sync::Mutex,
    task::{AbortHandle, JoinHandle},
};
use tokio_rustls::TlsConnector;

use super::{address::Address, failure::Failure};
use crate::base::clock::Clock;

/// The pause after a failed attempt to connect. All operations in it get the same failure.
const COOL_DOWN: Duration = Duration::from_millis(100);

/// The shared connection and its target.
pub(super) struct Connection {
    target: Target,
    live: ArcSwapOption<Live>,
    /// Locked while connecting. The last attempt, if it failed.
    attempt: Mutex<Option<FailedAttempt>>,
}

/// The settings of a connection.
pub(super) struct Target {
    pub(super) address: Address,
    pub(super) tls: Option<TlsConnector>,
    pub(super) clock: Arc<dyn Clock>,
    /// The time-out of connecting: DNS, TCP, TLS and login.
    pub(super) connect_timeout: Duration,
    /// The time-out of an operation, connecting included.
    pub(super) timeout: Duration,
}

/// An open connection, which may have ended since.
struct Live {
    connection: MultiplexedConnection,
    /// The task that reads and writes. Ends with the socket.
    driver: AbortHandle,
}

struct FailedAttempt {
    /// In the clock's uptime.
    at: Duration,
    failure: Failure,
}

impl Connection {
    pub(super) fn new(target: Target) -> Self {
        Self {
            target,
            live: ArcSwapOption::empty(),
            attempt: Mutex::new(None),
        }
    }

    pub(super) fn clock(&self) -> &dyn Clock {
        &*self.target.clock
    }

    pub(super) fn address(&self) -> &str {
        &self.target.address.shown
    }

    /// Sends a command once and waits for the reply.
    pub(super) async fn run<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, Failure> {
        let timeout = self.target.timeout;
        let mut deadline = self.target.clock.sleep(timeout);
        let live = tokio::select! {
            live = self.live() => live?,
            () = &mut deadline => return Err(Failure::TimedOut(timeout)),
        };
        let mut connection = live.connection.clone();
        let reply = tokio::select! {
            reply = command.query_async(&mut connection) => {
                reply.map_err(|error| Failure::of(&error))
            }
            () = &mut deadline => Err(Failure::TimedOut(timeout)),
        };
        if reply.as_ref().is_err_and(Failure::ends_connection) {
            self.give_up(&live);
        }
        reply
    }

    /// Returns the connection, or opens one. One operation connects, and the others wait for it.
    async fn live(&self) -> Result<Arc<Live>, Failure> {
        if let Some(live) = self.current() {
            return Ok(live);
        }
        let mut attempt = self.attempt.lock().await;
        if let Some(live) = self.current() {
            return Ok(live);
        }
        let uptime = self.target.clock.uptime();
        if let Some(failed) = &*attempt
            && uptime.saturating_sub(failed.at) < COOL_DOWN
        {
            return Err(failed.failure.clone());
        }
        match self.target.connect().await {
            Ok(live) => {
                let live = Arc::new(live);
                self.live.store(Some(Arc::clone(&live)));
                *attempt = None;
                Ok(live)
            }
            Err(failure) => {
                *attempt = Some(FailedAttempt {
                    at: self.target.clock.uptime(),
                    failure: failure.clone(),
                });
                Err(failure)
            }
        }
    }

    /// Returns the connection unless its socket is closed: a command on it would be lost.
    fn current(&self) -> Option<Arc<Live>> {
        let live = self.live.load_full()?;
        (!live.driver.is_finished()).then_some(live)
    }

    /// Drops a connection for new operations. Those that wait for a reply may still get one.
    fn give_up(&self, dead: &Arc<Live>) {
        self.live.rcu(|now| match now {
            Some(now) if Arc::ptr_eq(now, dead) => None,
            now => now.clone(),
        });
    }
}

impl Target {
    async fn connect(&self) -> Result<Live, Failure> {
        let failed = |source: io::Error| Failure::Connect {
            address: Arc::clone(&self.address.shown),
            source: Arc::new(source),
        };
        let connected = async {
            let tcp = TcpStream::connect((&*self.address.host, self.address.port))
                .await
                .map_err(failed)?;
            tcp.set_nodelay(true).map_err(failed)?;
            let Some(tls) = &self.tls else {
                return self.log_in(tcp).await;
            };
            let name = ServerName::try_from(self.address.host.clone()).map_err(|_| {
                Failure::Setting("the host of Redis is not a name that TLS can verify")
            })?;
            let stream = tls.connect(name, tcp).await.map_err(failed)?;
            self.log_in(stream).await
        };
        tokio::select! {
            live = connected => live,
            () = self.clock.sleep(self.connect_timeout) => {
                Err(failed(io::ErrorKind::TimedOut.into()))
            }
        }
    }

    async fn log_in<S>(&self, stream: S) -> Result<Live, Failure>
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    {
        // The operation's deadline covers connecting and the reply.
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(None)
            .set_response_timeout(None);
        let (connection, driver) =
            MultiplexedConnection::new_with_config(&self.address.login, stream, config)
                .await
                .map_err(|error| Failure::of(&error))?;
        // The driver ends when the last handle of the connection is dropped.
        let driver: JoinHandle<()> = tokio::spawn(driver);
        let live = Live {
            connection,
            driver: driver.abort_handle(),
        };
        self.select(&live).await?;
        Ok(live)
    }

    /// Selects the database. The client library would hide the reason for a rejection.
    async fn select(&self, live: &Live) -> Result<(), Failure> {
        if self.address.database == 0 {
            return Ok(());
        }
        let mut command = cmd("SELECT");
        command.arg(self.address.database);
        let selected = command.query_async(&mut live.connection.clone()).await;
        selected.map_err(|error| match Failure::of(&error) {
            Failure::Refused(code) if *code == *"ERR" => {
                Failure::Setting("Redis has no database with the number in the address")
            }
            failure => failure,
        })
    }
}
