//! The events of this crate: those of `okta_tower::telemetry`, under the same target, told by extractors.

use std::error::Error;

use okta_tower::{AuthError, AuthErrorKind};

const AUTH: &str = "okta_tower::auth";

/// A mistake of the program, with the remedy for the developer.
pub(crate) fn misconfigured(error: &AuthError, extractor: &'static str) {
    let reason = error.reason();
    let cause = error.source().map(tracing::field::display);
    let extractor = Some(extractor).filter(|name| !name.is_empty());
    tracing::error!(target: AUTH, reason, cause, extractor, "authentication is not set up correctly");
}

/// A refusal that is being answered. Mistakes of the program have been told of already.
pub(crate) fn refused(error: &AuthError) {
    if error.kind() != AuthErrorKind::Misconfigured {
        let outcome = error.kind().as_str();
        tracing::debug!(target: AUTH, outcome, reason = error.reason(), "request refused");
    }
}
