//! The groups of a user, counted by the management API: the groups claim has a limit.

use okta_tower::{
    Okta, Verified,
    explain::{Check, Finding, Outcome, Topic},
};

use super::{failure, warning};
use crate::{arguments::Options, report::Report, settings::Settings};

/// If more groups match the claim's filter, Okta's token request fails.
const LIMIT: usize = 100;

/// Counts the groups of the user that the options name, or of the token's user.
pub(super) async fn check(
    settings: &Settings,
    okta: &Okta,
    token: Option<&str>,
    options: &Options,
    report: &mut Report,
) {
    if !settings.has_management_api() {
        if options.user.is_some() {
            let message = "the management API is not configured";
            let remedy =
                "set OKTA_CLIENT_TOKEN, or OKTA_CLIENT_CLIENTID and OKTA_CLIENT_PRIVATEKEY";
            report.add(failure(Check::ManagementApi, message, remedy));
        }
        return;
    }
    let caller = match token {
        Some(token) => okta.verify(token).await.ok(),
        None => None,
    };
    let of_token = caller.as_ref().and_then(Verified::user_id);
    let Some(user) = options.user.as_deref().or(of_token) else {
        return;
    };
    match okta.api().users().groups(user).await {
        Ok(groups) if groups.len() > LIMIT => {
            let message = format!(
                "the user is in {} groups, and a groups claim has at most {LIMIT}",
                groups.len()
            );
            let remedy = "narrow the filter of the groups claim: if more than 100 groups match, \
                          Okta issues no token";
            report.add(warning(Check::ManagementApi, message, remedy));
        }
        Ok(groups) => {
            let message = format!(
                "the user is in {} groups, at most {LIMIT} fit",
                groups.len()
            );
            report.ok(Check::ManagementApi, message);
        }
        Err(error) => {
            let finding = Finding::new(Check::ManagementApi, Outcome::Failure, error.to_string());
            let finding = finding.with_advice(Topic::ManagementApi, error.kind().as_str());
            report.add(match finding.remedy() {
                Some(_) => finding,
                None => finding.with_remedy("check OKTA_CLIENT_ORGURL and the API's credentials"),
            });
        }
    }
}
