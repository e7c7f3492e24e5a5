//! Bounds on the requests to the issuer that unauthenticated clients can cause.
//!
//! Anyone can open the sign-in and its callback. Without these bounds, anyone could use up the
//! application's rate limit at the issuer, and no user could sign in.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// How many requests may be under way at once.
const MAX_UNDER_WAY: usize = 64;
/// One request per this time, in the long run: 20 per second.
const INTERVAL: Duration = Duration::from_millis(50);
/// How many requests may come at once after a quiet time.
const BURST: u32 = 200;
/// How long requests rest after a 429 that names no time.
const REST: Duration = Duration::from_secs(5);
/// How long requests rest at most. Okta's limits are reset every minute.
const MAX_REST: Duration = Duration::from_secs(60);

/// The bounds for one endpoint. All times are of the clock that never jumps.
#[derive(Debug, Default)]
pub(crate) struct RequestLimit(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    under_way: usize,
    /// When the requests so far would have begun at an even pace.
    next: Duration,
    rests_until: Duration,
}

/// The permission for one request, which is under way until this is dropped.
#[derive(Debug)]
pub(super) struct Permit<'l>(&'l RequestLimit);

/// Why a request is held back, and when it may be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HeldBack {
    pub(super) reason: &'static str,
    pub(super) retry_after: Duration,
}

impl RequestLimit {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Permits a request, unless too many are under way, too many came, or the issuer asked for a
    /// rest.
    pub(super) fn begin(&self, now: Duration) -> Result<Permit<'_>, HeldBack> {
        let mut state = self.state();
        let held = |reason, retry_after| {
            Err(HeldBack {
                reason,
                retry_after,
            })
        };
        if now < state.rests_until {
            return held("issuer_limit", state.rests_until - now);
        }
        if state.under_way >= MAX_UNDER_WAY {
            return held("under_way", Duration::from_secs(1));
        }
        let next = state.next.max(now) + INTERVAL;
        let ahead = next - now;
        if ahead > INTERVAL * BURST {
            return held("rate", ahead - INTERVAL * BURST);
        }
        state.next = next;
        state.under_way += 1;
        Ok(Permit(self))
    }

    /// Notes a 429 (RFC 6585 section 4): requests rest for the stated time, within bounds.
    pub(super) fn rest(&self, now: Duration, stated: Option<Duration>) {
        let until = now + stated.unwrap_or(REST).min(MAX_REST);
        let mut state = self.state();
        state.rests_until = state.rests_until.max(until);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.0.state().under_way -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Duration = Duration::from_secs(7);

    fn reason(limit: &RequestLimit, now: Duration) -> Option<&'static str> {
        limit.begin(now).err().map(|held| held.reason)
    }

    #[test]
    fn requests_under_way_are_bounded() {
        let limit = RequestLimit::default();
        let mut permits: Vec<_> = (0..MAX_UNDER_WAY)
            .map(|_| limit.begin(START).unwrap())
            .collect();
        assert_eq!(reason(&limit, START), Some("under_way"));
        permits.pop();
        assert_eq!(reason(&limit, START), None);
    }

    #[test]
    fn requests_beyond_the_burst_keep_the_pace() {
        let limit = RequestLimit::default();
        for _ in 0..BURST {
            assert_eq!(reason(&limit, START), None);
        }
        let held = limit.begin(START).unwrap_err();
        assert_eq!((held.reason, held.retry_after), ("rate", INTERVAL));
        assert_eq!(reason(&limit, START + INTERVAL), None);
        assert_eq!(reason(&limit, START + INTERVAL), Some("rate"));
        assert_eq!(reason(&limit, START + INTERVAL * BURST * 2), None);
    }

    #[test]
    fn requests_rest_after_429_within_bounds() {
        for (stated, rest) in [
            (None, REST),
            (Some(Duration::from_secs(2)), Duration::from_secs(2)),
            (Some(Duration::MAX), MAX_REST),
        ] {
            let limit = RequestLimit::default();
            limit.rest(START, stated);
            let held = limit.begin(START).unwrap_err();
            assert_eq!((held.reason, held.retry_after), ("issuer_limit", rest));
            // A shorter rest ends no longer one.
            limit.rest(START, Some(Duration::ZERO));
            let last = START + rest - Duration::from_millis(1);
            assert_eq!(reason(&limit, last), Some("issuer_limit"));
            assert_eq!(reason(&limit, START + rest), None);
        }
    }
}
