//! Why a session cookie was rejected.

use std::{error::Error, fmt};

use super::{kind::AuthErrorKind, reasons::reasons};

reasons! {
    /// Why a session cookie was rejected.
    pub enum SessionError {
        Expired = "session_expired", "the session has expired";
        Idle = "session_idle", "the session was idle for too long";
        Ended = "session_ended",
            "the session was ended: by signing out, or because the issuer refused to renew it";
        Superseded = "session_superseded",
            "the cookie is from before a refresh of the session, and its access token has ended";
        Unreadable = "session_unreadable",
            "the session cookie is incomplete, was changed, or is not of this application";
        UnknownKey = "session_unknown_key",
            "the session cookie was sealed with a key that is not configured here";
        ClaimsUnreadable = "session_claims_unreadable",
            "the session's claims do not fit the application's claim type";
        TooLarge = "session_too_large", "the session does not fit into cookies";
        CrossOrigin = "cross_origin",
            "an unsafe request with a cookie does not show that it comes from the application's \
             own origin";
        StoreUnavailable = "session_store_unavailable", "the session store does not respond";
        RefreshUnavailable = "session_refresh_unavailable",
            "the session's access token has ended, and the issuer cannot be asked for a new one \
             at the moment";
    }
}

impl SessionError {
    /// Returns the row of the outcome table that applies.
    pub(crate) const fn outcome(self) -> AuthErrorKind {
        match self {
            Self::Expired
            | Self::Idle
            | Self::Ended
            | Self::Superseded
            | Self::Unreadable
            | Self::UnknownKey => AuthErrorKind::InvalidToken,
            // The user is signed in, and to sign in again would change nothing.
            Self::ClaimsUnreadable | Self::CrossOrigin => AuthErrorKind::Forbidden,
            Self::TooLarge => AuthErrorKind::Misconfigured,
            Self::StoreUnavailable | Self::RefreshUnavailable => AuthErrorKind::Unavailable,
        }
    }
}

impl SessionError {
    /// Returns whether this process will never accept the cookie again: the request is then
    /// anonymous.
    pub(crate) const fn is_final(self) -> bool {
        match self {
            Self::Expired | Self::Idle | Self::Ended | Self::Superseded | Self::Unreadable => true,
            // Another process may have the key, and the others say nothing about the session.
            Self::UnknownKey
            | Self::ClaimsUnreadable
            | Self::TooLarge
            | Self::CrossOrigin
            | Self::StoreUnavailable
            | Self::RefreshUnavailable => false,
        }
    }
}

impl Error for SessionError {}
