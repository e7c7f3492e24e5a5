//! One connection, and the commands on it.

use std::{sync::Arc, time::Duration};

use okta_tower::explain::Check;
use redis::{
    AsyncConnectionConfig, ConnectionAddr, IntoConnectionInfo, RedisConnectionInfo, RedisError,
    aio::MultiplexedConnection,
};
use rustls::{
    ClientConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use rustls_platform_verifier::Verifier;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    task::JoinHandle,
    time::timeout,
};
use tokio_rustls::TlsConnector;
use url::Url;

use crate::{
    checks::{failure, warning},
    report::Report,
};

const TIMEOUT: Duration = Duration::from_secs(5);
/// The default prefix of `RedisStore`.
const SESSIONS: &str = "okta:session:*";
/// The oldest major version with the commands of `RedisStore`'s scripts.
const MIN_VERSION: u32 = 6;

const UNREACHABLE: &str = "check host, port and firewall, that Redis runs, and that redis:// or \
    rediss:// (TLS) fits the server";
const LOGIN: &str = "check user and password of the URL; percent-encode special characters of the \
    password";

/// What stops the check. Never with the address, which may contain a password.
struct Problem(String, &'static str);

pub(super) async fn check(address: &str, roots: Option<&str>, report: &mut Report) {
    let found = match timeout(TIMEOUT, Server::ask(address, roots, report)).await {
        Ok(Ok(server)) => server,
        Ok(Err(Problem(message, remedy))) => {
            return report.add(failure(Check::SessionStore, message, remedy));
        }
        Err(_) => {
            let message = format!("Redis does not respond within {} s", TIMEOUT.as_secs());
            return report.add(failure(Check::SessionStore, message, UNREACHABLE));
        }
    };
    found.report(report);
}

/// What the server responds.
struct Server {
    version: String,
    eviction: String,
    keys: u64,
    /// The time to live of one session, in seconds; -1: no expiry.
    sample: Option<i64>,
}

impl Server {
    async fn ask(address: &str, roots: Option<&str>, report: &mut Report) -> Result<Self, Problem> {
        let url = Url::parse(address).map_err(|_| {
            let remedy = "use redis://user:password@host:port/database";
            Problem("the address of Redis is not a URL".to_owned(), remedy)
        })?;
        report.hide(url.password().unwrap_or_default());
        let is_tls = matches!(url.scheme(), "rediss" | "valkeys");
        // The client library parses TLS addresses only with a TLS stack of its own.
        let plain = address.replacen("rediss://", "redis://", 1);
        let plain = plain.replacen("valkeys://", "valkey://", 1);
        let info = plain.as_str().into_connection_info().map_err(|_| {
            let remedy = "use redis:// or rediss://, a host, and a number as the database";
            Problem("the address of Redis is malformed".to_owned(), remedy)
        })?;
        let ConnectionAddr::Tcp(host, port) = info.addr().clone() else {
            let remedy = "use redis:// or rediss://, as RedisStore does";
            return Err(Problem(
                "the address of Redis is not TCP".to_owned(),
                remedy,
            ));
        };
        if let Some(password) = info.redis_settings().password() {
            report.hide(password);
        }
        let unreachable = |error: std::io::Error| {
            Problem(
                format!("Redis is not reachable: {}", error.kind()),
                UNREACHABLE,
            )
        };
        let stream = TcpStream::connect((host.as_str(), port))
            .await
            .map_err(unreachable)?;
        let login = info.redis_settings();
        if !is_tls {
            return Self::read(login, stream).await;
        }
        let name = ServerName::try_from(host).map_err(|_| {
            Problem(
                "the host of Redis is not a name that TLS can verify".to_owned(),
                UNREACHABLE,
            )
        })?;
        let stream = tls(roots)?.connect(name, stream).await.map_err(|error| {
            let remedy = "the certificate must be for this host, and trusted by the system or by \
                          --root-certificate";
            Problem(format!("TLS with Redis failed: {error}"), remedy)
        })?;
        Self::read(login, stream).await
    }

    async fn read<S>(login: &RedisConnectionInfo, stream: S) -> Result<Self, Problem>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let config = AsyncConnectionConfig::new();
        let connected = MultiplexedConnection::new_with_config(login, stream, config).await;
        let (mut connection, driver) = connected.map_err(|error| problem(&error))?;
        // The driver ends with the connection, which this function drops.
        let _driver: JoinHandle<()> = tokio::spawn(driver);
        let info: String = query(redis::cmd("INFO"), &mut connection).await?;
        let keys = query(redis::cmd("DBSIZE"), &mut connection).await?;
        let sample = match sample(&mut connection).await? {
            None => None,
            Some(key) => {
                let mut ttl = redis::cmd("TTL");
                ttl.arg(key);
                Some(query(ttl, &mut connection).await?)
            }
        };
        let line = |name: &str| {
            let mut lines = info.lines().filter_map(|line| line.strip_prefix(name));
            lines.next().unwrap_or_default().trim().to_owned()
        };
        Ok(Self {
            version: line("redis_version:"),
            eviction: line("maxmemory_policy:"),
            keys,
            sample,
        })
    }

    fn report(&self, report: &mut Report) {
        let major = self
            .version
            .split('.')
            .next()
            .and_then(|major| major.parse::<u32>().ok());
        let message = format!("Redis {} responds, with {} keys", self.version, self.keys);
        match major {
            Some(major) if major < MIN_VERSION => {
                let remedy = "use Redis 6.2 or newer, or Valkey";
                report.add(failure(Check::SessionStore, message, remedy));
            }
            _ => report.ok(Check::SessionStore, message),
        }
        match self.sample {
            None => report.ok(
                Check::SessionStore,
                format!("no key {SESSIONS}: no session yet"),
            ),
            Some(seconds) if seconds < 0 => {
                let remedy = "another program writes keys with this prefix: give each its own";
                let message = format!("a key {SESSIONS} has no expiry");
                report.add(warning(Check::SessionStore, message, remedy));
            }
            Some(seconds) => {
                report.ok(
                    Check::SessionStore,
                    format!("a session expires in {seconds} s"),
                );
            }
        }
        if !matches!(self.eviction.as_str(), "noeviction" | "") {
            let message = format!("maxmemory-policy is {}", self.eviction);
            let remedy = "set maxmemory-policy noeviction: other policies sign users out to make \
                          room";
            report.add(warning(Check::SessionStore, message, remedy));
        }
    }
}

