//! The reasons why a sign-in or sign-out fails, with the texts of each. Pure.
//!
//! The list is closed: no page shows text of the provider or of the request.

use std::time::Duration;

use http::StatusCode;

use super::markup::Text;

/// The reason why there is no session, or no sign-out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignInProblem {
    /// There are too many parameters, or one is too long, repeated, missing or invalid.
    BadRequest,
    /// No sealing key of this application authenticates the `state`.
    UnknownState,
    /// The browser did not keep the attempt's cookie.
    AttemptCookie {
        /// The response mode is `form_post` on plain `http`, where some browsers keep no `Secure`
        /// cookie.
        needs_secure_on_http: bool,
    },
    /// The browser did not keep the session cookie.
    SessionCookie,
    /// The response is another issuer's (RFC 9207).
    WrongIssuer,
    /// The user or Okta's policy rejected the sign-in.
    Cancelled,
    /// Okta needs a prompt, but `prompt=none` was requested.
    LoginRequired,
    /// The sign-in was not as strong or as recent as requested.
    AssuranceNotMet,
    /// The code is used, expired, or of another attempt.
    CodeRefused,
    /// The application's hook rejects the user, for this reason.
    Denied(Text<'static>),
    /// The application's hook failed.
    HookFailed,
    /// Okta rejects this application's request, which is this application's mistake.
    Misconfigured,
    /// Okta reports an error of its own.
    ProviderError,
    /// Okta's response cannot be trusted.
    BadResponse,
    /// Okta is unreachable or busy.
    Unavailable {
        /// How long Okta asks the application to wait.
        retry_after: Option<Duration>,
    },
    /// The session store is unavailable.
    StoreUnavailable,
    /// The session does not fit into cookies.
    TooLarge,
    /// Another site may have started the sign-out.
    CrossOrigin,
    /// The browser is signed out, but the store did not delete the session.
    NotDeleted,
    /// The path accepts other methods.
    WrongMethod,
    /// The request's body is not a form.
    NotAForm,
    /// The request's body did not arrive in time.
    TooSlow,
}

