//! Decides whether and when a failed call is retried. Pure.

use std::time::Duration;

use http::{Method, StatusCode};

use super::error::{ApiError, ApiErrorKind as Kind, Problem};
use crate::base::fetch::FetchError;

/// The pause before a call that reads is retried after a transient failure.
const PAUSE: Duration = Duration::from_millis(200);

/// The retries that a call has left.
#[derive(Clone, Copy, Debug)]
pub(super) struct RetryBudget {
    /// The number of retries.
    pub(super) retries: u32,
    /// The total time of all pauses.
    pub(super) wait: Duration,
}

impl RetryBudget {
    /// Returns the pause before a retry, or `None` for no retry.
    ///
    /// A call that hits the rate limit has no effect. After any other failure, a call that changes
    /// something may have taken effect, and a retry could create a second account.
    pub(super) fn pause(self, method: &Method, error: &ApiError) -> Option<Duration> {
        let pause = match error.kind() {
            Kind::RateLimited => error.retry_after()?,
            Kind::Unavailable if *method == Method::GET && is_transient(error) => {
                error.retry_after().unwrap_or_default().max(PAUSE)
            }
            _ => return None,
        };
        (self.retries > 0 && pause <= self.wait).then_some(pause)
    }

    /// Returns the budget after a retry.
    pub(super) fn after(self, pause: Duration) -> Self {
        Self {
            retries: self.retries.saturating_sub(1),
            wait: self.wait.saturating_sub(pause),
        }
    }
}

/// Returns whether a failure is transient. A time-out is not: its caller has waited long enough.
fn is_transient(error: &ApiError) -> bool {
    match error.problem() {
        Problem::Fetch(FetchError::Transport(_)) => true,
        Problem::Refused(status) => matches!(
            *status,
            StatusCode::INTERNAL_SERVER_ERROR
                | StatusCode::BAD_GATEWAY
                | StatusCode::SERVICE_UNAVAILABLE
                | StatusCode::GATEWAY_TIMEOUT
        ),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::error::Details, *};

    const SECOND: Duration = Duration::from_secs(1);

    fn budget(retries: u32, seconds: u64) -> RetryBudget {
        RetryBudget {
            retries,
            wait: SECOND * u32::try_from(seconds).unwrap(),
        }
    }

    fn limited(seconds: u32) -> ApiError {
        let after = Some(SECOND * seconds);
        let status = StatusCode::TOO_MANY_REQUESTS;
        ApiError::refused(Kind::RateLimited, status, Details::default(), after)
    }

    fn down(status: StatusCode) -> ApiError {
        ApiError::refused(Kind::Unavailable, status, Details::default(), None)
    }

    #[test]
    fn rate_limited_call_is_retried_within_the_budget() {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            assert_eq!(budget(1, 5).pause(&method, &limited(5)), Some(SECOND * 5));
            assert_eq!(budget(1, 5).pause(&method, &limited(6)), None);
            assert_eq!(budget(0, 5).pause(&method, &limited(1)), None);
        }
        let left = budget(2, 5).after(SECOND * 3);
        assert_eq!(left.pause(&Method::GET, &limited(2)), Some(SECOND * 2));
        assert_eq!(left.pause(&Method::GET, &limited(3)), None);
        assert_eq!(left.after(SECOND).pause(&Method::GET, &limited(1)), None);
    }

    #[test]
    fn transient_failure_retries_only_reads() {
        let error = down(StatusCode::BAD_GATEWAY);
        assert_eq!(budget(1, 5).pause(&Method::GET, &error), Some(PAUSE));
        for method in [Method::POST, Method::PUT, Method::DELETE] {
            assert_eq!(budget(1, 5).pause(&method, &error), None);
        }
        let other = down(StatusCode::NOT_IMPLEMENTED);
        assert_eq!(budget(1, 5).pause(&Method::GET, &other), None);
    }

    #[test]
    fn permanent_failure_is_not_retried() {
        for problem in [
            Problem::NotAnId,
            Problem::TooManyPages,
            Problem::Unreadable("x"),
        ] {
            assert_eq!(budget(9, 9).pause(&Method::GET, &problem.into()), None);
        }
    }
}