/// Returns the key of one session. Looks at a bounded number of keys.
async fn sample(connection: &mut MultiplexedConnection) -> Result<Option<String>, Problem> {
    let mut cursor = "0".to_owned();
    for _ in 0..10 {
        let mut scan = redis::cmd("SCAN");
        scan.arg(&cursor)
            .arg("MATCH")
            .arg(SESSIONS)
            .arg("COUNT")
            .arg(1000);
        let (next, keys): (String, Vec<String>) = query(scan, connection).await?;
        if let Some(key) = keys.into_iter().next() {
            return Ok(Some(key));
        }
        if next == "0" {
            break;
        }
        cursor = next;
    }
    Ok(None)
}

async fn query<T: redis::FromRedisValue>(
    command: redis::Cmd,
    connection: &mut MultiplexedConnection,
) -> Result<T, Problem> {
    command
        .query_async(connection)
        .await
        .map_err(|error| problem(&error))
}

/// Describes an error by its code: its text may quote the command.
fn problem(error: &RedisError) -> Problem {
    let code = error.code().unwrap_or("the connection failed").to_owned();
    match code.as_str() {
        "NOPERM" => {
            let remedy = "the check needs the commands INFO, DBSIZE, SCAN and TTL; the sessions \
                          need others";
            Problem(
                format!("Redis rejects a command of the check: {code}"),
                remedy,
            )
        }
        "WRONGPASS" | "NOAUTH" | "ERR" => {
            Problem(format!("Redis rejects the login: {code}"), LOGIN)
        }
        _ => Problem(format!("Redis: {code}"), UNREACHABLE),
    }
}

/// Trusts the system's certificates and those in this PEM text.
fn tls(roots: Option<&str>) -> Result<TlsConnector, Problem> {
    let unusable = |_| {
        let remedy = "install the system's root certificates (ca-certificates)";
        Problem(
            "the system's certificates cannot be used".to_owned(),
            remedy,
        )
    };
    let provider = Arc::new(aws_lc_rs::default_provider());
    let roots = CertificateDer::pem_slice_iter(roots.unwrap_or_default().as_bytes());
    let roots = roots.collect::<Result<Vec<_>, _>>().map_err(|_| {
        let remedy = "give a PEM file (-----BEGIN CERTIFICATE-----)";
        Problem(
            "the file of --root-certificate is not PEM".to_owned(),
            remedy,
        )
    })?;
    let verifier = Verifier::new_with_extra_roots(roots, Arc::clone(&provider));
    let verifier = verifier.map_err(unusable)?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        // rustls calls every other verifier dangerous. The platform's verifier checks everything.
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}
