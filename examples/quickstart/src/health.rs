//! Probes for an orchestrator, and metrics for Prometheus. These routes are public: a production
//! service exposes them on a separate port.

use std::time::{Duration, UNIX_EPOCH};

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
};
use okta_tower::{Okta, keys::KeyState};
use serde::Serialize;

const NO_STORE: [(header::HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-store")];

#[derive(Serialize)]
struct Live {
    status: &'static str,
}

/// Reports that the process runs. An issuer outage is no reason to restart it.
pub(crate) async fn live() -> impl IntoResponse {
    (NO_STORE, Json(Live { status: "live" }))
}

/// The state of the signing keys.
#[derive(Serialize)]
struct Ready {
    /// Whether tokens can be verified.
    ready: bool,
    /// `not_loaded`, `fresh`, `stale` or `too_stale`.
    status: &'static str,
    /// Why tokens cannot be verified or the keys are stale; null if the keys are fresh.
    reason: Option<String>,
    kids: Vec<String>,
    skipped: Vec<Skipped>,
    age_seconds: Option<u64>,
    /// Seconds since 1970.
    last_success: Option<u64>,
    last_failure: Option<String>,
    /// Consecutive failures.
    failures: u32,
    is_refreshing: bool,
    /// Whether the key refresher runs.
    is_running: bool,
    next_attempt_seconds: Option<u64>,
}

/// A published signing key that was skipped.
#[derive(Serialize)]
struct Skipped {
    index: usize,
    reason: String,
}

impl Ready {
    fn of(keys: KeyState) -> Self {
        Self {
            ready: keys.is_ready(),
            status: keys.status.as_str(),
            reason: reason(&keys),
            skipped: (keys.skipped.iter())
                .map(|key| Skipped {
                    index: key.index,
                    reason: key.reason.to_string(),
                })
                .collect(),
            age_seconds: keys.age.map(whole_seconds),
            last_success: (keys.last_success)
                .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
                .map(whole_seconds),
            last_failure: keys.last_failure.map(|failure| failure.to_string()),
            failures: keys.failures,
            is_refreshing: keys.is_refreshing,
            is_running: keys.is_running,
            next_attempt_seconds: keys.next_attempt.map(whole_seconds),
            kids: keys.kids,
        }
    }
}

fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs()
}

/// Returns why tokens cannot be verified or the keys are stale.
pub(crate) fn reason(keys: &KeyState) -> Option<String> {
    match &keys.last_failure {
        Some(failure) => Some(failure.to_string()),
        None if keys.is_ready() => None,
        None => Some("the issuer's signing keys have not been loaded yet".to_owned()),
    }
}

/// Reports whether tokens can be verified: 503 with the reason until the first keys are loaded.
pub(crate) async fn ready(State(okta): State<Okta>) -> impl IntoResponse {
    let ready = Ready::of(okta.key_state());
    let status = if ready.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, NO_STORE, Json(ready))
}

/// Reports the metrics in Prometheus' text format.
pub(crate) async fn metrics(State(okta): State<Okta>) -> impl IntoResponse {
    let content_type = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    (content_type, okta.metrics().to_string())
}
