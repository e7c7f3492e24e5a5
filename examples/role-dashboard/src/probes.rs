//! Probes for an orchestrator and metrics for Prometheus, on a separate port.

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use okta_tower::Okta;

pub(crate) fn routes(okta: Okta) -> Router {
    Router::new()
        .route("/health/live", get("live\n"))
        .route("/health/ready", get(ready))
        .route("/metrics", get(metrics))
        .with_state(okta)
}

/// Reports whether callers can be verified. During an Okta outage the cached keys serve on, so the
/// instance stays ready.
async fn ready(State(okta): State<Okta>) -> impl IntoResponse {
    if okta.key_state().is_ready() {
        (StatusCode::OK, "ready\n")
    } else {
        let reason = "the issuer's signing keys have not been loaded\n";
        (StatusCode::SERVICE_UNAVAILABLE, reason)
    }
}

async fn metrics(State(okta): State<Okta>) -> impl IntoResponse {
    let content_type = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    (content_type, okta.metrics().to_string())
}
