//! The moment at which a caller's credentials cease to be good, as a wait: for streams that go on after it.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use crate::{
    base::clock::Clock,
    claims::{Verified, Via},
};

/// How often the wall clock is looked at while waiting. Tokens are judged by it, and it may be set, or the machine may sleep;
/// waits are measured by a clock that notices neither.
const LOOK: Duration = Duration::from_secs(60);

/// Waits for the first moment at which a request with the same credentials would be refused as expired.
pub(crate) async fn wait(clock: Arc<dyn Clock>, end: SystemTime) {
    while let Ok(left) = end.duration_since(clock.now()) {
        if left.is_zero() {
            return;
        }
        clock.sleep(left.min(LOOK)).await;
    }
}

/// That moment. Tokens have leeway; a session's end is a moment of ours, and needs none.
pub(crate) fn end(caller: &Verified, leeway: Duration) -> SystemTime {
    let expires_at = caller.expires_at();
    match caller.via() {
        Via::Bearer => expires_at.checked_add(leeway).unwrap_or(expires_at),
        Via::Session => expires_at,
    }
}
