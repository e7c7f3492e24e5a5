//! The token, and the rule of the request that has it.

use http::Method;
use okta_tower::{
    Okta, RouteRules,
    explain::{Check, Finding, Outcome},
};

use crate::report::Report;

/// A request for the rules.
pub(super) struct Request<'r> {
    pub(super) rules: RouteRules,
    pub(super) method: Method,
    pub(super) path: &'r str,
}

/// Explains the token of a request, or the token alone, or what the request requires.
pub(super) async fn check(
    okta: &Okta,
    token: Option<&str>,
    request: Option<&Request<'_>>,
    report: &mut Report,
) {
    let explanation = match (token, request) {
        (None, None) => return,
        (None, Some(request)) => return report.add(requirement(request)),
        (Some(token), None) => okta.explain(token).await,
        (
            Some(token),
            Some(Request {
                rules,
                method,
                path,
            }),
        ) => okta.explain_request(token, rules, method, path).await,
    };
    for finding in explanation.findings() {
        report.add(finding.clone());
    }
    report.show_claims(explanation.unverified_claims());
}

/// Describes the rule of a request for which there is no token.
fn requirement(
    Request {
        rules,
        method,
        path,
    }: &Request<'_>,
) -> Finding {
    match rules.require_for(method, path) {
        Ok(require) => {
            let message = format!("{method} {path} requires {require:?}; no token was given");
            Finding::new(Check::Rule, Outcome::Ok, message)
        }
        Err(denied) => {
            let message = format!("{method} {path}: {denied}");
            let finding = Finding::new(Check::Rule, Outcome::Failure, message);
            finding.with_reason(denied.kind().as_str())
        }
    }
}
