//! What the issuer's handle and its server share: the documents, what is to go wrong, and what was asked for.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::HeaderMap;
use okta_tower::clock::Clock;
use serde_json::Value;
use tokio::sync::watch;

use crate::{
    documents::{self, Metadata},
    fault::{Endpoint, Plan, Step},
    keyring::KeyRing,
    parameters::Parameters,
    routes::{Document, Routes},
    sign_in::SignIn,
    token::{Kind, TokenBuilder},
};

/// What does not change while the issuer runs.
#[derive(Debug)]
pub(crate) struct Nature {
    /// `http://127.0.0.1:port`.
    pub(crate) origin: String,
    pub(crate) routes: Routes,
    /// The name of the algorithm that metadata gives for ID tokens.
    pub(crate) algorithm: &'static str,
    /// The audience of access tokens.
    pub(crate) audience: String,
    /// The claim that groups are put into.
    pub(crate) groups_claim: String,
    pub(crate) clock: Arc<dyn Clock>,
    /// Whether answers carry `ETag` and `Last-Modified`.
    pub(crate) validators: bool,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) nature: Nature,
    /// The issuer identifier.
    pub(crate) issuer: String,
    state: Mutex<State>,
    sign_in: Mutex<SignIn>,
    connections: watch::Sender<usize>,
    traffic: [Traffic; Endpoint::ALL.len()],
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) keys: KeyRing,
    /// Text that a test serves in place of the key set.
    pub(crate) keys_text: Option<String>,
    /// Text that a test serves in place of both metadata documents.
    pub(crate) metadata_text: Option<String>,
    /// Members of the metadata that a test has set, or, with `None`, removed.
    pub(crate) metadata_changes: Vec<(String, Option<Value>)>,
    pub(crate) cache_control: Option<String>,
    pub(crate) plans: [Plan; Endpoint::ALL.len()],
    changed: [SystemTime; Endpoint::ALL.len()],
}

/// What clients have done at one endpoint.
#[derive(Debug)]
struct Traffic {
    requests: watch::Sender<u64>,
    not_modified: AtomicU64,
    last: Mutex<Option<(HeaderMap, Parameters)>>,
}

/// The true answer at the moment when its request arrived.
#[derive(Debug)]
pub(crate) struct Truth {
    pub(crate) endpoint: Endpoint,
    pub(crate) text: Bytes,
    pub(crate) etag: String,
    pub(crate) changed: SystemTime,
    pub(crate) cache_control: Option<String>,
    /// Whether the answer carries `ETag` and `Last-Modified`.
    pub(crate) validators: bool,
}

impl Shared {
    pub(crate) fn new(
        nature: Nature,
        keys: KeyRing,
        cache_control: Option<String>,
        sign_in: SignIn,
    ) -> Self {
        let state = State {
            keys,
            keys_text: None,
            metadata_text: None,
            metadata_changes: Vec::new(),
            cache_control,
            plans: Default::default(),
            changed: [nature.clock.now(); Endpoint::ALL.len()],
        };
        Self {
            issuer: format!("{}{}", nature.origin, nature.routes.issuer_path()),
            nature,
            state: Mutex::new(state),
            sign_in: Mutex::new(sign_in),
            connections: watch::Sender::new(0),
            traffic: std::array::from_fn(|_| Traffic {
                requests: watch::Sender::new(0),
                not_modified: AtomicU64::new(0),
                last: Mutex::new(None),
            }),
        }
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.nature.clock.now()
    }

    /// A token of this kind, signed by the active key.
    pub(crate) fn mint(&self, kind: Kind) -> TokenBuilder {
        let key = self.state().keys.active.clone();
        TokenBuilder::new(
            kind,
            key,
            self.issuer.clone(),
            self.nature.audience.clone(),
            self.nature.groups_claim.clone(),
            Arc::clone(&self.nature.clock),
        )
    }

