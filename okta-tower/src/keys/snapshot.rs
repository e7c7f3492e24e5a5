//! What a request sees of the keys: one immutable value.

use std::time::Duration;

use crate::{error::KeysUnavailable, jwk::KeySet};

/// The keys at one moment, and until when they may be used.
#[derive(Debug, Default)]
pub(crate) struct Snapshot {
    pub(crate) keys: KeySet,
    /// When they were fetched and until when they are trusted, as [`uptime`](crate::Clock::uptime). `None`
    /// before the first success.
    pub(super) trust: Option<Trust>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Trust {
    pub(super) fetched_at: Duration,
    pub(super) until: Duration,
}

impl Snapshot {
    /// Whether tokens may be judged by these keys at `uptime`.
    pub(crate) fn check(&self, uptime: Duration) -> Result<(), KeysUnavailable> {
        match self.trust {
            None => Err(KeysUnavailable::NotLoaded),
            Some(trust) if uptime >= trust.until => Err(KeysUnavailable::TooStale),
            Some(_) => Ok(()),
        }
    }
}
