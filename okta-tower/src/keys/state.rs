//! The state of the keys, for health endpoints, logs and operators.

use std::time::{Duration, SystemTime};

use super::{failure::RefreshError, jwk::SkippedKey, snapshot::Snapshot};
use crate::base::clock::Clock;

/// The state of the signing keys at one moment.
///
/// ```no_run
/// # fn answer(okta: &okta_tower::Okta) -> (u16, String) {
/// let keys = okta.key_state();
/// if keys.is_ready() {
///     (200, format!("{} keys", keys.kids.len()))
/// } else {
///     (503, keys.last_failure.map_or("not loaded yet".into(), |failure| failure.to_string()))
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct KeyState {
    /// Whether tokens can be verified.
    pub status: KeyStatus,
    /// The ids (`kid`) of the keys in use.
    pub kids: Vec<String>,
    /// The keys of the last document that are not in use, and why.
    pub skipped: Vec<SkippedKey>,
    /// How long ago the keys were last confirmed. `None` before the first success.
    pub age: Option<Duration>,
    /// When the keys were last confirmed.
    pub last_success: Option<SystemTime>,
    /// Why the last attempt failed. `None` when it succeeded.
    pub last_failure: Option<RefreshError>,
    /// How many attempts have failed in a row.
    pub failures: u32,
    /// Whether an attempt is under way.
    pub is_refreshing: bool,
    /// Whether the refresher runs: its future was polled, and has not been dropped. If its runtime
    /// has ended, the keys go stale, and in the end every request gets 503.
    pub is_running: bool,
    /// How long until the next attempt, unless a client demands an earlier one.
    pub next_attempt: Option<Duration>,
    has_ended: bool,
}

impl KeyState {
    /// Returns whether tokens can be verified and the refresher has not ended: for a readiness
    /// probe.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        matches!(self.status, KeyStatus::Fresh | KeyStatus::Stale) && !self.has_ended
    }
}

/// Whether tokens can be verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyStatus {
    /// No keys yet: requests with a token get 503.
    NotLoaded,
    /// The last attempt succeeded.
    Fresh,
    /// The last attempt failed. The earlier keys are in use.
    Stale,
    /// The keys are too old to be trusted: requests with a token get 503.
    TooStale,
}

impl KeyStatus {
    /// Returns a stable name in snake case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotLoaded => "not_loaded",
            Self::Fresh => "fresh",
            Self::Stale => "stale",
            Self::TooStale => "too_stale",
        }
    }
}

/// What the refresher records after each step.
#[derive(Clone, Debug, Default)]
pub(super) struct RefreshStatus {
    pub(super) skipped: Vec<SkippedKey>,
    pub(super) last_success: Option<SystemTime>,
    pub(super) last_failure: Option<RefreshError>,
    pub(super) failures: u32,
    pub(super) is_refreshing: bool,
    pub(super) is_running: bool,
    pub(super) next_attempt_at: Option<Duration>,
}

impl KeyState {
    pub(super) fn of(
        snapshot: &Snapshot,
        status: &RefreshStatus,
        clock: &dyn Clock,
        has_ended: bool,
    ) -> Self {
        let (uptime, now) = (clock.uptime(), clock.unix_seconds());
        let key_status = match snapshot.trust {
            None => KeyStatus::NotLoaded,
            Some(_) if snapshot.check(uptime, now, || ()).is_err() => KeyStatus::TooStale,
            Some(_) if status.last_failure.is_some() => KeyStatus::Stale,
            Some(_) => KeyStatus::Fresh,
        };
        let kids = snapshot.keys.kids().into_iter();
        let unusable = status
            .last_failure
            .as_ref()
            .map_or(&[][..], RefreshError::skipped);
        let skipped = if unusable.is_empty() {
            &status.skipped
        } else {
            unusable
        };
        Self {
            status: key_status,
            kids: kids.map(str::to_owned).collect(),
            skipped: skipped.to_vec(),
            age: snapshot
                .trust
                .map(|trust| uptime.saturating_sub(trust.fetched_at)),
            last_success: status.last_success,
            last_failure: status.last_failure.clone(),
            failures: status.failures,
            is_refreshing: status.is_refreshing,
            is_running: status.is_running,
            next_attempt: status.next_attempt_at.map(|at| at.saturating_sub(uptime)),
            has_ended,
        }
    }
}
