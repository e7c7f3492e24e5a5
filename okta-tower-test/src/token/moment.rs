//! Times in tokens (NumericDate, RFC 7519 section 2).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A time in seconds: relative to now, or since 1970.
#[derive(Clone, Copy)]
pub(super) enum Moment {
    FromNow(i64),
    At(i64),
}

impl Moment {
    /// Returns the time in seconds since 1970.
    pub(super) fn seconds(self, now: i64) -> i64 {
        match self {
            Self::FromNow(seconds) => now.saturating_add(seconds),
            Self::At(seconds) => seconds,
        }
    }
}

/// Returns whole seconds since 1970. Earlier times are negative.
pub(crate) fn unix_seconds(time: SystemTime) -> i64 {
    let seconds = |length: Duration| i64::try_from(length.as_secs()).unwrap_or(i64::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => seconds(since),
        Err(before) => -seconds(before.duration()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_before_1970_are_negative() {
        assert_eq!(unix_seconds(UNIX_EPOCH + Duration::from_millis(5_999)), 5);
        assert_eq!(unix_seconds(UNIX_EPOCH - Duration::from_secs(5)), -5);
    }

    #[test]
    fn moment_out_of_range_saturates() {
        assert_eq!(Moment::FromNow(i64::MAX).seconds(1), i64::MAX);
        assert_eq!(Moment::FromNow(-5).seconds(3), -2);
        assert_eq!(Moment::At(7).seconds(3), 7);
    }
}
