//! The handle on a running issuer.

use std::{
    fmt,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use http::HeaderMap;
use okta_tower::{Algorithm, clock::Clock};
use serde_json::Value;
use tokio::net::{TcpListener, TcpSocket};

use crate::{
    builder::IssuerBuilder,
    documents::Metadata,
    fault::{Endpoint, Fault, HeldAnswer, Step},
    key::Key,
    listening::{self, Listening},
    shared::Shared,
    token::{Kind, TokenBuilder},
};

/// An authorization server in the shape of Okta's, on a loopback port of this process. It stops when this is dropped.
///
/// The crate page shows how to test an application with it. What can be done to it while it runs:
///
/// | | |
/// |---|---|
/// | mint | [`token`](Self::token), [`id_token`](Self::id_token), and for the worst of them [`Key::sign_raw`] |
/// | rotate keys | [`rotate`](Self::rotate), [`rotate_in_emergency`](Self::rotate_in_emergency), [`withdraw_expired_key`](Self::withdraw_expired_key) |
/// | publish odd things | [`publish_jwk`](Self::publish_jwk), [`serve_keys`](Self::serve_keys), [`serve_metadata`](Self::serve_metadata), [`set_metadata`](Self::set_metadata) |
/// | break it | [`fault`](Self::fault), [`fault_next`](Self::fault_next), [`hold_next`](Self::hold_next), [`stop_listening`](Self::stop_listening) |
/// | mend it | [`heal`](Self::heal), [`serve_true_documents`](Self::serve_true_documents), [`resume`](Self::resume) |
/// | watch it | [`requests`](Self::requests), [`wait_for_requests`](Self::wait_for_requests), [`not_modified`](Self::not_modified), [`last_headers`](Self::last_headers) |
pub struct Issuer {
    shared: Arc<Shared>,
    address: SocketAddr,
    audience: String,
    groups_claim: String,
    port: Mutex<Port>,
}

#[derive(Debug)]
enum Port {
    Open(Listening),
    /// Held, so that nobody else gets it, and refusing connections.
    Closed(TcpSocket),
    /// Between the two.
    Changing,
}

impl Issuer {
    /// Starts an issuer with Okta's defaults: authorization server `default`, audience `api://default`, RS256, on a
    /// free port of `127.0.0.1`, with the machine's clock.
    ///
    /// # Panics
    ///
    /// When there is no free port. [`IssuerBuilder::start`] returns an error instead.
    pub async fn start() -> Self {
        match Self::builder().start().await {
            Ok(issuer) => issuer,
            Err(error) => panic!("{error}: {:?}", std::error::Error::source(&error)),
        }
    }

    /// Everything that can be set.
    pub fn builder() -> IssuerBuilder {
        IssuerBuilder::new()
    }

    pub(crate) fn new(
        shared: Arc<Shared>,
        address: SocketAddr,
        listener: TcpListener,
        audience: String,
        groups_claim: String,
    ) -> Self {
        Self {
            port: Mutex::new(Port::Open(Listening::start(listener, Arc::clone(&shared)))),
            shared,
            address,
            audience,
            groups_claim,
        }
    }

    /// The issuer identifier, `http://127.0.0.1:{port}/oauth2/{id}`: what goes into `OKTA_OAUTH2_ISSUER`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.shared.issuer
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The audience of its access tokens.
    #[must_use]
    pub fn audience(&self) -> &str {
        &self.audience
    }

    /// The URL of the OpenID Connect metadata.
    #[must_use]
    pub fn discovery_url(&self) -> String {
        format!("{}/.well-known/openid-configuration", self.url())
    }

    /// The URL of the signing keys.
    #[must_use]
    pub fn keys_url(&self) -> String {
        format!("{}/v1/keys", self.url())
    }

    /// An access token, signed by the active key.
    pub fn token(&self) -> TokenBuilder {
        self.mint(Kind::Access)
    }

    /// An ID token, signed by the active key. An application must not take it for an access token.
    pub fn id_token(&self) -> TokenBuilder {
        self.mint(Kind::Id)
    }

    fn mint(&self, kind: Kind) -> TokenBuilder {
        TokenBuilder::new(
            kind,
            self.active_key(),
            self.url().to_owned(),
            self.audience.clone(),
            self.groups_claim.clone(),
            Arc::clone(&self.shared.clock),
        )
    }

    /// The key that signs.
    #[must_use]
    pub fn active_key(&self) -> Key {
        self.shared.state().keys.active.clone()
    }

    /// The key that will sign after the next rotation.
    #[must_use]
    pub fn next_key(&self) -> Key {
        self.shared.state().keys.next.clone()
    }

    /// The key that signed before the last rotation, if there was one and it has not been withdrawn.
    #[must_use]
    pub fn expired_key(&self) -> Option<Key> {
        self.shared.state().keys.expired.clone()
    }

    /// A forger's key: it has the name and algorithm of the active key and is another one.
    #[must_use]
    pub fn forged_key(&self) -> Key {
        let active = self.active_key();
        Key::generate(active.algorithm()).with_kid(active.kid())
    }

    /// A planned rotation, as Okta does it four times a year: the active key becomes the expired one (which stays
    /// published, instead of the expired key before it), the next key becomes the active one, and there is a new next key.
    /// Makes a key, and so takes a moment.
    pub fn rotate(&self) {
        let new = self.new_key();
        self.shared
            .change(Endpoint::Keys, |state| state.keys.rotate(new));
    }

    /// The rotation after a key was stolen: a key that nobody has seen signs from now on, and the active one is gone
    /// from the set at once. Returns the key that was withdrawn. Makes a key, and so takes a moment.
    pub fn rotate_in_emergency(&self) -> Key {
        let new = self.new_key();
        self.shared
            .change(Endpoint::Keys, |state| state.keys.replace_active(new))
    }

    /// Takes the expired key out of the set and returns it; `None` if there is none.
    pub fn withdraw_expired_key(&self) -> Option<Key> {
        self.shared
            .change(Endpoint::Keys, |state| state.keys.expired.take())
    }

    /// Publishes the next key before it is used, or keeps it back.
    pub fn publish_next_key(&self, publish: bool) {
        self.shared.change(Endpoint::Keys, |state| {
            state.keys.next_is_published = publish;
        });
    }

    /// Adds a key to the end of the set.
    pub fn publish_key(&self, key: &Key) {
        self.publish_jwk(key.to_jwk());
    }

    /// Adds any JSON at all to the end of the set.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// # let issuer = okta_tower_test::Issuer::start().await;
    /// issuer.publish_jwk(serde_json::json!({ "kty": "oct", "kid": "shared", "k": "c2VjcmV0" }));
    /// assert_eq!(issuer.key_set()["keys"].as_array().unwrap().len(), 3);
    /// # }
    /// ```
    pub fn publish_jwk(&self, jwk: impl Into<Value>) {
        let jwk = jwk.into();
        self.shared
            .change(Endpoint::Keys, |state| state.keys.extra.push(jwk));
    }

    /// Takes back everything that [`publish_key`](Self::publish_key) and [`publish_jwk`](Self::publish_jwk) added.
    pub fn unpublish(&self) {
        self.shared
            .change(Endpoint::Keys, |state| state.keys.extra.clear());
    }

    /// The key set as the issuer would publish it: its own keys, and what a test has added.
    #[must_use]
    pub fn key_set(&self) -> Value {
        self.shared.state().keys.document()
    }

    /// The OpenID Connect metadata as the issuer would publish it.
    #[must_use]
    pub fn metadata(&self) -> Value {
        self.shared.metadata(&self.shared.state(), Metadata::OpenId)
    }

    /// Serves this text, JSON or not, in place of the key set.
    pub fn serve_keys(&self, text: impl Into<String>) {
        let text = text.into();
        self.shared
            .change(Endpoint::Keys, |state| state.keys_text = Some(text));
    }

    /// Serves this text, JSON or not, in place of every metadata document.
    pub fn serve_metadata(&self, text: impl Into<String>) {
        let text = text.into();
        self.shared.change(Endpoint::Discovery, |state| {
            state.metadata_text = Some(text);
        });
    }

    /// Sets one member of every metadata document: `set_metadata("jwks_uri", "http://elsewhere.example/keys")`.
    pub fn set_metadata(&self, member: impl Into<String>, value: impl Into<Value>) {
        let change = (member.into(), Some(value.into()));
        self.shared.change(Endpoint::Discovery, |state| {
            state.metadata_changes.push(change);
        });
    }

    /// Removes one member of every metadata document.
    pub fn remove_metadata(&self, member: impl Into<String>) {
        let change = (member.into(), None);
        self.shared.change(Endpoint::Discovery, |state| {
            state.metadata_changes.push(change);
        });
    }

    /// Takes back what [`serve_keys`](Self::serve_keys), [`serve_metadata`](Self::serve_metadata),
    /// [`set_metadata`](Self::set_metadata) and [`remove_metadata`](Self::remove_metadata) did.
    pub fn serve_true_documents(&self) {
        self.shared
            .change(Endpoint::Keys, |state| state.keys_text = None);
        self.shared.change(Endpoint::Discovery, |state| {
            state.metadata_text = None;
            state.metadata_changes.clear();
        });
    }

    /// The `Cache-Control` of all further answers; `None` sends none.
    pub fn set_cache_control(&self, value: Option<&str>) {
        self.shared.state().cache_control = value.map(str::to_owned);
    }

    /// From now on every request to this endpoint meets this fault. Requests that are being answered already are not
    /// touched.
    pub fn fault(&self, endpoint: Endpoint, fault: Fault) {
        self.shared.state().plans[endpoint.index()].always = Some(fault);
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
        self.shared.state().plans[endpoint.index()]
            .next
            .push_back(step);
    }

    /// Ends all faults, those that wait for a next request too. Requests that hang already stay so.
    pub fn heal(&self) {
        self.shared.state().plans = Default::default();
    }

    /// Goes down: closes the port and all connections. From now on connections are refused; the port stays taken.
    /// Does nothing if it is down already.
    ///
    /// # Panics
    ///
    /// When another program takes the port at the very moment when it is let go.
    pub async fn stop_listening(&self) {
        let listening = match self.change_port() {
            Port::Open(listening) => listening,
            other => return self.set_port(other),
        };
        listening.stop().await;
        let socket =
            listening::reserve(self.address).expect("the port was taken by another program");
        self.set_port(Port::Closed(socket));
    }

    /// Comes back up on the same port. Does nothing if it is up already.
    ///
    /// # Panics
    ///
    /// When the operating system does not let it listen again.
    pub async fn resume(&self) {
        let socket = match self.change_port() {
            Port::Closed(socket) => socket,
            other => return self.set_port(other),
        };
        let listener = listening::listen(socket).expect("the port cannot be listened on again");
        let listening = Listening::start(listener, Arc::clone(&self.shared));
        self.set_port(Port::Open(listening));
    }

    fn change_port(&self) -> Port {
        let mut port = self.port.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *port, Port::Changing)
    }

    fn set_port(&self, new: Port) {
        *self.port.lock().unwrap_or_else(PoisonError::into_inner) = new;
    }

    /// How many requests have arrived at this endpoint, answered or not.
    #[must_use]
    pub fn requests(&self, endpoint: Endpoint) -> u64 {
        *self.shared.requests(endpoint).borrow()
    }

    /// Waits until at least `count` requests have arrived at this endpoint since the issuer was started.
    pub async fn wait_for_requests(&self, endpoint: Endpoint, count: u64) {
        // The sender lives as long as this issuer, so the channel cannot be closed while we wait.
        let _ = self
            .shared
            .requests(endpoint)
            .wait_for(|now| *now >= count)
            .await;
    }

    /// How many requests to this endpoint were answered with 304.
    #[must_use]
    pub fn not_modified(&self, endpoint: Endpoint) -> u64 {
        self.shared.not_modified(endpoint)
    }

    /// The headers of the last request to this endpoint.
    #[must_use]
    pub fn last_headers(&self, endpoint: Endpoint) -> Option<HeaderMap> {
        self.shared.last_headers(endpoint)
    }

    /// The algorithm of the issuer's own keys.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.shared.state().keys.algorithm
    }

    /// The clock that tokens are minted by.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.shared.clock)
    }

    /// Outside the lock, which the server needs too.
    fn new_key(&self) -> Key {
        Key::generate(self.algorithm())
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer")
            .field("url", &self.url())
            .finish_non_exhaustive()
    }
}
