//! The ways in which a request can carry credentials wrongly.

use std::{error::Error, fmt};

use super::reasons::reasons;

reasons! {
    /// The ways in which a request can carry credentials wrongly.
    pub enum CredentialsErrorKind {
        TwoHeaders = "two_headers", "there is more than one Authorization header field";
        TwoMethods = "two_methods", "the request carries tokens in two places";
        NotText = "not_text", "the Authorization header is not ASCII";
        BadForm = "bad_form", "the Authorization header is not a scheme, a space, and credentials";
    }
}

/// Credentials that are there and cannot be read without guessing (RFC 6750 section 3.1, `invalid_request`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CredentialsError {
    kind: CredentialsErrorKind,
}

impl CredentialsError {
    /// For a [`CredentialFinder`](crate::auth::CredentialFinder) of your own.
    #[must_use]
    pub const fn new(kind: CredentialsErrorKind) -> Self {
        Self { kind }
    }

    /// What is wrong with them.
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
