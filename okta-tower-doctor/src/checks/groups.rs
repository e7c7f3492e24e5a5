//! The groups of a user, counted by the management API: the groups claim has a limit.

use okta_tower::{
    Okta,
    explain::{Check, Finding, Outcome, Topic},
};

use super::{failure, warning};
use crate::{report::Report, settings::Settings};

/// If more groups match the claim's filter, Okta's token request fails.
const LIMIT: usize = 100;

/// Counts the user's groups, if the management API is configured.
pub(super) async fn check(
    settings: &Settings,
    okta: &Okta,
    user: &str,
    is_requested: bool,
    report: &mut Report,
) {
    if !settings.has_management_api() {
        if is_requested {
            let remedy =
                "set OKTA_CLIENT_TOKEN, or OKTA_CLIENT_CLIENTID and OKTA_CLIENT_PRIVATEKEY";
            let message = "the management API is not configured";
            report.add(failure(Check::ManagementApi, message, remedy));
        }
        return;
    }
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
