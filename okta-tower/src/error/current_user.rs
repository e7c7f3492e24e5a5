//! Why a caller's account at Okta led to a rejection.

use std::{error::Error, fmt};

use super::{kind::AuthErrorKind, reasons::reasons};

reasons! {
    /// Why a caller's account at Okta led to a rejection. Feature `api`.
    pub enum CurrentUserError {
        NotAPerson = "not_a_person", "the caller is a service, or has a token without a user ID";
        Unknown = "user_unknown", "no Okta user has the caller's user ID";
        Inactive = "user_inactive", "the caller's account at Okta is not active";
        Unavailable = "user_unavailable", "the caller's account cannot be fetched at the moment";
    }
}

impl CurrentUserError {
    /// Returns the row of the outcome table that applies.
    pub(super) const fn outcome(self) -> AuthErrorKind {
        match self {
            Self::NotAPerson | Self::Unknown | Self::Inactive => AuthErrorKind::Forbidden,
            Self::Unavailable => AuthErrorKind::Unavailable,
        }
    }
}

impl Error for CurrentUserError {}
