//! The worker: the only writer of the keys.

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
    Keys, Shared,
    attempt::{Fetched, Source},
    failure::RefreshError,
    schedule,
    snapshot::{Snapshot, Trust},
    state::{Record, SkippedKey},
};
use crate::{
    base::telemetry::{self, Gauges, Metrics},
    keys::RefreshSettings,
};

/// The work of keeping the keys fresh, as a future for you to spawn where you like: the second half of what
/// [`OktaBuilder::pair`](crate::OktaBuilder::pair) gives. It ends when the last [`Okta`](crate::Okta), and every
/// layer and service made from it, is gone. Dropping it stops the refreshing; the keys then go stale.
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
    /// Counts the attempts that have ended. Whoever waits for one learns by its drop that none will.
    pub(super) ended: watch::Sender<u64>,
    pub(super) source: Source,
    pub(super) settings: RefreshSettings,
    pub(super) metrics: Arc<Metrics>,
}

/// Says that the refresher is not running, however it ends.
struct Running(Arc<Shared>);

impl Running {
    fn new(shared: &Arc<Shared>) -> Self {
        shared.update(|record| record.is_running = true);
        Self(Arc::clone(shared))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.update(|record| {
            record.is_running = false;
            record.is_refreshing = false;
            record.next_attempt_at = None;
        });
    }
}

impl Shared {
    /// Replaces the record. The refresher alone does so, one step at a time.
    fn update(&self, change: impl FnOnce(&mut Record)) {
        let mut record = Record::clone(&self.record.load());
        change(&mut record);
        self.record.store(Arc::new(record));
    }
}

impl Worker {
    async fn run(mut self) {
        let mut alive = self.alive.clone();
        // An error is the news that the last reader is gone; there is no other news on this channel.
        tokio::select! {
            _ = alive.changed() => {}
            () = self.refresh_forever() => {}
        }
    }

    async fn refresh_forever(&mut self) {
        let _running = Running::new(&self.shared);
        loop {
            let due_at = self.attempt().await;
            self.wait_until(due_at).await;
        }
    }

    /// Waits for the moment, or for one that callers' demand brings forward.
    async fn wait_until(&self, due_at: Duration) {
        let clock = &self.shared.clock;
        loop {
            let now = clock.uptime();
            let demanded_at = self.shared.demand.due_at(now);
            let at = demanded_at.map_or(due_at, |at| at.min(due_at));
            self.shared
                .update(|record| record.next_attempt_at = Some(at));
            if now >= at {
                return;
            }
            tokio::select! {
                () = clock.sleep(at - now) => {}
                () = self.shared.demand.wanted() => {}
            }
        }
    }

    /// Makes one attempt and says when the next is due.
    async fn attempt(&mut self) -> Duration {
        let shared = Arc::clone(&self.shared);
        let began_at = shared.clock.uptime();
        let asked = shared.demand.begin(began_at);
        shared.update(|record| record.is_refreshing = true);
        let before = Arc::clone(&shared.snapshot.load());
        let failures = shared.record.load().failures;

        let result = self
            .source
            .fetch(&before.keys, began_at, failures > 0)
            .await;
        let now = shared.clock.uptime();
        let due_at = match result {
            Ok(fetched) => {
                let due_at = self.succeeded(&before, fetched, now);
                let after = shared.snapshot.load();
                shared.demand.succeeded(asked, &after.keys.kids(), now);
                due_at
            }
            Err(error) => {
                let has_keys = before
                    .check(now, shared.clock.unix_seconds(), || ())
                    .is_ok();
                let quiet_time = schedule::quiet_time(error.retry_after(), has_keys);
                let due_at = self.failed(failures.saturating_add(1), has_keys, error, now);
                shared.demand.failed(asked, now + quiet_time);
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
                for key in &skipped {
                    telemetry::key_skipped(key.index, key.reason);
                }
                let skipped = skipped
                    .iter()
                    .map(|key| SkippedKey {
                        index: key.index,
                        reason: key.reason,
                    })
                    .collect();
                (keys, Some(skipped))
            }
            None => (before.keys.clone(), None),
        };
        telemetry::keys_refreshed(&keys.kids(), interval);
        if let Some(error) = &fetched.discovery {
            self.tell(error, interval);
        }
        self.metrics.refresh_succeeded();
        let trust = Trust {
            fetched_at: now,
            fetched_at_wall: self.shared.clock.unix_seconds(),
            until: schedule::trusted_until(&self.settings, now, interval),
        };
        self.shared.snapshot.store(Arc::new(Snapshot {
            keys,
            trust: Some(trust),
        }));
        self.shared.update(|record| {
            if let Some(skipped) = skipped {
                record.skipped = skipped;
            }
            record.last_success = Some(self.shared.clock.now());
            record.last_failure = None;
            record.failures = 0;
            record.is_refreshing = false;
            record.next_attempt_at = Some(due_at);
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
        }
    }

    /// Tells the log and the metrics of a failure.
    fn tell(&self, error: &RefreshError, retry: Duration) {
        telemetry::refresh_failed(error.endpoint(), error.kind(), error, retry);
        self.metrics.refresh_failed(error.kind());
    }

    fn failed(
        &self,
        failures: u32,
        has_keys: bool,
        error: RefreshError,
        now: Duration,
    ) -> Duration {
        let asked_for = error.retry_after();
        let wait = schedule::back_off(&self.settings, failures, asked_for, has_keys, random());
        let due_at = now + wait;
        self.tell(&error, wait);
        self.shared.update(|record| {
            record.last_failure = Some(error);
            record.failures = failures;
            record.is_refreshing = false;
            record.next_attempt_at = Some(due_at);
        });
        due_at
    }
}

/// From 0 to 1. Without randomness there is no jitter, and nothing else is lost.
fn random() -> f64 {
    let mut bytes = [0; 4];
    match aws_lc_rs::rand::fill(&mut bytes) {
        Ok(()) => f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX),
        Err(_) => 0.0,
    }
}

impl Keys {
    /// Resolves when the first attempt has ended. Whether it brought keys is in the state.
    pub(crate) async fn first_attempt(&self) {
        let mut ended = self.shared.demand.ended();
        // An error means that the refresher is gone, or has panicked for want of tokio's timer or I/O; the state
        // says that there are no keys.
        let _ = ended.wait_for(|count| *count > 0).await;
    }
}
