//! Health that reports whether tokens can be verified, so that an orchestrator sends no calls that
//! would fail with `UNAVAILABLE`.

use std::time::Duration;

use okta_tower::Okta;
use tonic_health::{
    pb::health_server::{Health, HealthServer},
    server::health_reporter,
};

use crate::{Bank, pb::ledger_server::LedgerServer};

/// How often the state of the keys is checked.
const INTERVAL: Duration = Duration::from_millis(500);

/// Returns the health service.
///
/// The process, service `""`, is always serving, so that an issuer outage does not cause a restart.
/// `bank.v1.Ledger` is serving while there are keys to verify tokens.
pub(crate) fn reported_by(okta: Okta) -> HealthServer<impl Health> {
    let (reporter, service) = health_reporter();
    // The task ends with the runtime.
    tokio::spawn(async move {
        loop {
            if okta.is_ready() {
                reporter.set_serving::<LedgerServer<Bank>>().await;
            } else {
                reporter.set_not_serving::<LedgerServer<Bank>>().await;
            }
            tokio::time::sleep(INTERVAL).await;
        }
    });
    service
}
