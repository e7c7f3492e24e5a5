//! Faults and outages.

use super::Issuer;
use crate::fault::{Endpoint, Fault, HeldAnswer, Step};

/// # Faults
impl Issuer {
    /// Applies a fault to every request of this endpoint from now on. Requests in progress are not
    /// affected.
    pub fn fault(&self, endpoint: Endpoint, fault: Fault) {
        self.state.documents().plans[endpoint.index()].always = Some(fault);
    }

    /// Applies a [`fault`](Self::fault) to every endpoint.
    pub fn fault_everywhere(&self, fault: &Fault) {
        for endpoint in Endpoint::ALL {
            self.fault(endpoint, fault.clone());
        }
    }

    /// Applies a fault to the next request of this endpoint only. Each call adds a fault for one
    /// more request.
    pub fn fault_next(&self, endpoint: Endpoint, fault: Fault) {
        self.plan_next(endpoint, Step::Fault(fault));
    }

    /// Holds back the response to the next request of this endpoint until it is released.
    ///
    /// Queues with the faults of [`fault_next`](Self::fault_next).
    ///
    /// ```
    /// use okta_tower_test::{Endpoint, Issuer};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let issuer = Issuer::start().await;
    /// let older = issuer.hold_next(Endpoint::Keys);
    /// // The code under test requests the keys. Wait with `older.arrived().await`.
    /// issuer.rotate(); // The next request gets the new keys, before the held response …
    /// older.release(); // … which is sent now.
    /// # }
    /// ```
    pub fn hold_next(&self, endpoint: Endpoint) -> HeldAnswer {
        let (held, gate) = HeldAnswer::new();
        self.plan_next(endpoint, Step::Hold(gate));
        held
    }

    fn plan_next(&self, endpoint: Endpoint, step: Step) {
        self.state.documents().plans[endpoint.index()]
            .next
            .push_back(step);
    }

    /// Ends all faults, planned ones included, and all tampering with tokens and callbacks.
    ///
    /// Metadata changes stay until [`serve_true_documents`](Self::serve_true_documents). Requests
    /// that hang stay so.
    pub fn heal(&self) {
        self.state.documents().plans = Default::default();
        self.state.sign_in().tampering = Default::default();
    }

    /// Closes the port and all connections.
    ///
    /// From now on, connections are refused. The port stays reserved, so that no other process gets
    /// it. Has no effect on a stopped issuer.
    ///
    /// # Panics
    ///
    /// Panics if another process takes the port at the moment of its release.
    pub async fn stop_listening(&self) {
        self.port.close(self.address).await;
    }

    /// Listens on the same port again. Has no effect on a running issuer.
    ///
    /// # Panics
    ///
    /// Panics if the operating system does not permit listening.
    pub async fn resume(&self) {
        self.port.reopen(&self.state).await;
    }
}
