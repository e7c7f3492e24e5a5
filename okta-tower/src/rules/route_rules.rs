//! The table of rules: building it and looking a request up.

use std::{fmt, sync::Arc};

use http::Method;

use super::{
    Require, RuleError,
    path::{self, PathForm},
    table::{Entry, Table},
};
use crate::{
    claims::Verified,
    error::{AuthError, Denied, DeniedKind},
};

/// A table of requirements per method and path. Built with [`RouteRules::new`]; see the
/// [module](super) for how a request finds its rule.
///
/// Cheap to clone: one reference count.
///
/// # Examples
///
/// ```
/// use http::Method;
/// use okta_tower::{AuthErrorKind, Require, RouteRules};
///
/// let rules = RouteRules::new()
///     .at("/health", Require::public())
///     .on(Method::GET, "/reports/{id}", Require::scope("reports:read"))
///     .at("/admin/{*any}", Require::group("admin"))
///     .build()?;
///
/// // Open without credentials ...
/// assert!(rules.check(&Method::GET, "/health", None).is_ok());
/// // ... and not open.
/// let refused = rules.check(&Method::GET, "/reports/7", None).unwrap_err();
/// assert_eq!(refused.kind(), AuthErrorKind::MissingCredentials);
/// // No rule for this method; no rule for this path; an ambiguous path.
/// for (method, path) in [
///     (Method::POST, "/reports/7"),
///     (Method::GET, "/"),
///     (Method::GET, "/health/../admin"),
/// ] {
///     let refused = rules.check(&method, path, None).unwrap_err();
///     assert_eq!(refused.kind(), AuthErrorKind::Forbidden);
/// }
/// # Ok::<(), okta_tower::RuleError>(())
/// ```
#[derive(Clone)]
pub struct RouteRules(Arc<Inner>);

struct Inner {
    table: Table,
    unlisted: Option<Require>,
}

impl RouteRules {
    /// Returns an empty table, which rejects every path that it does not name.
    #[expect(
        clippy::new_ret_no_self,
        reason = "a table is checked as a whole, so it is built in two steps"
    )]
    pub fn new() -> RouteRulesBuilder {
        RouteRulesBuilder::default()
    }

    /// Returns the requirement for a request, without regard to its caller.
    ///
    /// `path` is that of the request's URI (`request.uri().path()`), exactly as received: not
    /// decoded, without the query. A template such as `/users/{id}` leads to the rule of its paths,
    /// for descriptions of an API.
    ///
    /// # Errors
    /// Returns [`DeniedKind::Unlisted`] if no rule names the method and path and the table has no
    /// rule for unlisted paths; [`DeniedKind::AmbiguousPath`] if readings of the path lead to
    /// different rules. No credentials would help.
    pub fn require_for(&self, method: &Method, path: &str) -> Result<&Require, Denied> {
        let unlisted = || Denied::new(DeniedKind::Unlisted);
        match self.0.agreed(path)? {
            Some(entry) => entry.for_method(method).ok_or_else(unlisted),
            None => self.0.unlisted.as_ref().ok_or_else(unlisted),
        }
    }

    /// Returns the pattern that names this path, as written. `None` if no pattern does.
    pub(crate) fn pattern_for(&self, path: &str) -> Option<&str> {
        let entry = self.0.agreed(path).ok().flatten();
        entry.map(Entry::pattern)
    }

    /// Checks that a rule names this path, whatever the method: for CORS preflights.
    pub(crate) fn check_path(&self, path: &str) -> Result<(), Denied> {
        match (self.0.agreed(path)?, &self.0.unlisted) {
            (None, None) => Err(Denied::new(DeniedKind::Unlisted)),
            _ => Ok(()),
        }
    }

    /// Authorizes a request as the layer does: for tests of a table, and for services without a
    /// layer. `path` as for [`require_for`](Self::require_for).
    ///
    /// # Errors
    /// Returns the errors of [`require_for`](Self::require_for) and [`Require::check`], and
    /// `MissingCredentials` if the rule requires a caller and there is none.
    pub fn check(
        &self,
        method: &Method,
        path: &str,
        caller: Option<&Verified>,
    ) -> Result<(), AuthError> {
        let require = self.require_for(method, path)?;
        match caller {
            _ if require.is_public() => Ok(()),
            Some(caller) => Ok(require.check(caller)?),
            None => Err(AuthError::missing_credentials()),
        }
    }
}

