//! Reports to the recorder of the [`metrics`] crate, if the application has installed one. Feature
//! `metrics`.

use metrics::{counter, gauge};

/// Counts one. Without a label, `label` is empty.
pub(super) fn count(name: &'static str, label: &'static str, value: &'static str) {
    match label {
        "" => counter!(name).increment(1),
        label => counter!(name, label => value).increment(1),
    }
}

/// Sets a gauge. Without a label, `label` is empty.
pub(super) fn set(name: &'static str, label: &'static str, value: &'static str, figure: u64) {
    match label {
        "" => gauge!(name).set(figure as f64),
        label => gauge!(name, label => value).set(figure as f64),
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeMap,
        sync::{Arc, Mutex},
        time::Duration,
    };

    use metrics::{
        Counter, CounterFn, Gauge, GaugeFn, Histogram, Key, KeyName, Metadata, Recorder,
        SharedString, Unit,
    };

    use crate::{
        base::{
            cache::CacheUsage,
            telemetry::{Gauges, Metrics, SessionUsage, Usage},
        },
        error::{AuthError, RefreshErrorKind},
    };

    /// Keeps every figure under its metric's name and its label.
    #[derive(Default)]
    struct Kept(Arc<Mutex<BTreeMap<String, f64>>>);

    struct Figure(String, Arc<Mutex<BTreeMap<String, f64>>>);

    impl Figure {
        fn change(&self, change: impl FnOnce(&mut f64)) {
            change(self.1.lock().unwrap().entry(self.0.clone()).or_default());
        }
    }

    impl CounterFn for Figure {
        fn increment(&self, by: u64) {
            self.change(|figure| *figure += by as f64);
        }

        fn absolute(&self, to: u64) {
            self.change(|figure| *figure = to as f64);
        }
    }

    impl GaugeFn for Figure {
        fn increment(&self, by: f64) {
            self.change(|figure| *figure += by);
        }

        fn decrement(&self, by: f64) {
            self.change(|figure| *figure -= by);
        }

        fn set(&self, to: f64) {
            self.change(|figure| *figure = to);
        }
    }

    impl Kept {
        fn figure(&self, key: &Key) -> Arc<Figure> {
            let labels = key
                .labels()
                .map(|label| format!(" {}={}", label.key(), label.value()));
            let name = format!("{}{}", key.name(), labels.collect::<String>());
            Arc::new(Figure(name, Arc::clone(&self.0)))
        }
    }

    impl Recorder for Kept {
        fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

        fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
            Counter::from_arc(self.figure(key))
        }

        fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
            Gauge::from_arc(self.figure(key))
        }

        fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
            Histogram::noop()
        }
    }

    #[test]
    fn recorder_is_told_the_names_and_figures_of_the_snapshot() {
        let kept = Kept::default();
        let metrics = Metrics::default();
        let gauges = Gauges {
            keys: 2,
            is_ready: true,
            age: Some(Duration::from_secs(7)),
            is_running: true,
        };
        let cache = |entries| CacheUsage {
            entries,
            bytes: 1000 * entries,
            max_bytes: 9000,
        };
        let usage = Usage {
            waiting_requests: 3,
            tokens: cache(4),
            sessions: Some(SessionUsage {
                known: 6,
                cache: cache(5),
            }),
        };
        let snapshot = metrics::with_local_recorder(&kept, || {
            metrics.authenticated();
            metrics.authenticated();
            metrics.cache_miss();
            metrics.waited();
            metrics.refused(&AuthError::missing_credentials());
            metrics.refreshed(Some(RefreshErrorKind::Timeout), 1_700_000_000);
            metrics.snapshot(gauges, usage)
        });
        let expected = [
            ("okta_tower_cache_bytes cache=sessions", 5000.0),
            ("okta_tower_cache_bytes cache=tokens", 4000.0),
            ("okta_tower_cache_entries cache=sessions", 5.0),
            ("okta_tower_cache_entries cache=tokens", 4.0),
            ("okta_tower_cache_max_bytes cache=sessions", 9000.0),
            ("okta_tower_cache_max_bytes cache=tokens", 9000.0),
            (
                "okta_tower_key_refresh_timestamp_seconds result=timeout",
                1_700_000_000.0,
            ),
            ("okta_tower_key_refresher_running", 1.0),
            ("okta_tower_key_refreshes_total result=timeout", 1.0),
            ("okta_tower_key_waiting_requests", 3.0),
            ("okta_tower_key_waits_total", 1.0),
            ("okta_tower_keys", 2.0),
            ("okta_tower_keys_age_seconds", 7.0),
            ("okta_tower_keys_ready", 1.0),
            ("okta_tower_refusals_total reason=missing_credentials", 1.0),
            ("okta_tower_requests_total outcome=authenticated", 2.0),
            ("okta_tower_requests_total outcome=missing_credentials", 1.0),
            ("okta_tower_sessions", 6.0),
            ("okta_tower_token_cache_total result=miss", 1.0),
        ];
        let figures = kept.0.lock().unwrap();
        let figures: Vec<_> = figures
            .iter()
            .map(|(name, figure)| (&**name, *figure))
            .collect();
        assert_eq!(figures, expected);
        // Nothing else was counted.
        assert_eq!(
            snapshot.iter().filter(|(_, _, figure)| *figure > 0).count(),
            expected.len()
        );
    }
}
