//! The refresher: the only writer of the keys.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use tokio::sync::watch;

use super::{
    attempt::{Fetched, KeyFetcher},
    failure::RefreshError,
    jwk::SkippedKey,
    schedule::{self, RefreshSettings},
    shared::Shared,
    snapshot::{Snapshot, Trust},
};
use crate::base::{
    clock::Clock,
    telemetry::{self, Gauges, Metrics},
};

/// A future that refreshes the keys, for you to spawn: the second half of what
/// [`OktaBuilder::pair`](crate::OktaBuilder::pair) returns.
///
/// It ends when the last [`Okta`](crate::Okta), and every layer and service made from it, is gone.
/// Dropping it earlier stops the refreshing: the keys go stale, tokens with unknown keys get 503,
/// [`Okta::is_ready`](crate::Okta::is_ready) is false, and an ERROR event says so.
#[must_use = "the keys are fetched only while this future is polled"]
pub struct Refresher(Pin<Box<dyn Future<Output = ()> + Send>>);

impl Refresher {
    pub(super) fn new(worker: Worker) -> Self {
        Self(Box::pin(worker.run()))
    }
}

impl Future for Refresher {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.0.as_mut().poll(context)
    }
}

impl fmt::Debug for Refresher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refresher").finish_non_exhaustive()
    }
}

#[derive(Debug)]
pub(super) struct Worker {
    pub(super) shared: Arc<Shared>,
    /// Closed when the last reader is gone.
    pub(super) alive: watch::Receiver<()>,
    /// Counts the attempts that have ended. Its drop tells waiting requests that none will.
    pub(super) ended: watch::Sender<u64>,
    pub(super) fetcher: KeyFetcher,
    pub(super) settings: RefreshSettings,
    pub(super) metrics: Arc<Metrics>,
}

/// The refresher has ended, in whatever way: polled or not, by its runtime or with the last reader.
impl Drop for Worker {
    fn drop(&mut self) {
        self.shared.update(|status| {
            status.is_running = false;
            status.is_refreshing = false;
            status.next_attempt_at = None;
        });
        // An error means that no reader is left.
        if self.alive.has_changed().is_ok() {
            telemetry::refresher_ended();
            self.metrics.keys_changed(Gauges {
                is_ready: false,
                is_running: false,
                ..self.gauges(self.shared.clock.uptime())
            });
        }
    }
}

impl Worker {
    async fn run(mut self) {
        let mut alive = self.alive.clone();
        // The channel carries no values: its one event is that the last reader is gone.
        tokio::select! {
            _ = alive.changed() => {}
            () = self.refresh_forever() => {}
        }
    }

    async fn refresh_forever(&mut self) {
        self.shared.update(|status| status.is_running = true);
        loop {
            let due_at = self.attempt().await;
            self.wait_until(due_at).await;
        }
    }

    /// Waits for the moment, or for an earlier one that clients demand.
    async fn wait_until(&self, due_at: Duration) {
        let clock = &self.shared.clock;
        loop {
            let now = clock.uptime();
            let demanded_at = self.shared.demand.due_at(now);
            let at = demanded_at.map_or(due_at, |at| at.min(due_at));
            self.shared
                .update(|status| status.next_attempt_at = Some(at));
            if now >= at {
                return;
            }
            tokio::select! {
                () = clock.sleep(at - now) => {}
                () = self.shared.demand.requested() => {}
            }
        }
    }

    /// Makes one attempt and returns when the next is due.
    async fn attempt(&mut self) -> Duration {
        let shared = Arc::clone(&self.shared);
        let began_at = shared.clock.uptime();
        let requested = shared.demand.begin(began_at);
        shared.update(|status| status.is_refreshing = true);
        let before = Arc::clone(&shared.snapshot.load());
        let failures = shared.status.load().failures;

        let result = (self.fetcher)
            .fetch(&before.keys, began_at, failures > 0)
            .await;
        let now = shared.clock.uptime();
        let due_at = match result {
            Ok(fetched) => {
                let due_at = self.succeeded(&before, fetched, now);
                let after = shared.snapshot.load();
                let (before, after) = (before.keys.kids(), after.keys.kids());
                shared.demand.succeeded(requested, &before, &after, now);
                due_at
            }
            Err(error) => {
                let has_keys = before
                    .check(now, shared.clock.unix_seconds(), || ())
                    .is_ok();
                let quiet_time = schedule::quiet_time(error.retry_after(), has_keys);
                let due_at = self.failed(failures.saturating_add(1), has_keys, error, now);
                shared.demand.failed(requested, now + quiet_time);
                due_at
            }
        };
        self.metrics.keys_changed(self.gauges(now));
        // Last: a request that waits for this finds everything above done.
        self.ended.send_modify(|count| *count += 1);
        due_at
    }

