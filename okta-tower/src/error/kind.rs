//! The rows of the outcome table.

/// The rows of the outcome table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuthErrorKind {
    /// No credentials of a known kind: 401, a challenge without `error`; gRPC 16.
    MissingCredentials,
    /// Ambiguous or malformed credentials: 400 `invalid_request`; gRPC 16.
    MalformedRequest,
    /// A token that failed a check, or a session that has ended: 401 `invalid_token`; gRPC 16.
    InvalidToken,
    /// A token that is longer than the limit: 431 (RFC 6585 section 5); gRPC 16. Another token of
    /// the same user is as long, so the response has no challenge.
    TooLarge,
    /// Authenticated and not allowed: 403; gRPC 7.
    Forbidden,
    /// No keys, keys too old to trust, or an unknown key that the issuer cannot be asked for at the
    /// moment: 503 with `Retry-After`; gRPC 14.
    Unavailable,
    /// A misconfiguration of the application: 500; gRPC 13.
    Misconfigured,
}

impl AuthErrorKind {
    /// Returns a stable code in snake case, the same as the `outcome` label of the metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MissingCredentials => "missing_credentials",
            Self::MalformedRequest => "malformed_request",
            Self::InvalidToken => "invalid_token",
            Self::TooLarge => "too_large",
            Self::Forbidden => "forbidden",
            Self::Unavailable => "unavailable",
            Self::Misconfigured => "misconfigured",
        }
    }
}
