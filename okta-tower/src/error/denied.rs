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
    /// Each would be enough: scopes, separated by spaces. RFC 6750 lets the challenge name them.
    scopes: Option<Arc<[String]>>,
}

impl Denied {
    pub(crate) const fn new(kind: DeniedKind) -> Self {
        Self { kind, scopes: None }
    }

    /// Each of these would be enough: scopes, separated by spaces.
    pub(crate) fn scopes(alternatives: Vec<String>) -> Self {
        Self {
            kind: DeniedKind::Scope,
            scopes: Some(alternatives.into()),
        }
    }

    /// Returns the kind of requirement.
    #[must_use]
    pub const fn kind(&self) -> DeniedKind {
        self.kind
    }

    /// Returns the scopes that would be enough, separated by spaces, for [`DeniedKind::Scope`]: the
    /// first of the [alternatives](Self::scope_alternatives). Group names are never revealed.
    #[must_use]
    pub fn needed_scope(&self) -> Option<&str> {
        self.scope_alternatives().next()
    }

    /// Returns every alternative that would be enough, for [`DeniedKind::Scope`]: each is one
    /// scope, or several separated by spaces. At most 32, in the order of the requirement.
    ///
    /// ```
    /// use okta_tower::{Require, Verified};
    ///
    /// /// What a client may ask for, such as `["reports:read", "reports:write"]`.
    /// fn to_ask_for(caller: &Verified) -> Vec<String> {
    ///     let required = Require::any_scope(["reports:read", "reports:write"]);
    ///     match required.check(caller) {
    ///         Ok(()) => Vec::new(),
    ///         Err(denied) => denied.scope_alternatives().map(str::to_owned).collect(),
    ///     }
    /// }
    /// # let _ = to_ask_for;
    /// ```
    pub fn scope_alternatives(&self) -> impl Iterator<Item = &str> {
        let alternatives = self.scopes.as_deref().unwrap_or_default();
        alternatives.iter().map(String::as_str)
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl Error for Denied {}
