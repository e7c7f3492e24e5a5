//! The requirements that a caller can fail to meet.

use std::{error::Error, fmt, sync::Arc};

use super::reasons::reasons;

reasons! {
    /// The kinds of requirement that an authenticated caller can fail.
    pub enum DeniedKind {
        Scope = "scope", "a required scope was not granted";
        Group = "group", "the caller is not in a required group";
        Claim = "claim", "a required claim is missing or has another value";
        Client = "client", "the client is not one of those required";
        CallerType = "caller_type",
            "a user is required and the caller is a service, or the reverse";
        Predicate = "predicate", "the application's own check failed";
        Unlisted = "unlisted", "no rule names this method and path";
        AmbiguousPath = "ambiguous_path",
            "the path can be read in several ways, and different rules apply to them";
        Nobody = "nobody", "no caller is allowed";
    }
}

/// A requirement that an authenticated caller did not meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    kind: DeniedKind,
    /// The scopes that would be enough, separated by spaces. RFC 6750 lets the challenge name them.
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

    /// Returns the kind of requirement.
    #[must_use]
    pub const fn kind(&self) -> DeniedKind {
        self.kind
    }

    /// Returns the scopes that would be enough, for [`DeniedKind::Scope`]. Group names are never
    /// revealed.
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
