//! Credentials that are ambiguous or malformed.

use std::{error::Error, fmt};

use super::reasons::reasons;

reasons! {
    /// How credentials can be ambiguous or malformed.
    pub enum CredentialsErrorKind {
        TwoHeaders = "two_headers", "there is more than one Authorization header field";
        TwoMethods = "two_methods",
            "there is a token in the Authorization header and another in the query";
        NotText = "not_text", "the Authorization header holds bytes that are not visible ASCII";
        BadForm = "bad_form",
            "the Authorization header is not a scheme, a space, and for `Bearer` a token of the \
             allowed characters";
    }
}

/// Credentials that cannot be read without guessing (RFC 6750 section 3.1, `invalid_request`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CredentialsError {
    kind: CredentialsErrorKind,
}

impl CredentialsError {
    /// Returns the error, for your own [`CredentialFinder`](crate::auth::CredentialFinder).
    #[must_use]
    pub const fn new(kind: CredentialsErrorKind) -> Self {
        Self { kind }
    }

    /// Returns what is wrong with them.
    #[must_use]
    pub const fn kind(&self) -> CredentialsErrorKind {
        self.kind
    }
}

impl fmt::Display for CredentialsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl Error for CredentialsError {}
