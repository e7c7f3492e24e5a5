//! Which rule of a table a request has, and what its caller lacks. Pure.

use http::Method;

use super::{
    check::Check,
    finding::{Finding, Outcome},
    read::shown,
};
use crate::{
    claims::Verified,
    error::AuthError,
    rules::{Require, RouteRules},
};

/// Adds the findings of a request to those of its token: the rule first, as a layer asks, and the
/// requirement last.
pub(super) fn explain(
    of_token: Vec<Finding>,
    caller: Result<&Verified, &AuthError>,
    rules: &RouteRules,
    method: &Method,
    path: &str,
) -> Vec<Finding> {
    let request = shown(&format!("{method} {path}"));
    let require = match rules.require_for(method, path) {
        Ok(require) => require,
        Err(denied) => {
            let message = format!("{request}: {denied}");
            let finding = Finding::new(Check::Rule, Outcome::Failure, message);
            let rejected = finding.with_reason(denied.kind().as_str());
            return std::iter::once(rejected).chain(of_token).collect();
        }
    };
    let pattern = rules.pattern_for(path).unwrap_or("any other path");
    let message = format!("{request} has the rule {pattern}: {require:?}");
    let rule = Finding::new(Check::Rule, Outcome::Ok, message);
    if require.is_public() {
        // A public route ignores credentials that are not valid.
        let ignored = of_token.into_iter().map(Finding::at_most_warning);
        return std::iter::once(rule).chain(ignored).collect();
    }
    let requirement = caller.ok().map(|caller| check(require, caller));
    std::iter::once(rule)
        .chain(of_token)
        .chain(requirement)
        .collect()
}

fn check(require: &Require, caller: &Verified) -> Finding {
    let Err(denied) = require.check(caller) else {
        return Finding::new(Check::Requirement, Outcome::Ok, "the caller meets the rule");
    };
    let missing = require.missing(caller).unwrap_or_default();
    let message = format!("{denied}: the rule requires {missing}");
    let finding = Finding::new(Check::Requirement, Outcome::Failure, message);
    finding.with_reason(denied.kind().as_str())
}