    fn succeeded(&self, before: &Snapshot, fetched: Fetched, now: Duration) -> Duration {
        let interval = schedule::next_refresh(&self.settings, fetched.max_age, random());
        let due_at = now + interval;
        let (keys, skipped) = match fetched.keys {
            Some((keys, skipped)) => {
                report_skipped(&skipped);
                (keys, Some(skipped))
            }
            None => (before.keys.clone(), None),
        };
        telemetry::keys_refreshed(&keys.kids(), interval);
        if let Some(error) = &fetched.discovery {
            self.report(error, interval);
        }
        self.metrics
            .refreshed(None, self.shared.clock.unix_seconds());
        let trust = trust(&*self.shared.clock, &self.settings, interval);
        self.shared.snapshot.store(Arc::new(Snapshot {
            keys,
            trust: Some(trust),
        }));
        self.shared.update(|status| {
            if let Some(skipped) = skipped {
                status.skipped = skipped;
            }
            status.last_success = Some(self.shared.clock.now());
            status.last_failure = None;
            status.failures = 0;
            status.is_refreshing = false;
            status.next_attempt_at = Some(due_at);
        });
        due_at
    }

    /// Returns what the metrics say about the keys. `now` is the uptime.
    fn gauges(&self, now: Duration) -> Gauges {
        let snapshot = self.shared.snapshot.load();
        let wall = self.shared.clock.unix_seconds();
        Gauges {
            keys: snapshot.keys.kids().len() as u64,
            is_ready: snapshot.check(now, wall, || ()).is_ok(),
            age: (snapshot.trust).map(|trust| now.saturating_sub(trust.fetched_at)),
            is_running: true,
        }
    }

    /// Reports a failure to the log and the metrics.
    fn report(&self, error: &RefreshError, retry: Duration) {
        telemetry::refresh_failed(error.endpoint(), error.kind(), error, retry);
        let now = self.shared.clock.unix_seconds();
        self.metrics.refreshed(Some(error.kind()), now);
    }

    fn failed(
        &self,
        failures: u32,
        has_keys: bool,
        error: RefreshError,
        now: Duration,
    ) -> Duration {
        let retry_after = error.retry_after();
        let wait = schedule::back_off(&self.settings, failures, retry_after, has_keys, random());
        let due_at = now + wait;
        report_skipped(error.skipped());
        self.report(&error, wait);
        self.shared.update(|status| {
            status.last_failure = Some(error);
            status.failures = failures;
            status.is_refreshing = false;
            status.next_attempt_at = Some(due_at);
        });
        due_at
    }
}

/// Returns the trust in keys that were fetched now and are to be fetched again after `interval`.
pub(super) fn trust(clock: &dyn Clock, settings: &RefreshSettings, interval: Duration) -> Trust {
    let now = clock.uptime();
    Trust {
        fetched_at: now,
        fetched_at_wall: clock.unix_seconds(),
        until: schedule::trusted_until(settings, now, interval),
    }
}

fn report_skipped(keys: &[SkippedKey]) {
    for key in keys {
        telemetry::key_skipped(key.index, key.reason.as_str());
    }
}

/// Returns a number from 0 to 1. Without randomness there is no jitter; nothing else is lost.
fn random() -> f64 {
    let mut bytes = [0; 4];
    match aws_lc_rs::rand::fill(&mut bytes) {
        Ok(()) => f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX),
        Err(_) => 0.0,
    }
}
