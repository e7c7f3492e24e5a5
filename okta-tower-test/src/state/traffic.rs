//! Counters and last requests, by endpoint.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use http::HeaderMap;
use tokio::sync::watch;

use crate::{fault::Endpoint, parameters::Parameters};

/// Open connections, and the requests to each endpoint.
#[derive(Debug)]
pub(crate) struct Traffic {
    connections: watch::Sender<usize>,
    endpoints: [EndpointTraffic; Endpoint::ALL.len()],
}

/// The requests to one endpoint.
#[derive(Debug)]
struct EndpointTraffic {
    requests: watch::Sender<u64>,
    not_modified: AtomicU64,
    last: Mutex<Option<(HeaderMap, Parameters)>>,
}

/// One open connection, counted until it is dropped.
#[derive(Debug)]
pub(crate) struct Connected<'a>(&'a watch::Sender<usize>);

impl Traffic {
    pub(crate) fn new() -> Self {
        Self {
            connections: watch::Sender::new(0),
            endpoints: std::array::from_fn(|_| EndpointTraffic {
                requests: watch::Sender::new(0),
                not_modified: AtomicU64::new(0),
                last: Mutex::new(None),
            }),
        }
    }

    /// Counts a request.
    ///
    /// Tests wait for this count, so call it after the request has taken effect.
    pub(crate) fn note(&self, endpoint: Endpoint, headers: &HeaderMap, parameters: &Parameters) {
        let traffic = self.of(endpoint);
        *traffic.last.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((headers.clone(), parameters.clone()));
        traffic.requests.send_modify(|count| *count += 1);
    }

    pub(crate) fn requests(&self, endpoint: Endpoint) -> watch::Receiver<u64> {
        self.of(endpoint).requests.subscribe()
    }

    /// Returns headers and parameters of the last request to this endpoint.
    pub(crate) fn last(&self, endpoint: Endpoint) -> Option<(HeaderMap, Parameters)> {
        self.of(endpoint)
            .last
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn note_not_modified(&self, endpoint: Endpoint) {
        self.of(endpoint)
            .not_modified
            .fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn not_modified(&self, endpoint: Endpoint) -> u64 {
        self.of(endpoint).not_modified.load(Ordering::Relaxed)
    }

    /// Counts a connection until the returned value is dropped.
    pub(crate) fn connect(&self) -> Connected<'_> {
        self.connections.send_modify(|count| *count += 1);
        Connected(&self.connections)
    }

    pub(crate) fn connections(&self) -> watch::Receiver<usize> {
        self.connections.subscribe()
    }

    fn of(&self, endpoint: Endpoint) -> &EndpointTraffic {
        &self.endpoints[endpoint.index()]
    }
}

impl Drop for Connected<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}
