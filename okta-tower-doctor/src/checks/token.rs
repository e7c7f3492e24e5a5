//! The token, and the rule of the request that has it.

use http::Method;
use okta_tower::{
    Okta, RouteRules, Verified,
    explain::{Check, Finding, Outcome},
};

use super::{failure, rules::Table};
use crate::report::Report;

type Request<'r> = (Result<Table, String>, Method, &'r str);

/// Explains the token, or only the rule if there is none. Returns the caller if the token is valid.
pub(super) async fn check(
    okta: &Okta,
    token: Option<&str>,
    request: Option<&Request<'_>>,
    report: &mut Report,
) -> Option<Verified> {
    let rules = request.and_then(|(table, method, path)| {
        let table = match table {
            Ok(table) => table,
            Err(problem) => {
                let remedy = "see the form of the file in docs/doctor.md";
                report.add(failure(Check::Rule, problem.clone(), remedy));
                return None;
            }
        };
        let rule = table.rule_of(method, path);
        let rule = rule.map_or_else(String::new, |rule| format!(": {rule}"));
        let request = format!("{method} {path}{rule}");
        report.ok(Check::Rule, request);
        Some((table, method, *path))
    });
    match (token, rules) {
        (None, None) => None,
        (None, Some((table, method, path))) => {
            rule_alone(table.rules(), method, path, report);
            None
        }
        (Some(token), rules) => {
            let explanation = match &rules {
                None => okta.explain(token).await,
                Some((table, method, path)) => {
                    okta.explain_request(token, table.rules(), method, path)
                        .await
                }
            };
            for finding in explanation.findings() {
                report.add(finding.clone());
            }
            let caller = okta.verify(token).await.ok()?;
            if let Some((table, method, path)) = rules
                && let Some(missing) = table.missing(method, path, &caller)
            {
                let message = format!("the caller lacks: {missing}");
                report.add(Finding::new(Check::Requirement, Outcome::Failure, message));
            }
            Some(caller)
        }
    }
}

/// Checks the rule without a token: whether there is one, and whether it requires a caller.
fn rule_alone(rules: &RouteRules, method: &Method, path: &str, report: &mut Report) {
    match rules.require_for(method, path) {
        Ok(require) if require.is_public() => {
            report.ok(Check::Requirement, "public: no token is required");
        }
        Ok(_) => report.ok(
            Check::Requirement,
            "a caller is required; give its token by --token",
        ),
        Err(denied) => {
            let finding = Finding::new(Check::Rule, Outcome::Failure, denied.to_string());
            report.add(finding.with_reason(denied.kind().as_str()));
        }
    }
}
