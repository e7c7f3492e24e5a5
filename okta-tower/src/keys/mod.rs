//! The issuer's signing keys, kept fresh in the background.
//!
//! One worker fetches; everybody else reads a snapshot that it swaps in, and never waits for it. A caller can
//! cause a fetch in one way only: with a token whose `kid` nobody knows. A cool-down bounds how often that
//! works, and what was asked for in vain is remembered for a while.
//!
//! ```text
//!        read: ArcSwap<Snapshot>            demand (unknown kid)
//!  requests ───────────────────▶ snapshot ◀─────────────────────┐
//!                                   ▲                           │
//!                                   │ swap            ┌─────────┴─────────┐
//!                                   └─────────────────┤ refresher (1 task)├──▶ discovery, JWKS
//!                                                     └───────────────────┘
//! ```

mod absent;
mod attempt;
mod demand;
mod discovery;
#[cfg(feature = "sign-in")]
mod endpoints;
mod failure;
pub(crate) mod jwk;
mod refresher;
mod schedule;
mod snapshot;
mod state;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use arc_swap::{ArcSwap, Guard};
use tokio::sync::watch;

pub use self::{
    failure::RefreshError,
    refresher::Refresher,
    state::{KeyState, KeyStatus, SkippedKey},
};
pub use crate::{
    error::{Endpoint, RefreshErrorKind},
    keys::jwk::SkipReason,
};

#[cfg(feature = "sign-in")]
pub(crate) use self::endpoints::Endpoints;
pub(crate) use self::{demand::KeyWait, snapshot::Snapshot};

use self::{attempt::Source, demand::Demand, refresher::Worker, state::Record};
use crate::{
    base::{
        clock::Clock,
        fetch::{Fetcher, UrlPolicy},
        telemetry::Metrics,
    },
    config::issuer::Issuer,
    keys::jwk::Algorithm,
};

/// The reading side. Cheap to clone; the refresher ends when the last clone is gone.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    shared: Arc<Shared>,
    /// Held for its drop alone: the refresher watches the other end.
    _alive: Arc<watch::Sender<()>>,
}

/// What the reading side and the refresher have in common.
#[derive(Debug)]
struct Shared {
    /// Readers load it without a lock. The refresher alone stores a new one.
    snapshot: ArcSwap<Snapshot>,
    record: ArcSwap<Record>,
    demand: Demand,
    clock: Arc<dyn Clock>,
    #[cfg(feature = "sign-in")]
    endpoints: ArcSwap<Endpoints>,
}

impl Keys {
    /// The reading side, with no keys yet, and the refresher that will fetch them once it is polled.
    pub(crate) fn pair(
        issuer: &Issuer,
        algorithms: &BTreeSet<Algorithm>,
        urls: &UrlPolicy,
        refresh: &RefreshSettings,
        fetcher: Fetcher,
        clock: Arc<dyn Clock>,
        metrics: &Arc<Metrics>,
    ) -> (Self, Refresher) {
        let (alive, watched) = watch::channel(());
        let (demand, ended) = Demand::new(refresh.clone());
        let shared = Arc::new(Shared {
            snapshot: ArcSwap::default(),
            record: ArcSwap::default(),
            demand,
            clock,
            #[cfg(feature = "sign-in")]
            endpoints: ArcSwap::from_pointee(Endpoints::fixed(issuer)),
        });
        let refresher = Refresher::new(Worker {
            shared: Arc::clone(&shared),
            alive: watched,
            ended,
            source: Source {
                fetcher,
                urls: urls.clone(),
                issuer: Arc::clone(issuer.text()),
                algorithms: algorithms.clone(),
                discovery_url: issuer.discovery_url(),
                fallback_url: issuer.keys_url(),
                known: None,
                #[cfg(feature = "sign-in")]
                shared: Arc::clone(&shared),
                validators: None,
            },
            settings: refresh.clone(),
            metrics: Arc::clone(metrics),
        });
        let keys = Self {
            shared,
            _alive: Arc::new(alive),
        };
        (keys, refresher)
    }

    /// The keys as they are now. Neither locks nor waits.
    pub(crate) fn snapshot(&self) -> Guard<Arc<Snapshot>> {
        self.shared.snapshot.load()
    }
}

/// How the keys are refreshed.
#[derive(Clone, Debug)]
pub(crate) struct RefreshSettings {
    pub(crate) min_interval: Duration,
    pub(crate) max_interval: Duration,
    /// The least time between two attempts that unknown keys ask for.
    pub(crate) cooldown: Duration,
    /// How long a request waits for its key.
    pub(crate) unknown_key_wait: Duration,
    /// How long keys are trusted without being confirmed.
    pub(crate) stale_limit: Duration,
    /// How many requests may wait for a key at once.
    pub(crate) max_waiters: usize,
}

impl Default for RefreshSettings {
    fn default() -> Self {
        Self {
            min_interval: Duration::from_secs(5 * 60),
            max_interval: Duration::from_secs(60 * 60),
            cooldown: Duration::from_secs(10),
            unknown_key_wait: Duration::from_secs(2),
            stale_limit: Duration::from_secs(12 * 60 * 60),
            max_waiters: 1024,
        }
    }
}
