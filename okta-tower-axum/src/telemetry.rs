//! The events of extractors, with the names and the target of `okta_tower::telemetry`.

use std::error::Error;

use okta_tower::{AuthError, AuthErrorKind};

const AUTH: &str = "okta_tower::auth";

/// Reports a misconfiguration with its remedy.
pub(crate) fn misconfigured(error: &AuthError, extractor: &'static str) {
    let reason = error.reason();
    let cause = error.source().map(tracing::field::display);
    let extractor = Some(extractor).filter(|name| !name.is_empty());
    tracing::error!(
        target: AUTH, reason, cause, extractor, "authentication is not set up correctly"
    );
}

/// Reports a rejection as it becomes a response. Misconfigurations were reported before.
pub(crate) fn refused(error: &AuthError) {
    if error.kind() != AuthErrorKind::Misconfigured {
        let outcome = error.kind().as_str();
        tracing::debug!(target: AUTH, outcome, reason = error.reason(), "request refused");
    }
}
