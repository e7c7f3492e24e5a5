//! Errors of the management API.

use std::{error::Error, fmt, sync::Arc, time::Duration};

use http::StatusCode;

use super::link::LinkError;
use crate::{base::fetch::FetchError, oauth::TokenFailure};

/// The reason why a call of Okta's management API failed. Cheap to clone.
///
/// Opaque: [`kind`](Self::kind) says what to do, [`error_code`](Self::error_code) is Okta's own
/// code, and [`error_id`](Self::error_id) is for Okta's support.
///
/// # Security
/// `Display` and `Debug` contain no token and no user input, and of Okta's response only the status
/// and the code. [`summary`](Self::summary) and [`causes`](Self::causes) may quote the request.
#[derive(Clone)]
pub struct ApiError(Arc<Inner>);

struct Inner {
    kind: ApiErrorKind,
    problem: Problem,
    details: Details,
    retry_after: Option<Duration>,
}

/// The kind of a failure: what can be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ApiErrorKind {
    /// The request is invalid: Okta rejects a member, or an ID is malformed. Change the request.
    Invalid,
    /// Okta rejects the credentials or gives the service no token. Needs operator action.
    Unauthorized,
    /// The credentials lack a scope or an admin role. Needs operator action.
    Forbidden,
    /// There is no such user.
    NotFound,
    /// The user's status does not allow the call: an active account cannot be activated.
    Conflict,
    /// Okta's rate limit is reached: see [`retry_after`](ApiError::retry_after).
    RateLimited,
    /// Okta is unreachable or overloaded. A call that changes something may have taken effect.
    Unavailable,
    /// Okta's response is malformed, too long, a redirect, or links to a page elsewhere.
    Unreadable,
    /// There are more pages than requested.
    TooMany,
    /// The management API is not turned on: see [`OktaBuilder::api`](crate::OktaBuilder::api).
    NotSetUp,
}

impl ApiErrorKind {
    /// All kinds.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 10] = [
        Self::Invalid,
        Self::Unauthorized,
        Self::Forbidden,
        Self::NotFound,
        Self::Conflict,
        Self::RateLimited,
        Self::Unavailable,
        Self::Unreadable,
        Self::TooMany,
        Self::NotSetUp,
    ];

    /// Returns whether the failure needs operator action.
    pub(crate) const fn is_for_people(self) -> bool {
        matches!(self, Self::Unauthorized | Self::Forbidden)
    }

    /// Returns a stable code in snake case: the `result` label of the metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::RateLimited => "rate_limited",
            Self::Unavailable => "unavailable",
            Self::Unreadable => "unreadable",
            Self::TooMany => "too_many",
            Self::NotSetUp => "not_set_up",
        }
    }
}

/// The cause of a failure. Contains no text of a response.
#[derive(Clone, Debug)]
pub(super) enum Problem {
    /// Okta's response has this status.
    Refused(StatusCode),
    /// There is no response, or it was rejected.
    Fetch(FetchError),
    /// The service got no token.
    Token(TokenFailure),
    /// The response is malformed.
    Unreadable(&'static str),
    /// The link to the next page was rejected.
    Link(LinkError),
    TooManyPages,
    /// The ID or login of a user is malformed.
    NotAnId,
    /// The name of an attribute is malformed.
    NotAnAttribute,
    NotSetUp,
}

/// Okta's description of an error, bounded.
#[derive(Clone, Debug, Default)]
pub(super) struct Details {
    pub(super) code: Option<Box<str>>,
    pub(super) id: Option<Box<str>>,
    pub(super) summary: Option<Box<str>>,
    pub(super) causes: Vec<Box<str>>,
}

impl ApiError {
    /// Returns the error for an unsuccessful response.
    pub(super) fn refused(
        kind: ApiErrorKind,
        status: StatusCode,
        details: Details,
        retry_after: Option<Duration>,
    ) -> Self {
        Self(Arc::new(Inner {
            kind,
            problem: Problem::Refused(status),
            details,
            retry_after,
        }))
    }

    /// Returns the kind of the failure.
    #[must_use]
    pub fn kind(&self) -> ApiErrorKind {
        self.0.kind
    }

    /// Returns the status of Okta's response, if there was one.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match &self.0.problem {
            Problem::Refused(status) => Some(*status),
            _ => None,
        }
    }

    /// Returns Okta's own code, such as `E0000007`, or OAuth's code if the service got no token,
    /// such as `invalid_scope`.
    #[must_use]
    pub fn error_code(&self) -> Option<&str> {
        match &self.0.problem {
            Problem::Token(TokenFailure::InvalidClient) => Some("invalid_client"),
            Problem::Token(TokenFailure::InvalidGrant) => Some("invalid_grant"),
            Problem::Token(TokenFailure::Refused(code)) => Some(code),
            _ => self.0.details.code.as_deref(),
        }
    }

    /// Returns the ID of this error, for logs and Okta's support.
    #[must_use]
    pub fn error_id(&self) -> Option<&str> {
        self.0.details.id.as_deref()
    }

    /// Returns Okta's message, shortened to 500 characters. The wording may change: decide by
    /// [`kind`](Self::kind).
    ///
    /// # Security
    /// The message may quote the request and IDs of other users. Do not log it or show it to
    /// unauthenticated clients.
    #[must_use]
    pub fn summary(&self) -> Option<&str> {
        self.0.details.summary.as_deref()
    }

    /// Returns what Okta rejected in each member, such as `password: Password requirements were not
    /// met`. At most 20 causes of 500 characters.
    ///
    /// # Security
    /// As for [`summary`](Self::summary). A cause may reveal that a login exists: a public form
    /// must respond the same in both cases.
    pub fn causes(&self) -> Causes<'_> {
        Causes(self.0.details.causes.iter())
    }

    /// Returns how long Okta asks clients to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    pub(super) fn problem(&self) -> &Problem {
        &self.0.problem
    }
}

