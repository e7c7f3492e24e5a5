//! What was asked of the issuer.

use http::HeaderMap;

use super::Issuer;
use crate::fault::Endpoint;

/// # Requests
impl Issuer {
    /// How many requests have arrived at this endpoint, answered or not.
    #[must_use]
    pub fn requests(&self, endpoint: Endpoint) -> u64 {
        *self.state.traffic.requests(endpoint).borrow()
    }

    /// Waits until at least `count` requests have arrived at this endpoint since the issuer was started.
    pub async fn wait_for_requests(&self, endpoint: Endpoint, count: u64) {
        // The sender lives as long as this issuer, so the channel cannot be closed while we wait.
        let _ = self
            .state
            .traffic
            .requests(endpoint)
            .wait_for(|now| *now >= count)
            .await;
    }

    /// How many requests to this endpoint were answered with 304.
    #[must_use]
    pub fn not_modified(&self, endpoint: Endpoint) -> u64 {
        self.state.traffic.not_modified(endpoint)
    }

    /// The headers of the last request to this endpoint.
    #[must_use]
    pub fn last_headers(&self, endpoint: Endpoint) -> Option<HeaderMap> {
        self.state
            .traffic
            .last(endpoint)
            .map(|(headers, _)| headers)
    }

    /// The parameters of the last request to this endpoint, as they came: those of the URL's query and those of the
    /// form. Empty if there was none. Client secrets and codes are among them.
    #[must_use]
    pub fn last_parameters(&self, endpoint: Endpoint) -> Vec<(String, String)> {
        let last = self.state.traffic.last(endpoint);
        last.map(|(_, parameters)| parameters.into_pairs())
            .unwrap_or_default()
    }

    /// How many connections are open, idle ones included.
    #[must_use]
    pub fn connections(&self) -> usize {
        *self.state.traffic.connections().borrow()
    }

    /// Waits until exactly `count` connections are open: none, to see that a client which gave up has let go.
    pub async fn wait_for_connections(&self, count: usize) {
        // As above: the sender lives as long as this issuer.
        let _ = self
            .state
            .traffic
            .connections()
            .wait_for(|now| *now == count)
            .await;
    }
}
