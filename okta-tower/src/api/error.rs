//! Why a call of the management API did not do what was asked.

use std::{error::Error, fmt, sync::Arc, time::Duration};

use http::StatusCode;

use super::link::LinkError;
use crate::{base::fetch::FetchError, oauth::TokenFailure};

/// Why a call of Okta's management API did not do what was asked.
///
/// Opaque on purpose: [`kind`](Self::kind) says what to do about it, [`error_code`](Self::error_code) is Okta's own code, and
/// [`error_id`](Self::error_id) is what Okta's support asks for. Cheap to clone.
///
/// # Security
/// `Display` and `Debug` hold no token, nothing that a person has entered, and of Okta's answer the status and the code alone.
/// [`summary`](Self::summary) and [`causes`](Self::causes) may quote what was sent.
#[derive(Clone)]
pub struct ApiError(Arc<Inner>);

struct Inner {
    kind: ApiErrorKind,
    problem: Problem,
    details: Details,
    retry_after: Option<Duration>,
}

/// What can be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ApiErrorKind {
    /// What was sent will not do: a member that Okta does not take, or an id that is none. Change it.
    Invalid,
    /// Okta does not accept our credentials, or does not give our service a token. For people to mend.
    Unauthorized,
    /// Our credentials may not do this: a scope or an admin role is missing. For people to mend.
    Forbidden,
    /// There is no such person.
    NotFound,
    /// The person's status does not allow it: an account that is active cannot be activated.
    Conflict,
    /// Okta's limit is used up: [`retry_after`](ApiError::retry_after) says until when.
    RateLimited,
    /// Okta was not reached, or cannot answer at the moment. Whether a call that changes something took effect is not known.
    Unavailable,
    /// Okta's answer cannot be read, or was too long, a redirect, or led to a page elsewhere.
    Unreadable,
    /// There are more pages than were asked for.
    TooMany,
    /// The management API was not turned on: see [`OktaBuilder::api`](crate::OktaBuilder::api).
    NotSetUp,
}

impl ApiErrorKind {
    /// Every kind there is.
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

    /// Whether it stays so until somebody mends our set-up.
    pub(crate) const fn is_for_people(self) -> bool {
        matches!(self, Self::Unauthorized | Self::Forbidden)
    }

    /// A stable code in snake case, the same as the `result` label of the metrics.
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

/// What happened. Nothing in it comes from an answer's text.
#[derive(Clone, Debug)]
pub(super) enum Problem {
    /// Okta answered so.
    Refused(StatusCode),
    /// There was no answer, or none that may be used.
    Fetch(FetchError),
    /// There is no token for our service.
    Token(TokenFailure),
    /// The answer is not what it should be.
    Unreadable(&'static str),
    /// The next page is not asked for.
    Link(LinkError),
    TooManyPages,
    /// What should name a person does not.
    NotAnId,
    /// An attribute's name is none.
    NotAnAttribute,
    NotSetUp,
}

/// What Okta says of an error, bounded.
#[derive(Clone, Debug, Default)]
pub(super) struct Details {
    pub(super) code: Option<Box<str>>,
    pub(super) id: Option<Box<str>>,
    pub(super) summary: Option<Box<str>>,
    pub(super) causes: Vec<Box<str>>,
}

impl ApiError {
    /// Okta has answered, and this is no success.
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

    /// What to do about it.
    #[must_use]
    pub fn kind(&self) -> ApiErrorKind {
        self.0.kind
    }

    /// The status of Okta's answer, where there was one.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match &self.0.problem {
            Problem::Refused(status) => Some(*status),
            _ => None,
        }
    }

    /// Okta's own code, such as `E0000007`, or that of OAuth where our service was refused a token, such as `invalid_scope`.
    #[must_use]
    pub fn error_code(&self) -> Option<&str> {
        match &self.0.problem {
            Problem::Token(TokenFailure::InvalidClient) => Some("invalid_client"),
            Problem::Token(TokenFailure::InvalidGrant) => Some("invalid_grant"),
            Problem::Token(TokenFailure::Refused(code)) => Some(code),
            _ => self.0.details.code.as_deref(),
        }
    }

    /// The id of this very error at Okta, for the log and for Okta's support.
    #[must_use]
    pub fn error_id(&self) -> Option<&str> {
        self.0.details.id.as_deref()
    }

    /// Okta's sentence, cut off where it is long. Its wording may change: decide by [`kind`](Self::kind).
    ///
    /// # Security
    /// It may quote what was sent, and ids of other people. It belongs into no log and no page of a stranger's.
    #[must_use]
    pub fn summary(&self) -> Option<&str> {
        self.0.details.summary.as_deref()
    }

    /// What Okta found wrong, member by member, such as `password: Password requirements were not met`.
    ///
    /// # Security
    /// As for [`summary`](Self::summary). That a login exists already is told here, too: a form that is open to everybody must
    /// answer the same in either case.
    pub fn causes(&self) -> impl Iterator<Item = &str> {
        self.0.details.causes.iter().map(|cause| &**cause)
    }

    /// How long Okta asks to be left alone.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    pub(super) fn problem(&self) -> &Problem {
        &self.0.problem
    }
}

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
                write!(f, "the management API answered {}", status.as_u16())?;
                match self.error_code() {
                    Some(code) => write!(f, " ({code})"),
                    None => Ok(()),
                }
            }
            Problem::Fetch(error) => {
                write!(f, "the management API could not be asked: {error}")
            }
            Problem::Token(TokenFailure::Transient { .. }) => {
                f.write_str("the org's token endpoint cannot be asked at the moment")
            }
            Problem::Token(_) => write!(
                f,
                "the org gives this service no token ({}); check its client id, key, scopes and admin role, and that it does not demand DPoP",
                self.error_code().unwrap_or("refused")
            ),
            Problem::Unreadable(problem) => f.write_str(problem),
            Problem::Link(LinkError::Foreign) => {
                f.write_str("the next page is not of the org's API, and was not asked for")
            }
            Problem::Link(LinkError::Bad) => f.write_str("the link to the next page cannot be read"),
            Problem::TooManyPages => f.write_str("there are more pages than were asked for"),
            Problem::NotAnId => f.write_str(
                "a user is named by id or login, without slashes and control characters, and not as `me`",
            ),
            Problem::NotAnAttribute => {
                f.write_str("an attribute has a name such as `profile.login`")
            }
            Problem::NotSetUp => f.write_str(
                "the management API is not turned on; call `OktaBuilder::api` when starting",
            ),
        }
    }
}

/// Prints what `Display` does, the kind, and the id.
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
            // The error itself is displayed above; its cause is what comes next.
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
    fn every_kind_is_counted_under_its_own_name() {
        let kinds = ApiErrorKind::ALL.iter().map(|kind| kind.as_str());
        assert!(["success"].into_iter().chain(kinds).eq(API_RESULTS));
    }

    #[test]
    fn a_failure_leads_to_its_cause_and_quotes_nothing() {
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
