//! What the reading side and the refresher have in common.

use std::{
    sync::{Arc, atomic::AtomicUsize},
    time::Duration,
};

use arc_swap::ArcSwap;

use super::{demand::Demand, endpoints::Endpoints, snapshot::Snapshot, state::RefreshStatus};
use crate::base::clock::Clock;

/// Requests load from it without a lock. The refresher alone stores.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) snapshot: ArcSwap<Snapshot>,
    pub(super) status: ArcSwap<RefreshStatus>,
    pub(super) demand: Demand,
    /// How many requests wait for a key.
    pub(super) waiters: Arc<AtomicUsize>,
    /// How long a request waits for its key.
    pub(super) unknown_key_wait: Duration,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) endpoints: ArcSwap<Endpoints>,
}

impl Shared {
    /// Returns whether a key in the present set has this ID.
    pub(super) fn has(&self, kid: &str) -> bool {
        self.snapshot.load().keys.names(kid)
    }

    /// Changes the status, one step at a time.
    pub(super) fn update(&self, change: impl FnOnce(&mut RefreshStatus)) {
        let mut status = RefreshStatus::clone(&self.status.load());
        change(&mut status);
        self.status.store(Arc::new(status));
    }
}
