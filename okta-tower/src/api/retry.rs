//! Whether a call that failed is sent again, and when. Pure.

use std::time::Duration;

use http::{Method, StatusCode};

use super::{ApiError, ApiErrorKind as Kind, error::Problem};
use crate::base::fetch::FetchError;

/// How long after a failure that may pass a read is sent again.
const PAUSE: Duration = Duration::from_millis(200);

/// How often and how long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// How often a call may be sent again.
    pub(super) retries: u32,
    /// How long it may wait in all.
    pub(super) wait: Duration,
}

impl Patience {
    /// How long to wait before this call is sent again; `None` where it is not.
    ///
    /// A rate limit has kept the call from taking effect, whatever it would have changed. After any other failure a call that
    /// changes something may have taken effect, and a second one may do harm: nobody wants two accounts.
    pub(super) fn pause(self, method: &Method, error: &ApiError) -> Option<Duration> {
        let pause = match error.kind() {
            Kind::RateLimited => error.retry_after()?,
            Kind::Unavailable if *method == Method::GET && may_pass(error) => {
                error.retry_after().unwrap_or_default().max(PAUSE)
            }
            _ => return None,
        };
        (self.retries > 0 && pause <= self.wait).then_some(pause)
    }

    /// What is left after that.
    pub(super) fn after(self, pause: Duration) -> Self {
        Self {
            retries: self.retries.saturating_sub(1),
            wait: self.wait.saturating_sub(pause),
        }
    }
}

/// A call that has used up its time has made its caller wait long enough; and Okta says itself when it only reads for a while.
fn may_pass(error: &ApiError) -> bool {
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

    fn patience(retries: u32, seconds: u64) -> Patience {
        Patience {
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
    fn a_rate_limit_is_waited_for_by_every_call_as_long_as_patience_lasts() {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            assert_eq!(patience(1, 5).pause(&method, &limited(5)), Some(SECOND * 5));
            assert_eq!(patience(1, 5).pause(&method, &limited(6)), None);
            assert_eq!(patience(0, 5).pause(&method, &limited(1)), None);
        }
        let left = patience(2, 5).after(SECOND * 3);
        assert_eq!(left.pause(&Method::GET, &limited(2)), Some(SECOND * 2));
        assert_eq!(left.pause(&Method::GET, &limited(3)), None);
        assert_eq!(left.after(SECOND).pause(&Method::GET, &limited(1)), None);
    }

    #[test]
    fn a_failure_that_may_pass_is_tried_again_by_what_reads_alone() {
        let error = down(StatusCode::BAD_GATEWAY);
        assert_eq!(patience(1, 5).pause(&Method::GET, &error), Some(PAUSE));
        for method in [Method::POST, Method::PUT, Method::DELETE] {
            assert_eq!(patience(1, 5).pause(&method, &error), None);
        }
        let other = down(StatusCode::NOT_IMPLEMENTED);
        assert_eq!(patience(1, 5).pause(&Method::GET, &other), None);
    }

    #[test]
    fn what_will_not_pass_is_not_tried_again() {
        for problem in [
            Problem::NotAnId,
            Problem::TooManyPages,
            Problem::Unreadable("x"),
        ] {
            assert_eq!(patience(9, 9).pause(&Method::GET, &problem.into()), None);
        }
    }
}
