//! What can go wrong with Redis, in words that hold nothing of a session and no password.

use std::{error::Error, fmt, io, sync::Arc, time::Duration};

use redis::{ErrorKind, RedisError, ServerErrorKind};

use crate::browser::store::{StoreError, StoreErrorKind};

/// Why Redis did not do what it was asked.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    /// A setting that cannot be right, and what to do about it.
    Setting(&'static str),
    /// No connection.
    Connect {
        address: Arc<str>,
        source: Arc<io::Error>,
    },
    /// The connection was lost while an answer was awaited. Whether the command was obeyed, nobody knows.
    Lost(Arc<io::Error>),
    /// No answer within this time.
    TimedOut(Duration),
    /// The user name or password is wrong, or there should be one.
    Credentials,
    /// Redis refused a command, with this code.
    Refused(Box<str>),
    /// An answer that we cannot read, which Redis would not give.
    Unreadable,
    /// There is a session by that key already.
    Taken,
    /// What is kept by that key is not what we put there.
    Foreign,
    /// Sessions are created faster than they are deleted.
    Endless,
}

impl Failure {
    /// What the client library says. Its words are not repeated: they may quote the command, which has the session in it.
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
        /// No code of Redis is longer.
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
            Self::Unreadable | Self::Taken | Self::Foreign => StoreErrorKind::Unusable,
        }
    }

    /// Whether another connection is needed: this one is dead, silent, or leads to the wrong server.
    pub(super) fn ends_connection(&self) -> bool {
        match self {
            Self::Lost(_) | Self::TimedOut(_) | Self::Credentials | Self::Unreadable => true,
            // A primary that has become a replica: its name may lead to the new primary by now.
            Self::Refused(code) => matches!(&**code, "READONLY" | "MASTERDOWN"),
            _ => false,
        }
    }
}

/// The operating system's error below the client library's, without the library's words.
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
            Self::Connect { address, .. } => write!(f, "no connection to Redis at {address}"),
            Self::Lost(_) => f.write_str("the connection to Redis was lost"),
            Self::TimedOut(time) => write!(f, "Redis did not answer within {time:?}"),
            Self::Credentials => f.write_str(
                "Redis refused the user name or the password: the address must be \
                 redis://user:password@host, percent-encoded, where the default user may be left out",
            ),
            Self::Refused(code) => match &**code {
                "NOPERM" => f.write_str(
                    "Redis does not allow this user a command or a key that the store needs (NOPERM)",
                ),
                "MOVED" | "ASK" | "CROSSSLOT" | "CLUSTERDOWN" => {
                    write!(f, "this is a Redis Cluster, which is not supported ({code})")
                }
                "OOM" => f.write_str("Redis has no memory left (OOM)"),
                _ => write!(f, "Redis answered with the error {code}"),
            },
            Self::Unreadable => f.write_str("what answered is not Redis, or too old"),
            Self::Taken => f.write_str("there is a session by this key already"),
            Self::Foreign => f.write_str("what Redis has by this key is not a session of ours"),
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
