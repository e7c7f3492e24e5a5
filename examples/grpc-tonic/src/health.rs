//! Health that tells whether tokens can be judged: an orchestrator sends no calls to where the answer would be `UNAVAILABLE`.

use std::time::Duration;

use okta_tower::Okta;
use tonic_health::{
    pb::health_server::{Health, HealthServer},
    server::health_reporter,
};

use crate::{Bank, pb::ledger_server::LedgerServer};

/// How often it is looked at.
const INTERVAL: Duration = Duration::from_millis(500);

/// The service that probes ask. The process as a whole, service `""`, is always serving, or an outage of the issuer would
/// have it restarted; `bank.v1.Ledger` is serving while there are keys to judge tokens by.
pub(crate) fn reported_by(okta: Okta) -> HealthServer<impl Health> {
    let (reporter, service) = health_reporter();
    // It ends with the runtime.
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
