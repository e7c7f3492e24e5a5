//! What an orchestrator and Prometheus ask, on a port of its own.

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

/// Whether callers can be judged. While Okta is down they can, on the keys from before: an outage there takes no instance out.
async fn ready(State(okta): State<Okta>) -> impl IntoResponse {
    if okta.key_state().is_ready() {
        (StatusCode::OK, "ready\n")
    } else {
        let said = "the issuer's signing keys have not been loaded\n";
        (StatusCode::SERVICE_UNAVAILABLE, said)
    }
}

async fn metrics(State(okta): State<Okta>) -> impl IntoResponse {
    let content_type = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    (content_type, okta.metrics().to_string())
}
