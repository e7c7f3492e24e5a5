//! The issuer's signing keys, refreshed in the background.
//!
//! One task fetches. Requests read a snapshot that the task swaps in. A request waits for the task
//! in one case only: its token's `kid` is unknown, and the next fetch is near (`KeyWait`).
//!
//! Apart from the schedule, two events cause a fetch: such a token, and a request after the machine
//! was suspended. A cool-down bounds how often. A `kid` that a recent key document did not contain
//! is rejected at once for a while.
//!
//! ```text
//!        read: ArcSwap<Snapshot>            demand (unknown kid)
//!  requests ───────────────────▶ snapshot ◀─────────────────────┐
//!                                   ▲                           │
//!                                   │ swap            ┌─────────┴─────────┐
//!                                   └─────────────────┤ refresher (1 task)├──▶ discovery, JWKS
//!                                                     └───────────────────┘
//! ```

mod attempt;
mod demand;
pub(crate) mod discovery;
mod endpoints;
mod failure;
pub(crate) mod jwk;
mod missing;
pub(crate) mod refresher;
mod schedule;
mod shared;
mod snapshot;
mod state;
mod wait;

use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use arc_swap::{ArcSwap, Guard};
use tokio::sync::watch;
use url::Url;

pub use self::{
    failure::RefreshError,
    state::{KeyState, KeyStatus},
};
pub use crate::{
    error::{Endpoint, RefreshErrorKind},
    keys::jwk::{SkipReason, SkippedKey},
};

pub(crate) use self::{
    endpoints::Endpoints, refresher::Refresher, schedule::RefreshSettings, snapshot::Snapshot,
    wait::KeyWait,
};

use self::{
    attempt::KeyFetcher,
    demand::Demand,
    jwk::{Algorithm, KeySet},
    refresher::Worker,
    shared::Shared,
};
use crate::{
    base::{
        clock::Clock,
        fetch::{Fetcher, UrlPolicy},
        telemetry::Metrics,
    },
    config::issuer::Issuer,
    error::AuthError,
};

/// Where the keys come from and how they are refreshed.
pub(crate) struct KeySettings<'c> {
    pub(crate) issuer: &'c Issuer,
    pub(crate) algorithms: &'c BTreeSet<Algorithm>,
    pub(crate) urls: &'c UrlPolicy,
    pub(crate) refresh: &'c RefreshSettings,
    pub(crate) clock: &'c Arc<dyn Clock>,
    /// Whether sign-in uses the other endpoints of the metadata.
    pub(crate) uses_endpoints: bool,
    /// Keys that count as fetched at the start.
    pub(crate) initial: Option<&'c KeySet>,
}

/// The reading side. Cheap to clone; the refresher ends when the last clone is gone.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    shared: Arc<Shared>,
    /// Held for its drop alone: the refresher watches the other end.
    _alive: Arc<watch::Sender<()>>,
}

impl Keys {
    /// Returns the reading side, with no keys yet, and the refresher that fetches them when polled.
    pub(crate) fn pair(
        settings: &KeySettings<'_>,
        fetcher: Fetcher,
        metrics: &Arc<Metrics>,
    ) -> (Self, Refresher) {
        let (alive, watched) = watch::channel(());
        let address = |url: Url| settings.urls.resolve(&url).unwrap_or(url);
        let (demand, ended) = Demand::new(settings.refresh.clone());
        let shared = Arc::new(Shared {
            snapshot: ArcSwap::from_pointee(initial_snapshot(settings)),
            status: ArcSwap::default(),
            demand,
            waiters: Arc::default(),
            unknown_key_wait: settings.refresh.unknown_key_wait,
            clock: Arc::clone(settings.clock),
            endpoints: ArcSwap::from_pointee(Endpoints::fixed(settings.issuer)),
        });
        let refresher = Refresher::new(Worker {
            shared: Arc::clone(&shared),
            alive: watched,
            ended,
            fetcher: KeyFetcher {
                fetcher,
                urls: settings.urls.clone(),
                issuer: Arc::clone(settings.issuer.text()),
                algorithms: settings.algorithms.clone(),
                discovery_url: address(settings.issuer.discovery_url()),
                fallback_url: address(settings.issuer.keys_url()),
                discovered: None,
                uses_endpoints: settings.uses_endpoints,
                shared: Arc::clone(&shared),
                validators: None,
            },
            settings: settings.refresh.clone(),
            metrics: Arc::clone(metrics),
        });
        let keys = Self {
            shared,
            _alive: Arc::new(alive),
        };
        (keys, refresher)
    }

