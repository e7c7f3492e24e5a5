//! Why a caller's own account at Okta did not let their request in.

use std::{error::Error, fmt};

use super::{AuthErrorKind, reasons::reasons};

reasons! {
    /// Why a caller's own account at Okta did not let their request in. Feature `api`.
    pub enum CurrentUserError {
        NotAPerson = "not_a_person", "the caller is a service, or has a token that names no person";
        Unknown = "user_unknown", "the org knows nobody by the caller's user id";
        Inactive = "user_inactive", "the caller's account at Okta is not in use";
        Unavailable = "user_unavailable", "the caller's account cannot be asked for at the moment";
    }
}

impl CurrentUserError {
    /// Which row of the outcome table applies.
    pub(super) const fn outcome(self) -> AuthErrorKind {
        match self {
            Self::NotAPerson | Self::Unknown | Self::Inactive => AuthErrorKind::Forbidden,
            Self::Unavailable => AuthErrorKind::Unavailable,
        }
    }
}

impl Error for CurrentUserError {}
