//! Breaking the issuer, and mending it.

use super::Issuer;
use crate::fault::{Endpoint, Fault, HeldAnswer, Step};

/// # Faults
impl Issuer {
    /// From now on every request to this endpoint meets this fault. Requests that are being answered already are not
    /// touched.
    pub fn fault(&self, endpoint: Endpoint, fault: Fault) {
        self.state.documents().plans[endpoint.index()].always = Some(fault);
    }

    /// [`fault`](Self::fault), for every endpoint.
    pub fn fault_everywhere(&self, fault: &Fault) {
        for endpoint in Endpoint::ALL {
            self.fault(endpoint, fault.clone());
        }
    }

    /// The next request to this endpoint, and it alone, meets this fault. Calls queue up: two of them are for two requests.
    pub fn fault_next(&self, endpoint: Endpoint, fault: Fault) {
        self.plan_next(endpoint, Step::Fault(fault));
    }

    /// Holds the answer to the next request to this endpoint until it is released. Queues up with
    /// [`fault_next`](Self::fault_next).
    ///
    /// ```
    /// use okta_tower_test::{Endpoint, Issuer};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let issuer = Issuer::start().await;
    /// let older = issuer.hold_next(Endpoint::Keys);
    /// // … the code under test asks for keys: older.arrived().await
    /// issuer.rotate(); // and the next request is answered with the new keys, before the old answer …
    /// older.release(); // … which comes now.
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

    /// Ends all faults, those that wait for a next request too, and all tampering with tokens and callbacks (what the
    /// metadata says stays: [`serve_true_documents`](Self::serve_true_documents)). Requests that hang already stay so.
    pub fn heal(&self) {
        self.state.documents().plans = Default::default();
        self.state.sign_in().tampering = Default::default();
    }

    /// Goes down: closes the port and all connections. From now on connections are refused; the port stays reserved, so
    /// that nobody who asks for a free one gets it. Does nothing if it is down already.
    ///
    /// # Panics
    ///
    /// When another program takes the port at the very moment when it is let go.
    pub async fn stop_listening(&self) {
        self.port.close(self.address).await;
    }

    /// Comes back up on the same port. Does nothing if it is up already.
    ///
    /// # Panics
    ///
    /// When the operating system does not let it listen again.
    pub async fn resume(&self) {
        self.port.reopen(&self.state).await;
    }
}
