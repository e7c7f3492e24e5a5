//! The errors of an authorization server, as names from a closed list. Pure.

use crate::base::telemetry::PROVIDER_ERRORS;

/// Returns the name of an error. Okta's description tells apart what the code does not; it is only
/// compared with known ones.
pub(crate) fn name_of(error: &str, description: Option<&str>) -> &'static str {
    let description = description.unwrap_or_default().to_ascii_lowercase();
    let says = |words: &str| description.contains(words);
    match error {
        "access_denied" if says("not assigned") => "not_assigned",
        "access_denied" if says("policy evaluation failed") => "policy_failed",
        "server_error" if says("too many groups") => "too_many_groups",
        _ => {
            let known = PROVIDER_ERRORS.into_iter().find(|known| *known == error);
            known.unwrap_or("other")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_is_named_from_the_closed_list() {
        let not_assigned = "User is not assigned to the client application.";
        let policy = "Policy evaluation failed for this request, please check the policy \
                      configuration.";
        let groups = "The groups claim matched too many groups and must be configured to match \
                      fewer groups.";
        for (error, description, name) in [
            ("access_denied", Some(not_assigned), "not_assigned"),
            ("access_denied", Some(policy), "policy_failed"),
            ("access_denied", Some("<b>secret</b>"), "access_denied"),
            ("access_denied", None, "access_denied"),
            ("user_canceled_request", None, "user_canceled_request"),
            ("server_error", Some(groups), "too_many_groups"),
            ("server_error", Some(not_assigned), "server_error"),
            ("invalid_scope", Some(policy), "invalid_scope"),
            ("<script>", Some(not_assigned), "other"),
            ("", None, "other"),
        ] {
            assert_eq!(name_of(error, description), name, "{error} {description:?}");
            assert!(PROVIDER_ERRORS.contains(&name));
        }
    }
}
