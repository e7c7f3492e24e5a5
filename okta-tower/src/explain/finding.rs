//! One line of an explanation.

use std::{borrow::Cow, fmt};

use serde::Serialize;

use super::{advice::Topic, check::Check};

/// What a [`Finding`] says about its check. Ordered: the last one is the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// As it should be.
    Ok,
    /// No reason for a rejection now. It may become one, or is unusual.
    Warning,
    /// A reason for a rejection.
    Failure,
}

impl Outcome {
    /// Returns a stable code in snake case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failure => "failure",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The result of one check: what was found and, if it is not as it should be, what to do.
///
/// `Display` writes one line. `Serialize` writes the members `check`, `outcome`, `message`, and,
/// if there is one, `reason` and `remedy`.
///
/// ```
/// use okta_tower::explain::{Check, Finding, Outcome};
///
/// let found = Finding::new(Check::SessionStore, Outcome::Ok, "Redis 7.4 responds");
/// assert_eq!(found.to_string(), "ok session_store: Redis 7.4 responds");
///
/// // A reason code brings its remedy.
/// let rejected = Finding::new(Check::Lifetime, Outcome::Failure, "expired an hour ago")
///     .with_reason("expired");
/// assert!(rejected.remedy().is_some());
/// assert!(rejected.to_string().starts_with("failure lifetime: expired an hour ago [expired]"));
/// ```
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    check: Check,
    outcome: Outcome,
    message: Cow<'static, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<Cow<'static, str>>,
}

impl Finding {
    /// Returns a finding without a reason code and a remedy.
    ///
    /// # Security
    /// The message is shown and logged as it is: without secrets, tokens, and control characters.
    pub fn new(check: Check, outcome: Outcome, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            check,
            outcome,
            message: message.into(),
            reason: None,
            remedy: None,
        }
    }

    /// Sets the reason code of a rejection, as [`AuthError::reason`](crate::AuthError::reason)
    /// returns it, and its [remedy](Topic::Rejection).
    #[must_use]
    pub fn with_reason(self, reason: &'static str) -> Self {
        self.with_advice(Topic::Rejection, reason)
    }

    /// Sets a code of another topic, and its remedy.
    #[must_use]
    pub fn with_advice(mut self, topic: Topic, code: &'static str) -> Self {
        self.reason = Some(code);
        if let Some(advice) = topic.advice(code) {
            self.remedy = Some(advice.remedy().into());
        }
        self
    }

    /// Sets what to do, in place of the reason code's own remedy.
    #[must_use]
    pub fn with_remedy(mut self, remedy: impl Into<Cow<'static, str>>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// Says that the claims of the message are those of a token without a valid signature.
    pub(super) fn label_as_unverified(&mut self) {
        self.message = format!("unverified: {}", self.message).into();
    }

    /// Returns the finding with a failure as a warning.
    pub(super) fn at_most_warning(mut self) -> Self {
        self.outcome = self.outcome.min(Outcome::Warning);
        self
    }

    /// Returns what was checked.
    #[must_use]
    pub const fn check(&self) -> Check {
        self.check
    }

    /// Returns the outcome.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Returns what was found, for developers and operators. May contain unverified claims.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the stable code of the reason, if there is one.
    #[must_use]
    pub const fn reason(&self) -> Option<&'static str> {
        self.reason
    }

    /// Returns what to do, if something is to be done.
    #[must_use]
    pub fn remedy(&self) -> Option<&str> {
        self.remedy.as_deref()
    }
}

/// Writes one line: `failure audience: … [wrong_audience]; remedy: …`.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.outcome, self.check, self.message)?;
        if let Some(reason) = self.reason {
            write!(f, " [{reason}]")?;
        }
        match self.remedy() {
            Some(remedy) => write!(f, "; remedy: {remedy}"),
            None => Ok(()),
        }
    }
}

/// Writes codes only: the message may contain claims.
impl fmt::Debug for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Finding")
            .field("check", &self.check)
            .field("outcome", &self.outcome)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}