impl Inner {
    /// Returns the entry to which every reading of the path leads, or none if every one leads to
    /// none.
    fn agreed(&self, path: &str) -> Result<Option<&Entry>, Denied> {
        let table = &self.table;
        let found = table.exact(path);
        let agrees = |reading: &str| table.folded(&path::fold(reading)) == found;
        let agreed = match PathForm::of(path) {
            PathForm::NoPath => return Err(Denied::new(DeniedKind::Unlisted)),
            PathForm::Unreadable => false,
            PathForm::Plain if table.is_plain() => true,
            PathForm::Plain | PathForm::Spelled => agrees(path),
            PathForm::Odd => path::every_reading(path, |reading| {
                table.exact(reading) == found && agrees(reading)
            }),
        };
        if !agreed {
            return Err(Denied::new(DeniedKind::AmbiguousPath));
        }
        Ok(found.and_then(|index| table.entry(index)))
    }
}

/// Prints the rules. They are the developer's own configuration.
impl fmt::Debug for RouteRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RouteRules")
            .field("rules", &self.0.table)
            .field("unlisted", &self.0.unlisted)
            .finish()
    }
}

/// A table under construction. The order of rules does not matter: the more specific pattern wins.
#[derive(Clone, Debug, Default)]
#[must_use = "a table does nothing until it is built and given to a layer"]
pub struct RouteRulesBuilder {
    rules: Vec<(Option<Method>, String, Require)>,
    unlisted: Option<Require>,
}

impl RouteRulesBuilder {
    /// Adds a rule for a pattern, whatever the method. See the [module](super) for patterns.
    pub fn at(mut self, pattern: impl Into<String>, require: Require) -> Self {
        self.rules.push((None, pattern.into(), require));
        self
    }

    /// Adds a rule for a pattern and one method. A rule for `GET` also holds for `HEAD`, unless
    /// `HEAD` has its own.
    ///
    /// Methods without a rule of the pattern are rejected. No other pattern is tried, and neither
    /// [`unlisted`](Self::unlisted) nor [`allow_unlisted`](Self::allow_unlisted) opens them.
    pub fn on(mut self, method: Method, pattern: impl Into<String>, require: Require) -> Self {
        self.rules.push((Some(method), pattern.into(), require));
        self
    }

    /// Sets the requirement for paths that match no pattern. Default: such requests are rejected.
    pub fn unlisted(mut self, require: Require) -> Self {
        self.unlisted = Some(require);
        self
    }

    /// Opens paths that match no pattern to every request: the same as
    /// `.unlisted(Require::public())`.
    ///
    /// # Security
    /// A route that is added later and forgotten here is then open to everyone. Prefer
    /// `.unlisted(Require::authenticated())` if that is enough.
    pub fn allow_unlisted(self) -> Self {
        self.unlisted(Require::public())
    }

    /// Checks the table as a whole.
    ///
    /// # Errors
    /// Returns [`RuleError`] for the first mistake, with the pattern at fault.
    ///
    /// ```
    /// use okta_tower::{Require, RouteRules, RuleError};
    ///
    /// let table = RouteRules::new().at("/users/{id}", Require::user());
    /// assert!(table.clone().build().is_ok());
    ///
    /// let mistaken = table.at("/users/{name}", Require::public()).build();
    /// assert!(matches!(mistaken, Err(RuleError::Conflict { .. })));
    /// ```
    pub fn build(self) -> Result<RouteRules, RuleError> {
        Ok(RouteRules(Arc::new(Inner {
            table: Table::new(self.rules)?,
            unlisted: self.unlisted,
        })))
    }
}

#[cfg(test)]
mod tests;
