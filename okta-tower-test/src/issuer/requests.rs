//! The requests that the issuer has received.

use http::HeaderMap;

use super::Issuer;
use crate::fault::Endpoint;

/// # Requests
impl Issuer {
    /// Returns how many requests have arrived at this endpoint, including those without a response.
    #[must_use]
    pub fn requests(&self, endpoint: Endpoint) -> u64 {
        *self.state.traffic.requests(endpoint).borrow()
    }

    /// Waits until at least `count` requests have arrived at this endpoint since the issuer
    /// started.
    pub async fn wait_for_requests(&self, endpoint: Endpoint, count: u64) {
        // The sender lives in the state, so the channel cannot close during the wait.
        let _ = self
            .state
            .traffic
            .requests(endpoint)
            .wait_for(|now| *now >= count)
            .await;
    }

    /// Returns how many requests to this endpoint got 304.
    #[must_use]
    pub fn not_modified(&self, endpoint: Endpoint) -> u64 {
        self.state.traffic.not_modified(endpoint)
    }

    /// Returns the headers of the last request to this endpoint.
    #[must_use]
    pub fn last_headers(&self, endpoint: Endpoint) -> Option<HeaderMap> {
        self.state
            .traffic
            .last(endpoint)
            .map(|(headers, _)| headers)
    }

    /// Returns the parameters of the last request to this endpoint: those of the query, then those
    /// of the form.
    ///
    /// Empty without a request. The parameters include client secrets and codes.
    #[must_use]
    pub fn last_parameters(&self, endpoint: Endpoint) -> Vec<(String, String)> {
        let last = self.state.traffic.last(endpoint);
        last.map(|(_, parameters)| parameters.into_pairs())
            .unwrap_or_default()
    }

    /// Returns the number of open connections, idle ones included.
    #[must_use]
    pub fn connections(&self) -> usize {
        *self.state.traffic.connections().borrow()
    }

    /// Waits until exactly `count` connections are open.
    ///
    /// With 0, a test sees that a client has disconnected.
    pub async fn wait_for_connections(&self, count: usize) {
        // The sender lives in the state, so the channel cannot close during the wait.
        let _ = self
            .state
            .traffic
            .connections()
            .wait_for(|now| *now == count)
            .await;
    }
}
