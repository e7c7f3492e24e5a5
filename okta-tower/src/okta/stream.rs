//! Waits for the moment at which a caller's credentials expire, for streams that go on.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use crate::{
    base::clock::Clock,
    claims::{Verified, Via},
};

/// How often a wait looks at the wall clock. Tokens expire by that clock, which may be set, or the
/// machine may sleep; the clock of waits notices neither.
const LOOK: Duration = Duration::from_secs(60);

/// Waits until a request with the same credentials would be rejected as expired.
pub(crate) async fn wait(clock: Arc<dyn Clock>, end: SystemTime) {
    while let Ok(left) = end.duration_since(clock.now()) {
        if left.is_zero() {
            return;
        }
        clock.sleep(left.min(LOOK)).await;
    }
}

/// Returns that moment. Tokens have leeway; the end of a session needs none.
pub(crate) fn end(caller: &Verified, leeway: Duration) -> SystemTime {
    let expires_at = caller.expires_at();
    match caller.via() {
        Via::Bearer => expires_at.checked_add(leeway).unwrap_or(expires_at),
        Via::Session => expires_at,
    }
}