    /// Returns the keys as they are now. Neither locks nor waits.
    pub(crate) fn snapshot(&self) -> Guard<Arc<Snapshot>> {
        self.shared.snapshot.load()
    }

    /// Returns the issuer's endpoints as they are known now. Neither locks nor waits.
    pub(crate) fn endpoints(&self) -> Guard<Arc<Endpoints>> {
        self.shared.endpoints.load()
    }

    /// Returns the state at this moment.
    pub(crate) fn state(&self) -> KeyState {
        let (snapshot, status) = (self.snapshot(), self.shared.status.load());
        let has_ended = self.shared.demand.has_ended();
        KeyState::of(&snapshot, &status, &*self.shared.clock, has_ended)
    }

    /// Returns how many requests wait for a key.
    pub(crate) fn waiting_requests(&self) -> usize {
        self.shared.waiters.load(Ordering::Relaxed)
    }

    /// Resolves when the first attempt has ended. The state tells whether it brought keys.
    pub(crate) async fn first_attempt(&self) {
        let mut ended = self.shared.demand.ended();
        // An error means that the refresher is gone, or has panicked without tokio's timer or I/O.
        // The state then says that there are no keys.
        let _ = ended.wait_for(|count| *count > 0).await;
    }

    /// Requests a fetch for a token whose `kid` no key in the set has.
    ///
    /// Returns a wait, after which the token is to be verified again. Returns `None` if the token
    /// is to be rejected now: the key is known to be missing, the next permitted fetch is too far
    /// off, or enough requests are waiting.
    pub(crate) fn request(&self, kid: &str) -> Option<KeyWait> {
        wait::request(&self.shared, kid)
    }

    /// Returns whether a recent key document did not contain this key. `now` is the uptime.
    ///
    /// Cheap: a flood of tokens with made-up keys ends here.
    pub(crate) fn is_missing(&self, kid: &str, now: Duration) -> bool {
        // The key may have arrived after the request looked at the snapshot.
        self.shared.demand.is_missing(kid, now) && !self.snapshot().keys.names(kid)
    }

    /// Has the keys fetched as soon as a demand may: the machine was suspended, and the refresher
    /// does not notice.
    pub(crate) fn wake_up(&self) {
        self.shared.demand.wake_up(self.shared.clock.uptime());
    }

    /// Returns the error for a token whose key is unknown and is not waited for any longer.
    /// `asked_at`: the uptime when the request looked for the key first.
    pub(crate) fn unknown(&self, kid: &str, asked_at: Duration) -> AuthError {
        let now = self.shared.clock.uptime();
        self.shared.demand.unknown(kid, asked_at, now)
    }
}

#[cfg(test)]
impl Keys {
    /// Replaces the keys by those of a JWKS, as the refresher does.
    pub(crate) fn replace(&self, document: &[u8]) {
        let before = self.snapshot();
        let read = KeySet::parse(document, &Algorithm::ALL.into(), &before.keys);
        self.shared.snapshot.store(Arc::new(Snapshot {
            keys: read.unwrap().0,
            trust: before.trust,
        }));
    }
}

/// Returns the keys that the settings contain, as if they had been fetched now.
fn initial_snapshot(settings: &KeySettings<'_>) -> Snapshot {
    let refresh = settings.refresh;
    settings
        .initial
        .map_or_else(Snapshot::default, |keys| Snapshot {
            keys: keys.clone(),
            trust: Some(refresher::trust(
                &**settings.clock,
                refresh,
                refresh.max_interval,
            )),
        })
}
