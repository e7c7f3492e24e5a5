//! What can go wrong in a sign-in or sign-out, as the person is told. Pure.
//!
//! A closed list in plain words: nothing that the provider wrote and nothing of the request is in it.

use std::time::Duration;

use http::StatusCode;

/// Why there is no session, or no sign-out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// The parameters are too many, too long, doubled, missing, or not what they may be.
    BadRequest,
    /// A `state` that this application did not make, or whose key it no longer has.
    UnknownState,
    /// The browser has not kept the cookie of the attempt, and there has been another round already.
    AttemptCookie {
        needs_secure_on_http: bool,
    },
    /// The browser has not kept the session cookie.
    SessionCookie,
    /// The answer is another issuer's (RFC 9207).
    WrongIssuer,
    /// The person, or Okta's policy, said no.
    Cancelled,
    /// `prompt=none`, and Okta would have had to ask.
    LoginRequired,
    /// The person could not sign in as strongly, or as recently, as was asked for.
    AssuranceNotMet,
    /// The code is used, too old, or was not meant for this attempt.
    CodeRefused,
    /// The application says no, and why.
    Denied(Box<str>),
    /// The application's own hook failed.
    HookFailed,
    /// Okta refuses what this application asks.
    Misconfigured,
    /// What Okta answered cannot be trusted.
    BadAnswer,
    /// Okta cannot be reached, or is busy.
    Unavailable {
        retry_after: Option<Duration>,
    },
    /// Sessions cannot be kept at the moment.
    StoreUnavailable,
    /// The session does not fit into cookies.
    TooLarge,
    /// A sign-out that another site may have started.
    CrossOrigin,
    /// The person is signed out of this browser, but the store did not delete the session.
    NotDeleted,
    WrongMethod,
    /// The request's body is not a form.
    NotAForm,
    /// The request's body does not come to an end.
    TooSlow,
}

impl Problem {
    pub(super) const fn status(&self) -> StatusCode {
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
            Self::BadAnswer => StatusCode::BAD_GATEWAY,
            Self::HookFailed
            | Self::Unavailable { .. }
            | Self::StoreUnavailable
            | Self::NotDeleted => StatusCode::SERVICE_UNAVAILABLE,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAForm => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
        }
    }

    /// A stable name: for the log, and for the front end that opened a popup.
    pub(super) const fn code(&self) -> &'static str {
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
            Self::BadAnswer => "bad_answer",
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
            Self::Denied(_) => "You may not use this application",
            Self::Misconfigured | Self::TooLarge => "Sign-in is not set up correctly",
            Self::BadAnswer
            | Self::HookFailed
            | Self::Unavailable { .. }
            | Self::StoreUnavailable => "Signing in does not work at the moment",
            Self::CrossOrigin => "You were not signed out",
            Self::NotDeleted => "You are signed out in this browser",
            Self::WrongMethod => "This page cannot be opened like this",
        }
    }

    pub(super) fn text(&self) -> &str {
        match self {
            Self::BadRequest | Self::NotAForm | Self::TooSlow => {
                "Something is missing in it, or was changed on the way. Please start the sign-in again."
            }
            Self::UnknownState => {
                "It was started a while ago, or somewhere else. Please start it again from here."
            }
            Self::AttemptCookie {
                needs_secure_on_http: true,
            } => {
                "Signing in needs a cookie that some browsers do not keep on addresses without https. \
                 Please use another browser, such as Chromium or Firefox, or open the application by https."
            }
            Self::AttemptCookie { .. } | Self::SessionCookie => {
                "Signing in needs cookies. Please allow them for this site, and try again."
            }
            Self::WrongIssuer => {
                "The answer came from somewhere else than expected. Please start the sign-in again."
            }
            Self::Cancelled => {
                "The sign-in was cancelled, or you are not allowed to use this application."
            }
            Self::LoginRequired => "Your sign-in has ended, or needs your attention.",
            Self::AssuranceNotMet => {
                "The sign-in was not as strong, or not as recent, as this page asks for."
            }
            Self::CodeRefused => "It took too long, or was used already. Please start it again.",
            Self::Denied(reason) => reason,
            Self::Misconfigured => "Please tell whoever runs this application.",
            Self::TooLarge => {
                "What is known about your account is more than your browser can keep. Please tell whoever runs this application."
            }
            Self::BadAnswer
            | Self::HookFailed
            | Self::Unavailable { .. }
            | Self::StoreUnavailable => "This is not your fault. Please try again in a minute.",
            Self::CrossOrigin => {
                "The request came from another site. To sign out, please use the button of this application."
            }
            Self::NotDeleted => {
                "The server could not be told, so a copy of your session may stay valid until it ends by itself. \
                 If this is not your own device, please tell whoever runs this application."
            }
            Self::WrongMethod => "It is a step of signing in or out, and no page of its own.",
        }
    }

    /// After how many seconds trying again makes sense.
    pub(super) fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Unavailable { retry_after } => {
                // A page that asks for hours of patience would be of no use.
                Some(retry_after.map_or(5, |after| after.as_secs().clamp(1, 600)))
            }
            Self::HookFailed | Self::StoreUnavailable => Some(5),
            _ => None,
        }
    }

    /// Whether somebody who runs the application should look at it.
    pub(super) const fn is_alarming(&self) -> bool {
        matches!(
            self,
            Self::Misconfigured
                | Self::TooLarge
                | Self::HookFailed
                | Self::BadAnswer
                | Self::WrongIssuer
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{base::telemetry::SIGN_IN_RESULTS, browser::audit::Ended};

    #[test]
    fn every_end_of_a_sign_in_is_counted_by_its_name() {
        let told = [
            Problem::BadRequest,
            Problem::UnknownState,
            Problem::AttemptCookie {
                needs_secure_on_http: false,
            },
            Problem::SessionCookie,
            Problem::WrongIssuer,
            Problem::Cancelled,
            Problem::LoginRequired,
            Problem::AssuranceNotMet,
            Problem::CodeRefused,
            Problem::Denied("no".into()),
            Problem::HookFailed,
            Problem::Misconfigured,
            Problem::BadAnswer,
            Problem::Unavailable { retry_after: None },
            Problem::StoreUnavailable,
            Problem::TooLarge,
            Problem::CrossOrigin,
            Problem::NotDeleted,
        ];
        let mut results: Vec<_> = told.iter().map(Problem::code).collect();
        results.insert(0, Ended::SUCCESS);
        assert_eq!(results, SIGN_IN_RESULTS);
        // Nothing ends here: these are answered before it is clear that it is about a sign-in.
        for untold in [Problem::WrongMethod, Problem::NotAForm, Problem::TooSlow] {
            assert!(!SIGN_IN_RESULTS.contains(&untold.code()));
        }
    }
}
