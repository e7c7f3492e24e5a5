//! Mistakes in a table of rules, found when it is built.

use thiserror::Error;

/// A mistake in a table of rules.
///
/// [`RouteRulesBuilder::build`](super::RouteRulesBuilder::build) returns the first one, so that a
/// service with a mistaken table does not start.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RuleError {
    /// The table has no rule. It would reject every request, or with `allow_unlisted()` none.
    #[error("the table has no rules: name at least one route with `at` or `on`")]
    Empty,

    /// A pattern that does not have the syntax of matchit and axum 0.8.
    #[error("the pattern `{pattern}` is malformed: {reason}")]
    BadPattern {
        /// The pattern as given.
        pattern: String,
        /// What is wrong with it.
        reason: &'static str,
    },

    /// A pattern in a spelling that no request path has once it is read, so that the rule would
    /// guard nothing.
    #[error("the pattern `{pattern}` is not in its plainest spelling: {reason}")]
    NotCanonical {
        /// The pattern as given.
        pattern: String,
        /// What is wrong with it.
        reason: &'static str,
    },

    /// The same pattern twice, for the same method or twice for any method.
    #[error("the pattern `{pattern}` has two rules for {method}")]
    Duplicate {
        /// The pattern.
        pattern: String,
        /// The method, or `any method`.
        method: String,
    },

    /// Two patterns for the same paths, such as `/{a}` and `/{b}`, or a catch-all where the other
    /// pattern has a parameter, such as `/{*rest}` and `/{a}/b`: matchit rejects such pairs.
    #[error(
        "the pattern `{pattern}` conflicts with `{with}`: they are for the same paths, or one has \
         a catch-all where the other has a parameter"
    )]
    Conflict {
        /// The later of the two.
        pattern: String,
        /// The earlier of the two.
        with: String,
    },

    /// Two patterns that a service which ignores case cannot distinguish.
    #[error(
        "a service that ignores case cannot distinguish the pattern `{pattern}` from `{with}`: \
         keep one of them"
    )]
    CaseClash {
        /// The later of the two.
        pattern: String,
        /// The earlier of the two.
        with: String,
    },

    /// A rule that no request could reach: with rules for `/a` and `/a/`, a request for either is
    /// ambiguous, and rejected.
    #[error(
        "one of `{pattern}` and `{by}` can never be reached: they differ only in the slash at the \
         end; keep one of them, or name both and all below with a catch-all such as `/a/{{*rest}}`"
    )]
    Shadowed {
        /// The later of the two.
        pattern: String,
        /// The earlier of the two.
        by: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_names_the_patterns_at_fault() {
        let shadowed = RuleError::Shadowed {
            pattern: "/b/".into(),
            by: "/b".into(),
        };
        assert_eq!(
            shadowed.to_string(),
            "one of `/b/` and `/b` can never be reached: they differ only in the slash at the end; \
             keep one of them, or name both and all below with a catch-all such as `/a/{*rest}`"
        );
        let duplicate = RuleError::Duplicate {
            pattern: "/b".into(),
            method: "GET".into(),
        };
        assert_eq!(
            duplicate.to_string(),
            "the pattern `/b` has two rules for GET"
        );
    }
}
