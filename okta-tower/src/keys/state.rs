//! What can be seen of the keys from outside: for health endpoints, logs and people.

use std::time::{Duration, SystemTime};

use super::{Keys, failure::RefreshError};
use crate::keys::jwk::SkipReason;

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
    /// Whether tokens can be judged.
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
    /// Whether the refresher is alive. When it is not, the keys will go stale and every request will be
    /// answered 503 in the end: its future was dropped, or its runtime has ended.
    pub is_running: bool,
    /// How long until the next attempt, if nothing asks for one earlier.
    pub next_attempt: Option<Duration>,
}

impl KeyState {
    /// Whether tokens can be judged: for a readiness probe.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        matches!(self.status, KeyStatus::Fresh | KeyStatus::Stale)
    }
}

/// Whether tokens can be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyStatus {
    /// No keys yet: requests are answered 503.
    NotLoaded,
    /// The last attempt succeeded.
    Fresh,
    /// The last attempt failed; the keys from before are used.
    Stale,
    /// The keys are too old to be trusted: requests are answered 503.
    TooStale,
}

impl KeyStatus {
    /// A stable name in snake case.
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

/// A published key that is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SkippedKey {
    /// Where it stands in the document, counted from 0.
    pub index: usize,
    /// Why it is not used.
    pub reason: SkipReason,
}

/// What the refresher writes down after each step.
#[derive(Clone, Debug, Default)]
pub(super) struct Record {
    pub(super) skipped: Vec<SkippedKey>,
    pub(super) last_success: Option<SystemTime>,
    pub(super) last_failure: Option<RefreshError>,
    pub(super) failures: u32,
    pub(super) is_refreshing: bool,
    pub(super) is_running: bool,
    pub(super) next_attempt_at: Option<Duration>,
}

impl Keys {
    /// The state at this moment.
    pub(crate) fn state(&self) -> KeyState {
        let snapshot = self.shared.snapshot.load();
        let record = self.shared.record.load();
        let uptime = self.shared.clock.uptime();
        let now = self.shared.clock.unix_seconds();
        let status = match snapshot.trust {
            None => KeyStatus::NotLoaded,
            Some(_) if snapshot.check(uptime, now, || ()).is_err() => KeyStatus::TooStale,
            Some(_) if record.last_failure.is_some() => KeyStatus::Stale,
            Some(_) => KeyStatus::Fresh,
        };
        KeyState {
            status,
            kids: snapshot
                .keys
                .kids()
                .into_iter()
                .map(str::to_owned)
                .collect(),
            skipped: record.skipped.clone(),
            age: snapshot
                .trust
                .map(|trust| uptime.saturating_sub(trust.fetched_at)),
            last_success: record.last_success,
            last_failure: record.last_failure.clone(),
            failures: record.failures,
            is_refreshing: record.is_refreshing,
            is_running: record.is_running,
            next_attempt: record.next_attempt_at.map(|at| at.saturating_sub(uptime)),
        }
    }
}