/// The causes of an [`ApiError`]. Made by [`ApiError::causes`].
#[derive(Clone, Debug)]
pub struct Causes<'e>(std::slice::Iter<'e, Box<str>>);

impl<'e> Iterator for Causes<'e> {
    type Item = &'e str;

    fn next(&mut self) -> Option<&'e str> {
        self.0.next().map(|cause| &**cause)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl ExactSizeIterator for Causes<'_> {}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        let kind = match &problem {
            Problem::Refused(_) => ApiErrorKind::Unreadable,
            Problem::Fetch(FetchError::Transport(_) | FetchError::Timeout(_)) => {
                ApiErrorKind::Unavailable
            }
            Problem::Fetch(_) | Problem::Unreadable(_) | Problem::Link(_) => {
                ApiErrorKind::Unreadable
            }
            Problem::Token(TokenFailure::Transient { .. }) => ApiErrorKind::Unavailable,
            Problem::Token(_) => ApiErrorKind::Unauthorized,
            Problem::TooManyPages => ApiErrorKind::TooMany,
            Problem::NotAnId | Problem::NotAnAttribute => ApiErrorKind::Invalid,
            Problem::NotSetUp => ApiErrorKind::NotSetUp,
        };
        let retry_after = match &problem {
            Problem::Token(TokenFailure::Transient { retry_after }) => *retry_after,
            _ => None,
        };
        Self(Arc::new(Inner {
            kind,
            problem,
            details: Details::default(),
            retry_after,
        }))
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.problem {
            Problem::Refused(status) => {
                write!(f, "the management API returned {}", status.as_u16())?;
                match self.error_code() {
                    Some(code) => write!(f, " ({code})"),
                    None => Ok(()),
                }
            }
            Problem::Fetch(error) => {
                write!(f, "the call of the management API failed: {error}")
            }
            Problem::Token(TokenFailure::Transient { .. }) => {
                f.write_str("the org's token endpoint is temporarily unavailable")
            }
            Problem::Token(_) => write!(
                f,
                "the org gives this service no token ({}); check its client ID, key, scopes and \
                 admin role, and that it does not require DPoP",
                self.error_code().unwrap_or("refused")
            ),
            Problem::Unreadable(problem) => f.write_str(problem),
            Problem::Link(LinkError::Foreign) => {
                f.write_str("the next page is not part of the org's API and was not requested")
            }
            Problem::Link(LinkError::Bad) => f.write_str("the link to the next page is malformed"),
            Problem::TooManyPages => f.write_str("there are more pages than requested"),
            Problem::NotAnId => f.write_str(
                "invalid user; use an ID or login without slashes and control characters, not `me`",
            ),
            Problem::NotAnAttribute => {
                f.write_str("invalid attribute name; use one such as `profile.login`")
            }
            Problem::NotSetUp => f.write_str(
                "the management API is not turned on; call `OktaBuilder::api` when starting",
            ),
        }
    }
}

/// Shows the `Display` text, the kind and the ID.
impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiError")
            .field("kind", &self.0.kind)
            .field("problem", &format_args!("{self}"))
            .field("error_id", &self.error_id())
            .finish_non_exhaustive()
    }
}

impl Error for ApiError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0.problem {
            // `Display` shows the error itself. Its cause comes next.
            Problem::Fetch(error) => error.source(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::telemetry::API_RESULTS;

    #[test]
    fn every_kind_has_its_metric_label() {
        let kinds = ApiErrorKind::ALL.iter().map(|kind| kind.as_str());
        assert!(["success"].into_iter().chain(kinds).eq(API_RESULTS));
    }

    #[test]
    fn problem_has_its_kind_and_a_message() {
        for (problem, kind) in [
            (Problem::NotAnId, ApiErrorKind::Invalid),
            (Problem::NotAnAttribute, ApiErrorKind::Invalid),
            (
                Problem::Fetch(FetchError::Redirect),
                ApiErrorKind::Unreadable,
            ),
            (
                Problem::Fetch(FetchError::TooLarge),
                ApiErrorKind::Unreadable,
            ),
            (Problem::Link(LinkError::Foreign), ApiErrorKind::Unreadable),
            (Problem::TooManyPages, ApiErrorKind::TooMany),
            (Problem::NotSetUp, ApiErrorKind::NotSetUp),
            (
                Problem::Token(TokenFailure::InvalidClient),
                ApiErrorKind::Unauthorized,
            ),
        ] {
            let error = ApiError::from(problem);
            assert_eq!(error.kind(), kind);
            assert!(error.status().is_none() && error.error_id().is_none());
            assert!(!error.to_string().is_empty());
        }
    }
}
