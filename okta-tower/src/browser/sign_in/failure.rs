//! A failed sign-in: the page that the user gets, and what logs, metrics and the audit get.

use crate::{
    base::{
        secret::Secret,
        telemetry::{self, PROVIDER_ERRORS},
    },
    browser::{pages::SignInProblem, provision::Identity},
    oauth::TokenFailure,
};

/// A failed sign-in.
pub(super) struct SignInFailure {
    pub(super) problem: SignInProblem,
    /// The provider's error, a name from a closed list.
    pub(super) provider_error: Option<&'static str>,
    /// `None` unless the user is verified.
    pub(super) identity: Option<Identity>,
    /// The verified user's ID token: with it, the user can sign out at the provider.
    pub(super) id_token: Option<Secret>,
}

impl From<SignInProblem> for SignInFailure {
    fn from(problem: SignInProblem) -> Self {
        Self {
            problem,
            provider_error: None,
            identity: None,
            id_token: None,
        }
    }
}

impl SignInFailure {
    /// Returns the failure for an error of the provider at the callback. The name is of
    /// [`PROVIDER_ERRORS`].
    pub(super) fn of_provider(error: &'static str) -> Self {
        Self {
            provider_error: Some(error),
            ..meaning(error).into()
        }
    }

    /// Returns the failure for one of the issuer's endpoints.
    pub(super) fn of(failure: &TokenFailure) -> Self {
        let (problem, error) = match failure {
            TokenFailure::InvalidGrant => (SignInProblem::CodeRefused, "invalid_grant"),
            TokenFailure::InvalidClient => {
                telemetry::client_not_recognized();
                (SignInProblem::Misconfigured, "invalid_client")
            }
            // The response is unusable: its error is this crate's.
            TokenFailure::Refused(reason @ "wrong_token_type") => {
                (SignInProblem::ProviderError, *reason)
            }
            TokenFailure::Refused(error) if PROVIDER_ERRORS.contains(error) => {
                (meaning(error), *error)
            }
            TokenFailure::Refused(reason) => (SignInProblem::Misconfigured, *reason),
            TokenFailure::Transient { retry_after } => {
                let retry_after = *retry_after;
                return SignInProblem::Unavailable { retry_after }.into();
            }
        };
        Self {
            provider_error: PROVIDER_ERRORS.contains(&error).then_some(error),
            ..problem.into()
        }
    }
}

/// Returns the problem for an error of RFC 6749 sections 4.1.2.1 and 5.2, OpenID Connect Core
/// section 3.1.2.6, or Okta.
fn meaning(error: &str) -> SignInProblem {
    match error {
        "access_denied" | "not_assigned" | "policy_failed" | "user_canceled_request" => {
            SignInProblem::Cancelled
        }
        "login_required"
        | "interaction_required"
        | "consent_required"
        | "account_selection_required" => SignInProblem::LoginRequired,
        "unmet_authentication_requirements" => SignInProblem::AssuranceNotMet,
        "temporarily_unavailable" => SignInProblem::Unavailable { retry_after: None },
        // The provider's own mistake, or its administrator's.
        "server_error" | "too_many_groups" | "other" => SignInProblem::ProviderError,
        // This application made the request that the provider rejects.
        _ => SignInProblem::Misconfigured,
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    #[test]
    fn only_a_rejected_request_is_this_applications_mistake() {
        for (error, problem) in [
            ("access_denied", SignInProblem::Cancelled),
            ("not_assigned", SignInProblem::Cancelled),
            ("policy_failed", SignInProblem::Cancelled),
            ("user_canceled_request", SignInProblem::Cancelled),
            ("login_required", SignInProblem::LoginRequired),
            ("interaction_required", SignInProblem::LoginRequired),
            ("consent_required", SignInProblem::LoginRequired),
            ("account_selection_required", SignInProblem::LoginRequired),
            (
                "unmet_authentication_requirements",
                SignInProblem::AssuranceNotMet,
            ),
            (
                "temporarily_unavailable",
                SignInProblem::Unavailable { retry_after: None },
            ),
            ("invalid_scope", SignInProblem::Misconfigured),
            ("unauthorized_client", SignInProblem::Misconfigured),
            ("server_error", SignInProblem::ProviderError),
            ("too_many_groups", SignInProblem::ProviderError),
            ("other", SignInProblem::ProviderError),
        ] {
            assert_eq!(meaning(error), problem, "{error}");
            let failure = SignInFailure::of_provider(error);
            assert_eq!(failure.provider_error, Some(error));
        }
    }

    #[test]
    fn endpoints_error_has_a_status_by_what_happened() {
        for (failure, status, error) in [
            (TokenFailure::InvalidGrant, 400, Some("invalid_grant")),
            (TokenFailure::InvalidClient, 500, Some("invalid_client")),
            (
                TokenFailure::Refused("invalid_scope"),
                500,
                Some("invalid_scope"),
            ),
            (
                TokenFailure::Refused("server_error"),
                502,
                Some("server_error"),
            ),
            (
                TokenFailure::Refused("access_denied"),
                403,
                Some("access_denied"),
            ),
            (TokenFailure::Refused("wrong_token_type"), 502, None),
            (TokenFailure::Refused("no_pushed_requests"), 500, None),
            (TokenFailure::Transient { retry_after: None }, 503, None),
        ] {
            let found = SignInFailure::of(&failure);
            assert_eq!(
                found.problem.status(),
                StatusCode::from_u16(status).unwrap()
            );
            assert_eq!(found.provider_error, error);
        }
    }
}
