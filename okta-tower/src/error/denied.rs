//! The requirements that a caller can fail to meet.

use std::{error::Error, fmt, sync::Arc};

use super::reasons::reasons;

reasons! {
    /// The kinds of requirement that an authenticated caller can fail.
    pub enum DeniedKind {
        Scope = "scope", "a required scope was not granted";
        Group = "group", "a required group is not held";
        Claim = "claim", "a required claim is missing or has another value";
        Client = "client", "the client is not one of those required";
        CallerType = "caller_type", "a person is required and this is a service, or the reverse";
        Predicate = "predicate", "the application's own check said no";
        Unlisted = "unlisted", "no rule names this method and path";
        AmbiguousPath = "ambiguous_path", "the path can be read in two ways that different rules apply to";
        Nobody = "nobody", "nobody is allowed here";
    }
}

/// A requirement that an authenticated caller did not meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    kind: DeniedKind,
    /// The scopes that would have been enough, separated by spaces: RFC 6750 lets the challenge name them.
    scope: Option<Arc<str>>,
}

impl Denied {
    pub(crate) const fn new(kind: DeniedKind) -> Self {
        Self { kind, scope: None }
    }

    pub(crate) const fn scope(needed: Arc<str>) -> Self {
        Self {
            kind: DeniedKind::Scope,
            scope: Some(needed),
        }
    }

    /// What kind of requirement it was.
    #[must_use]
    pub const fn kind(&self) -> DeniedKind {
        self.kind
    }

    /// The scopes that would have been enough, for [`DeniedKind::Scope`]. Group names are never told.
    #[must_use]
    pub fn needed_scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl Error for Denied {}