impl SignInProblem {
    /// Returns the status of the response.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest
            | Self::UnknownState
            | Self::AttemptCookie { .. }
            | Self::SessionCookie
            | Self::WrongIssuer
            | Self::CodeRefused => StatusCode::BAD_REQUEST,
            Self::LoginRequired => StatusCode::UNAUTHORIZED,
            Self::Cancelled | Self::AssuranceNotMet | Self::Denied(_) | Self::CrossOrigin => {
                StatusCode::FORBIDDEN
            }
            Self::Misconfigured | Self::TooLarge => StatusCode::INTERNAL_SERVER_ERROR,
            Self::BadResponse | Self::ProviderError => StatusCode::BAD_GATEWAY,
            Self::HookFailed
            | Self::Unavailable { .. }
            | Self::StoreUnavailable
            | Self::NotDeleted => StatusCode::SERVICE_UNAVAILABLE,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAForm => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
        }
    }

    /// Returns a stable name, as in logs, metrics and the [audit](crate::audit).
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BadRequest => "bad_request",
            Self::UnknownState => "unknown_state",
            Self::AttemptCookie { .. } => "attempt_cookie_missing",
            Self::SessionCookie => "session_cookie_missing",
            Self::WrongIssuer => "wrong_issuer",
            Self::Cancelled => "cancelled",
            Self::LoginRequired => "login_required",
            Self::AssuranceNotMet => "assurance_not_met",
            Self::CodeRefused => "code_refused",
            Self::Denied(_) => "denied",
            Self::HookFailed => "hook_failed",
            Self::Misconfigured => "misconfigured",
            Self::ProviderError => "provider_error",
            Self::BadResponse => "bad_answer",
            Self::Unavailable { .. } => "unavailable",
            Self::StoreUnavailable => "store_unavailable",
            Self::TooLarge => "session_too_large",
            Self::CrossOrigin => "cross_origin",
            Self::NotDeleted => "not_deleted",
            Self::WrongMethod => "wrong_method",
            Self::NotAForm => "not_a_form",
            Self::TooSlow => "too_slow",
        }
    }

    pub(super) const fn title(&self) -> &'static str {
        match self {
            Self::BadRequest | Self::NotAForm | Self::TooSlow => "This link does not work",
            Self::UnknownState | Self::CodeRefused | Self::WrongIssuer => {
                "This sign-in cannot be continued"
            }
            Self::AttemptCookie { .. } | Self::SessionCookie => {
                "Your browser did not keep a cookie"
            }
            Self::Cancelled => "You were not signed in",
            Self::LoginRequired => "You are not signed in",
            Self::AssuranceNotMet => "A stronger sign-in is needed",
            Self::Denied(_) => "You do not have access to this application",
            Self::Misconfigured | Self::TooLarge => "Sign-in is not set up correctly",
            Self::ProviderError => "The identity provider could not sign you in",
            Self::BadResponse
            | Self::HookFailed
            | Self::Unavailable { .. }
            | Self::StoreUnavailable => "Sign-in is temporarily unavailable",
            Self::CrossOrigin => "You were not signed out",
            Self::NotDeleted => "You are signed out in this browser",
            Self::WrongMethod => "This page cannot be opened",
        }
    }

    pub(super) fn text(&self) -> &str {
        match self {
            Self::BadRequest | Self::NotAForm | Self::TooSlow => {
                "The link is incomplete or was changed. Start the sign-in again."
            }
            Self::UnknownState => {
                "The sign-in was started too long ago or in another browser. Start it again here."
            }
            Self::AttemptCookie {
                needs_secure_on_http: true,
            } => {
                "Signing in needs a cookie that some browsers reject without https. Use another \
                 browser, such as Chromium or Firefox, or open the application over https."
            }
            Self::AttemptCookie { .. } | Self::SessionCookie => {
                "Signing in needs cookies. Allow cookies for this site and try again."
            }
            Self::WrongIssuer => {
                "The response came from an unexpected identity provider. Start the sign-in again."
            }
            Self::Cancelled => {
                "The sign-in was cancelled, or you do not have access to this application."
            }
            Self::LoginRequired => "Your sign-in has ended or needs your attention.",
            Self::AssuranceNotMet => {
                "This page requires a stronger or more recent sign-in than yours."
            }
            Self::CodeRefused => "The sign-in took too long or was already used. Start it again.",
            Self::Denied(reason) => reason.unescaped(),
            Self::ProviderError => {
                "It reported an error. Try again. If that does not help, contact the operator of \
                 this application."
            }
            Self::Misconfigured => "Contact the operator of this application.",
            Self::TooLarge => {
                "Your account has more data than your browser can keep. Contact the operator of \
                 this application."
            }
            Self::BadResponse
            | Self::HookFailed
            | Self::Unavailable { .. }
            | Self::StoreUnavailable => "This is not your fault. Try again in a minute.",
            Self::CrossOrigin => {
                "The request came from another site. To sign out, use the button of this \
                 application."
            }
            Self::NotDeleted => {
                "The server could not delete your session: a copy of it may stay valid until it \
                 expires. If this is not your own device, contact the operator of this application."
            }
            Self::WrongMethod => {
                "This address is part of signing in or out and can't be opened directly."
            }
        }
    }

    /// Returns after how many seconds a retry makes sense.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Unavailable { retry_after } => {
                // A user does not wait for hours.
                Some(retry_after.map_or(5, |after| after.as_secs().clamp(1, 600)))
            }
            Self::HookFailed | Self::StoreUnavailable => Some(5),
            _ => None,
        }
    }

    /// Returns whether the problem needs operator action.
    pub(crate) const fn is_alarming(&self) -> bool {
        matches!(
            self,
            Self::Misconfigured
                | Self::ProviderError
                | Self::TooLarge
                | Self::HookFailed
                | Self::BadResponse
                | Self::WrongIssuer
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{base::telemetry::SIGN_IN_RESULTS, browser::audit::SignInEvent};

    #[test]
    fn every_problem_has_its_metric_label() {
        let reported = [
            SignInProblem::BadRequest,
            SignInProblem::UnknownState,
            SignInProblem::AttemptCookie {
                needs_secure_on_http: false,
            },
            SignInProblem::SessionCookie,
            SignInProblem::WrongIssuer,
            SignInProblem::Cancelled,
            SignInProblem::LoginRequired,
            SignInProblem::AssuranceNotMet,
            SignInProblem::CodeRefused,
            SignInProblem::Denied("no".into()),
            SignInProblem::HookFailed,
            SignInProblem::Misconfigured,
            SignInProblem::ProviderError,
            SignInProblem::BadResponse,
            SignInProblem::Unavailable { retry_after: None },
            SignInProblem::StoreUnavailable,
            SignInProblem::TooLarge,
            SignInProblem::CrossOrigin,
            SignInProblem::NotDeleted,
        ];
        let mut results: Vec<_> = reported.iter().map(SignInProblem::code).collect();
        results.insert(0, SignInEvent::SUCCESS);
        assert_eq!(results, SIGN_IN_RESULTS);
        // These requests are rejected before a sign-in is known to be involved.
        for unreported in [
            SignInProblem::WrongMethod,
            SignInProblem::NotAForm,
            SignInProblem::TooSlow,
        ] {
            assert!(!SIGN_IN_RESULTS.contains(&unreported.code()));
        }
    }
}
