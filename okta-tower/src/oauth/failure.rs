//! The errors of requests to Okta.

use std::{fmt, time::Duration};

use crate::base::fetch::FetchError;

/// Why a request to one of Okta's OAuth endpoints failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TokenFailure {
    /// 400 `invalid_grant`: the code or refresh token is invalid for good. Only this failure ends a
    /// session.
    InvalidGrant,
    /// 401 `invalid_client`, or an equivalent: Okta rejects the application's own credentials.
    /// Needs operator action: report it with
    /// [`telemetry::client_not_recognized`](crate::telemetry::client_not_recognized).
    InvalidClient,
    /// Another error code (RFC 6749 section 5.2), from a closed list and never the server's text.
    Refused(&'static str),
    /// Not reached, too slow, rate-limited or unreadable: a later request may succeed.
    Transient {
        /// How long the issuer asks the client to wait.
        retry_after: Option<Duration>,
    },
}

impl TokenFailure {
    /// The names of the kinds, which metrics use.
    pub(crate) const KINDS: [&'static str; 4] =
        ["invalid_grant", "invalid_client", "refused", "transient"];

    /// Returns a stable name of the kind, in snake case.
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

/// A failure and its cause, for the log.
#[derive(Debug)]
pub(super) struct RequestError {
    pub(super) failure: TokenFailure,
    pub(super) cause: Cause,
}

/// The cause of a failure. Contains no text of a response.
#[derive(Debug)]
pub(super) enum Cause {
    Fetch(FetchError),
    Status(u16, &'static str),
    Unreadable(&'static str),
    /// The request was not sent, because of this bound.
    HeldBack(&'static str),
}

impl RequestError {
    pub(super) fn fetch(error: FetchError) -> Self {
        Self {
            failure: TokenFailure::Transient {
                retry_after: error.retry_after(),
            },
            cause: Cause::Fetch(error),
        }
    }

    /// Returns the error for a request that was not sent.
    pub(super) fn held_back(reason: &'static str, retry_after: Duration) -> Self {
        Self {
            failure: TokenFailure::Transient {
                retry_after: Some(retry_after),
            },
            cause: Cause::HeldBack(reason),
        }
    }

    /// Returns the error for an unusable response, which may be that of a broken proxy.
    pub(super) fn unreadable(problem: &'static str) -> Self {
        Self {
            failure: TokenFailure::Transient { retry_after: None },
            cause: Cause::Unreadable(problem),
        }
    }

    /// Returns the error for a request or response that this crate rejects.
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
            Self::Status(status, name) => write!(f, "the response was {status} ({name})"),
            Self::Unreadable(problem) => f.write_str(problem),
            Self::HeldBack(bound) => write!(f, "the request was held back ({bound})"),
        }
    }
}
