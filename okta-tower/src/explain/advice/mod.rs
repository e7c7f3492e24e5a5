//! Cause and remedy of every code: the one source for explanations and for the tables of
//! `docs/troubleshooting.md`, which the crate `cross-tests` compares.

mod entry;
mod keys;
mod okta;
mod rejections;

pub use self::entry::Advice;

/// What a code is of: several topics have codes of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Topic {
    /// [`AuthError::reason`](crate::AuthError::reason): why a request is rejected.
    Rejection,
    /// [`RefreshErrorKind`](crate::keys::RefreshErrorKind): why keys cannot be fetched.
    KeyRefresh,
    /// [`SkipReason`](crate::keys::SkipReason): why a published key is not used.
    SkippedKey,
    /// `provider_error` in logs: the errors of Okta's authorization endpoint and token endpoint.
    ProviderError,
    /// The results of requests to the token endpoint, as in the metrics.
    TokenRequest,
    /// The results of sign-ins, as in the metrics.
    SignIn,
    /// The results of calls to Okta's management API, as in the metrics.
    ManagementApi,
}

impl Topic {
    /// Every topic.
    pub const ALL: &'static [Self] = &[
        Self::Rejection,
        Self::KeyRefresh,
        Self::SkippedKey,
        Self::ProviderError,
        Self::TokenRequest,
        Self::SignIn,
        Self::ManagementApi,
    ];

    /// Returns the advice of every code of the topic.
    #[must_use]
    pub const fn all(self) -> &'static [Advice] {
        match self {
            Self::Rejection => rejections::REJECTIONS,
            Self::KeyRefresh => keys::KEY_REFRESHES,
            Self::SkippedKey => keys::SKIPPED_KEYS,
            Self::ProviderError => okta::PROVIDER_ERRORS,
            Self::TokenRequest => okta::TOKEN_REQUESTS,
            Self::SignIn => okta::SIGN_INS,
            Self::ManagementApi => okta::API_CALLS,
        }
    }

    /// Returns the advice of one code, such as `wrong_audience`.
    #[must_use]
    pub fn advice(self, code: &str) -> Option<&'static Advice> {
        self.all().iter().find(|advice| advice.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{
        base::telemetry::PROVIDER_ERRORS,
        error::{AuthError, AuthErrorKind, RefreshErrorKind},
    };

    fn codes(topic: Topic) -> BTreeSet<&'static str> {
        let codes: BTreeSet<_> = topic.all().iter().map(Advice::code).collect();
        assert_eq!(codes.len(), topic.all().len(), "{topic:?} has a code twice");
        codes
    }

    #[test]
    fn every_reason_has_advice_and_no_other_code_has() {
        let reasons: BTreeSet<&str> = AuthError::reasons().collect();
        assert!(reasons.len() >= 50);
        assert_eq!(codes(Topic::Rejection), reasons);
        let kinds = RefreshErrorKind::ALL.iter().map(|kind| kind.as_str());
        assert_eq!(codes(Topic::KeyRefresh), kinds.collect());
        assert_eq!(codes(Topic::ProviderError), PROVIDER_ERRORS.into());
    }

    #[test]
    fn advice_has_a_cause_and_a_remedy_on_one_line() {
        for advice in Topic::ALL.iter().flat_map(|topic| topic.all()) {
            for text in [advice.cause(), advice.remedy()] {
                let is_plain = !text.is_empty() && !text.contains(['\n', '|', '*']);
                let has_gap = text.contains("  ") || text.trim() != text;
                assert!(is_plain && !has_gap, "{advice:?}");
            }
        }
    }

    #[test]
    fn advice_has_the_status_of_its_rejection() {
        let status = |kind| match kind {
            AuthErrorKind::MissingCredentials | AuthErrorKind::InvalidToken => 401,
            AuthErrorKind::MalformedRequest => 400,
            AuthErrorKind::TooLarge => 431,
            AuthErrorKind::Forbidden => 403,
            AuthErrorKind::Unavailable => 503,
            AuthErrorKind::Misconfigured => 500,
        };
        let errors = AuthError::all();
        assert_eq!(errors.len(), Topic::Rejection.all().len());
        for error in errors {
            let advice = Topic::Rejection.advice(error.reason()).unwrap();
            assert_eq!(advice.status(), Some(status(error.kind())), "{advice:?}");
        }
        assert_eq!(Topic::Rejection.advice("no_such_reason"), None);
    }
}