    /// Whoever holds this must not take [`state`](Self::state) too, nor run code of a test.
    pub(crate) fn sign_in(&self) -> MutexGuard<'_, SignIn> {
        self.sign_in.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what an endpoint serves.
    pub(crate) fn change<T>(&self, endpoint: Endpoint, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state();
        let changed = &mut state.changed[endpoint.index()];
        // HTTP dates have whole seconds. Two versions within one second must still differ, or a client that
        // asks by date alone would never learn of the second.
        *changed = self.now().max(*changed + Duration::from_secs(1));
        change(&mut state)
    }

    /// The document that is served at this moment, and what is to happen to the request for it.
    pub(crate) fn document(&self, document: Document) -> (Truth, Option<Step>) {
        let endpoint = document.endpoint();
        let mut state = self.state();
        let text = self.text(&state, document);
        let truth = Truth {
            endpoint,
            etag: etag(&text),
            text: Bytes::from(text),
            changed: state.changed[endpoint.index()],
            cache_control: state.cache_control.clone(),
            validators: self.nature.validators,
        };
        (truth, state.plans[endpoint.index()].step())
    }

    /// What is to happen to the request that has just arrived.
    pub(crate) fn step(&self, endpoint: Endpoint) -> Option<Step> {
        self.state().plans[endpoint.index()].step()
    }

    /// Counts a request. Called when all that it changes has changed, for whoever waits for it.
    pub(crate) fn note(&self, endpoint: Endpoint, headers: &HeaderMap, parameters: &Parameters) {
        let traffic = &self.traffic[endpoint.index()];
        *traffic.last.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((headers.clone(), parameters.clone()));
        traffic.requests.send_modify(|count| *count += 1);
    }

    pub(crate) fn metadata(&self, state: &State, kind: Metadata) -> Value {
        let mut document = documents::metadata(
            kind,
            &self.nature.origin,
            &self.issuer,
            self.nature.algorithm,
        );
        if let Some(members) = document.as_object_mut() {
            for (name, value) in &state.metadata_changes {
                match value {
                    Some(value) => members.insert(name.clone(), value.clone()),
                    None => members.remove(name),
                };
            }
        }
        document
    }

    fn text(&self, state: &State, document: Document) -> String {
        let replaced = match document {
            Document::Metadata(_) => &state.metadata_text,
            Document::Keys => &state.keys_text,
        };
        replaced.clone().unwrap_or_else(|| match document {
            Document::Metadata(kind) => self.metadata(state, kind).to_string(),
            Document::Keys => state.keys.document().to_string(),
        })
    }

    /// Counts a connection for as long as the returned value lives.
    pub(crate) fn connect(&self) -> Connected<'_> {
        self.connections.send_modify(|count| *count += 1);
        Connected(&self.connections)
    }

    pub(crate) fn connections(&self) -> watch::Receiver<usize> {
        self.connections.subscribe()
    }

    pub(crate) fn note_not_modified(&self, endpoint: Endpoint) {
        self.traffic[endpoint.index()]
            .not_modified
            .fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn not_modified(&self, endpoint: Endpoint) -> u64 {
        self.traffic[endpoint.index()]
            .not_modified
            .load(Ordering::Relaxed)
    }

    pub(crate) fn requests(&self, endpoint: Endpoint) -> watch::Receiver<u64> {
        self.traffic[endpoint.index()].requests.subscribe()
    }

    /// Headers and parameters of the last request to this endpoint.
    pub(crate) fn last(&self, endpoint: Endpoint) -> Option<(HeaderMap, Parameters)> {
        self.traffic[endpoint.index()]
            .last
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// One open connection.
#[derive(Debug)]
pub(crate) struct Connected<'a>(&'a watch::Sender<usize>);

impl Drop for Connected<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

/// A strong entity tag (RFC 9110 section 8.8.3) made of the content.
fn etag(text: &str) -> String {
    let hash = digest(&SHA256, text.as_bytes());
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]))
}
