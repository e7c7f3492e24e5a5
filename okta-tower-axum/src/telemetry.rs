//! The events of extractors, with the names and the target of `okta_tower::telemetry`.

use std::error::Error;

use okta_tower::AuthError;

const AUTH: &str = "okta_tower::auth";

/// Reports a misconfiguration with its remedy.
pub(crate) fn misconfigured(error: &AuthError, extractor: &'static str) {
    let reason = error.reason();
    let cause = error.source().map(tracing::field::display);
    let extractor = Some(extractor).filter(|name| !name.is_empty());
    tracing::error!(
        target: AUTH, reason, cause, extractor, "error.type" = reason,
        "authentication is not set up correctly"
    );
}
