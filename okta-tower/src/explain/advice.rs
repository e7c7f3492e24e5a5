//! Cause and remedy of every code, for explanations and for `docs/troubleshooting.md`.

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

/// The cause and the remedy of one code. Plain text with code in backticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advice {
    code: &'static str,
    status: Option<u16>,
    cause: &'static str,
    remedy: &'static str,
}

impl Advice {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// Returns the HTTP status of the response, for [`Topic::Rejection`].
    #[must_use]
    pub const fn status(&self) -> Option<u16> {
        self.status
    }

    /// Returns what leads to the code.
    #[must_use]
    pub const fn cause(&self) -> &'static str {
        self.cause
    }

    /// Returns what to do about it.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        self.remedy
    }
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
        &[]
    }

    /// Returns the advice of one code, such as `wrong_audience`.
    #[must_use]
    pub fn advice(self, code: &str) -> Option<&'static Advice> {
        self.all().iter().find(|advice| advice.code == code)
    }
}
