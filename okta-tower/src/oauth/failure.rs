//! What can come of a request to Okta other than what was asked for.

use std::{fmt, time::Duration};

use crate::base::fetch::FetchError;

/// Why there are no tokens, or why another endpoint did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TokenFailure {
    /// 400 `invalid_grant`: the code or refresh token is no good, and will not be again. Nothing else ends a session.
    InvalidGrant,
    /// 401 `invalid_client`, or what means the same: our own credentials are wrong. For people to mend: tell it with
    /// [`telemetry::client_not_recognised`](crate::telemetry::client_not_recognised).
    InvalidClient,
    /// Another refusal by name (RFC 6749 section 5.2): a name from a closed list, never the server's text.
    Refused(&'static str),
    /// Not reached, too slow, limited, or broken: ask again later.
    Transient {
        /// How long the issuer asks to be left alone.
        retry_after: Option<Duration>,
    },
}

impl TokenFailure {
    /// The names of the kinds, as the metrics have them.
    pub(crate) const KINDS: [&'static str; 4] =
        ["invalid_grant", "invalid_client", "refused", "transient"];

    /// A stable name of the kind in snake case.
    pub(crate) const fn as_str(&self) -> &'static str {
        let [invalid_grant, invalid_client, refused, transient] = Self::KINDS;
        match self {
            Self::InvalidGrant => invalid_grant,
            Self::InvalidClient => invalid_client,
            Self::Refused(_) => refused,
            Self::Transient { .. } => transient,
        }
    }
}

/// A failure and what it comes from, for the log.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) failure: TokenFailure,
    pub(super) cause: Cause,
}

/// Nothing in it comes from an answer's text.
#[derive(Debug)]
pub(super) enum Cause {
    Fetch(FetchError),
    Status(u16, &'static str),
    Unreadable(&'static str),
}

impl Failed {
    pub(super) fn fetch(error: FetchError) -> Self {
        Self {
            failure: TokenFailure::Transient {
                retry_after: error.retry_after(),
            },
            cause: Cause::Fetch(error),
        }
    }

    /// An answer that says nothing that can be relied on: whoever sent it may be a broken proxy.
    pub(super) fn unreadable(problem: &'static str) -> Self {
        Self {
            failure: TokenFailure::Transient { retry_after: None },
            cause: Cause::Unreadable(problem),
        }
    }

    /// A refusal of our own.
    pub(super) fn refused(reason: &'static str) -> Self {
        Self {
            failure: TokenFailure::Refused(reason),
            cause: Cause::Unreadable(reason),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fetch(error) => error.fmt(f),
            Self::Status(status, name) => write!(f, "the answer was {status} ({name})"),
            Self::Unreadable(problem) => f.write_str(problem),
        }
    }
}
