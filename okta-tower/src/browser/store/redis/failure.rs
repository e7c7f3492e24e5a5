//! Failures of Redis. No message contains data of a session or a password.

use std::{error::Error, fmt, io, sync::Arc, time::Duration};

use redis::{ErrorKind, RedisError, ServerErrorKind};

use crate::browser::store::error::{StoreError, StoreErrorKind};

/// The reason why an operation failed.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    /// A setting is invalid. The message says what to do.
    Setting(&'static str),
    /// Connecting failed.
    Connect {
        address: Arc<str>,
        source: Arc<io::Error>,
    },
    /// The connection was lost before the reply. The command may have been executed.
    Lost(Arc<io::Error>),
    /// No reply arrived in this time.
    TimedOut(Duration),
    /// The user name or password is wrong or missing.
    Credentials,
    /// Redis rejected a command with this code.
    Refused(Box<str>),
    /// The reply is malformed: the server is not Redis.
    Unreadable,
    /// The key is in use.
    KeyInUse,
    /// The value of the key is not a session of this store.
    Foreign,
    /// Sessions are created faster than they are deleted.
    Endless,
}

impl Failure {
    /// Converts an error of the client library. Its message is dropped: the message may quote the
    /// command, which contains the session.
    pub(super) fn of(error: &RedisError) -> Self {
        match error.kind() {
            ErrorKind::AuthenticationFailed => Self::Credentials,
            ErrorKind::Io => Self::Lost(Arc::new(io_error_in(error))),
            ErrorKind::Server(ServerErrorKind::ResponseError) | ErrorKind::Extension
                if error.code().is_none() =>
            {
                Self::Unreadable
            }
            ErrorKind::Server(_) | ErrorKind::Extension => Self::refused(error.code()),
            _ => Self::Unreadable,
        }
    }

    fn refused(code: Option<&str>) -> Self {
        /// The longest code of Redis.
        const LONGEST: usize = 20;
        let code = code.unwrap_or_default();
        let is_a_code = code.len() <= LONGEST && code.bytes().all(|byte| byte.is_ascii_uppercase());
        match code {
            "NOAUTH" | "WRONGPASS" => Self::Credentials,
            _ if is_a_code => Self::Refused(code.into()),
            _ => Self::Unreadable,
        }
    }

    fn kind(&self) -> StoreErrorKind {
        match self {
            Self::Connect { .. } | Self::Lost(_) | Self::TimedOut(_) | Self::Endless => {
                StoreErrorKind::Unavailable
            }
            Self::Setting(_) | Self::Credentials => StoreErrorKind::Misconfigured,
            Self::Refused(code) => match &**code {
                "OOM" => StoreErrorKind::Full,
                "LOADING" | "BUSY" | "MASTERDOWN" | "READONLY" | "TRYAGAIN" | "MISCONF"
                | "NOREPLICAS" => StoreErrorKind::Unavailable,
                "NOPERM" | "MOVED" | "ASK" | "CROSSSLOT" | "CLUSTERDOWN" => {
                    StoreErrorKind::Misconfigured
                }
                _ => StoreErrorKind::Unusable,
            },
            Self::Unreadable | Self::KeyInUse | Self::Foreign => StoreErrorKind::Unusable,
        }
    }

    /// Returns whether the connection must be replaced: it is dead, silent, or to a wrong server.
    pub(super) fn ends_connection(&self) -> bool {
        match self {
            Self::Lost(_) | Self::TimedOut(_) | Self::Credentials | Self::Unreadable => true,
            // The primary became a replica. Its name may now resolve to the new primary.
            Self::Refused(code) => matches!(&**code, "READONLY" | "MASTERDOWN"),
            _ => false,
        }
    }
}

/// Returns the operating system's error without the client library's message.
fn io_error_in(error: &RedisError) -> io::Error {
    let source = error
        .source()
        .and_then(|source| source.downcast_ref::<io::Error>());
    io::Error::from(source.map_or(io::ErrorKind::ConnectionAborted, io::Error::kind))
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting(problem) => f.write_str(problem),
            Self::Connect { address, .. } => write!(f, "cannot connect to Redis at {address}"),
            Self::Lost(_) => f.write_str("the connection to Redis was lost"),
            Self::TimedOut(time) => write!(f, "Redis did not answer within {time:?}"),
            Self::Credentials => f.write_str(
                "Redis rejected the user name or password; use redis://user:password@host, \
                 percent-encoded, without the user for the default user",
            ),
            Self::Refused(code) => match &**code {
                "NOPERM" => f.write_str(
                    "the user lacks permission in Redis for a command or key of the store (NOPERM)",
                ),
                "MOVED" | "ASK" | "CROSSSLOT" | "CLUSTERDOWN" => {
                    write!(f, "Redis Cluster is not supported ({code})")
                }
                "OOM" => f.write_str("Redis is out of memory (OOM)"),
                _ => write!(f, "Redis returned the error {code}"),
            },
            Self::Unreadable => f.write_str("the server is not Redis, or too old"),
            Self::KeyInUse => f.write_str("the session key is in use"),
            Self::Foreign => {
                f.write_str("the value of the key in Redis is not a session of this store")
            }
            Self::Endless => f.write_str("sessions are created faster than they are deleted"),
        }
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Connect { source, .. } | Self::Lost(source) => Some(&**source),
            _ => None,
        }
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        Self::new(failure.kind(), failure)
    }
}
