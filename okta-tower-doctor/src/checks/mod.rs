//! The checks, in the order of the report.

mod credentials;
mod groups;
mod issuer;
mod redis;
mod resource;
mod rules;
mod token;

use okta_tower::explain::{Check, Finding, Outcome};
use serde_json::Value;
use url::Url;

use crate::{
    Process,
    arguments::{Options, Usage},
    fetch, input,
    report::Report,
    settings::Settings,
};

/// Runs every check that the options and settings permit.
pub(crate) async fn run(
    options: &Options,
    process: Process<'_>,
    report: &mut Report,
) -> Result<(), Usage> {
    // Inputs first: a mistake on the command line has no report.
    let token = options
        .token
        .as_deref()
        .map(|path| input::token(path, process.stdin));
    let token = token.transpose()?;
    let rules = options
        .rules
        .as_deref()
        .map(|path| input::file("--rules", path))
        .transpose()?;
    if let Some(token) = &token {
        report.hide_token(token);
    }
    if let Some(settings) = Settings::read(options, process.variables, report)? {
        let metadata = issuer::check(&settings, report).await;
        let okta = issuer::start(&settings, report).await;
        let mut token = token;
        if let Some(scopes) = &options.client_credentials {
            let issued = credentials::check(&settings, metadata.as_ref(), scopes, report).await;
            // The token of the client, if there is no other to explain.
            token = token.or(issued);
        }
        let request = match (rules.as_deref().map(rules::parse), &options.path) {
            (Some(Ok(rules)), Some(path)) => {
                let method = options.method.clone().unwrap_or_default();
                Some(token::Request {
                    rules,
                    method,
                    path,
                })
            }
            (Some(Err(problem)), _) => {
                let remedy = "write the table as docs/doctor.md describes";
                report.add(failure(Check::Rule, problem, remedy));
                None
            }
            _ => None,
        };
        if let Some(okta) = &okta {
            token::check(okta, token.as_deref(), request.as_ref(), report).await;
            groups::check(&settings, okta, token.as_deref(), options, report).await;
        }
        if let Some(resource) = &options.resource {
            resource::check(&settings, resource, report).await;
        }
    }
    if let Some(redis) = &options.redis {
        let roots = options.root_certificate.as_deref();
        let roots = roots
            .map(|path| input::file("--root-certificate", path))
            .transpose()?;
        redis::check(redis, process.variables, roots.as_deref(), report).await;
    }
    Ok(())
}

/// Fetches a JSON document for a check, and reports what failed.
async fn document(
    settings: &Settings,
    check: Check,
    url: &Url,
    report: &mut Report,
) -> Option<(fetch::Response, Value)> {
    let failure = match fetch::get(settings, url).await {
        Ok(response) if response.status.is_success() => match response.json() {
            Ok(json) => return Some((response, json)),
            Err(failure) => failure,
        },
        Ok(response) => {
            fetch::Failure::new("status", format!("status {}", response.status.as_u16()))
        }
        Err(failure) => failure,
    };
    report.add(failure.finding(check, url.as_str()));
    None
}

/// Describes how two URLs differ that should be equal, if only by a slash or by case.
fn difference(one: &str, other: &str) -> &'static str {
    if one.trim_end_matches('/') == other.trim_end_matches('/') {
        "; they differ in a slash at the end"
    } else if one.eq_ignore_ascii_case(other) {
        "; they differ in upper and lower case"
    } else {
        ""
    }
}

fn failure(check: Check, message: impl Into<String>, remedy: &'static str) -> Finding {
    Finding::new(check, Outcome::Failure, message.into()).with_remedy(remedy)
}

fn warning(check: Check, message: impl Into<String>, remedy: &'static str) -> Finding {
    Finding::new(check, Outcome::Warning, message.into()).with_remedy(remedy)
}
