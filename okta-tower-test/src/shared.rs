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
    routes::{Route, Routes},
};

#[derive(Debug)]
pub(crate) struct Shared {
    /// `http://127.0.0.1:port`.
    pub(crate) origin: String,
    /// The issuer identifier.
    pub(crate) issuer: String,
    pub(crate) routes: Routes,
    /// The name of the algorithm that metadata gives for ID tokens.
    pub(crate) algorithm: &'static str,
    pub(crate) clock: Arc<dyn Clock>,
    /// Whether answers carry `ETag` and `Last-Modified`.
    pub(crate) validators: bool,
    state: Mutex<State>,
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
    last_headers: Mutex<Option<HeaderMap>>,
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
        origin: String,
        routes: Routes,
        algorithm: &'static str,
        clock: Arc<dyn Clock>,
        validators: bool,
        keys: KeyRing,
        cache_control: Option<String>,
    ) -> Self {
        let state = State {
            keys,
            keys_text: None,
            metadata_text: None,
            metadata_changes: Vec::new(),
            cache_control,
            plans: Default::default(),
            changed: [clock.now(); Endpoint::ALL.len()],
        };
        Self {
            issuer: format!("{origin}{}", routes.issuer_path()),
            origin,
            routes,
            algorithm,
            clock,
            validators,
            state: Mutex::new(state),
            connections: watch::Sender::new(0),
            traffic: std::array::from_fn(|_| Traffic {
                requests: watch::Sender::new(0),
                not_modified: AtomicU64::new(0),
                last_headers: Mutex::new(None),
            }),
        }
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
        *changed = self.clock.now().max(*changed + Duration::from_secs(1));
        change(&mut state)
    }

    /// Notes the arrival of a request, and fixes its answer.
    pub(crate) fn arrive(&self, route: Route, headers: &HeaderMap) -> (Truth, Option<Step>) {
        let endpoint = route.endpoint();
        let answer = {
            let mut state = self.state();
            let text = self.text(&state, route);
            let truth = Truth {
                endpoint,
                etag: etag(&text),
                text: Bytes::from(text),
                changed: state.changed[endpoint.index()],
                cache_control: state.cache_control.clone(),
                validators: self.validators,
            };
            (truth, state.plans[endpoint.index()].step())
        };
        let traffic = &self.traffic[endpoint.index()];
        *traffic
            .last_headers
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(headers.clone());
        // Last, so that whoever waits for this request finds everything above done.
        traffic.requests.send_modify(|count| *count += 1);
        answer
    }

    pub(crate) fn metadata(&self, state: &State, kind: Metadata) -> Value {
        let mut document = documents::metadata(kind, &self.origin, &self.issuer, self.algorithm);
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

    fn text(&self, state: &State, route: Route) -> String {
        let replaced = match route {
            Route::Metadata(_) => &state.metadata_text,
            Route::Keys => &state.keys_text,
        };
        replaced.clone().unwrap_or_else(|| match route {
            Route::Metadata(kind) => self.metadata(state, kind).to_string(),
            Route::Keys => state.keys.document().to_string(),
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

    pub(crate) fn last_headers(&self, endpoint: Endpoint) -> Option<HeaderMap> {
        self.traffic[endpoint.index()]
            .last_headers
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
