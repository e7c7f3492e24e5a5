//! The documents that the issuer serves, their test overrides and the planned faults.

use std::time::{Duration, SystemTime};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use serde_json::Value;

use super::{
    config::IssuerConfig,
    keyring::KeyRing,
    metadata::{self, Metadata},
};
use crate::fault::{Endpoint, Plan, Step};

/// A document that is the same for every client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Document {
    Metadata(Metadata),
    Keys,
}

/// Key set, metadata and planned faults.
#[derive(Debug)]
pub(crate) struct Documents {
    pub(crate) keys: KeyRing,
    /// Text that replaces the key set.
    pub(crate) keys_text: Option<String>,
    /// Text that replaces every metadata document.
    pub(crate) metadata_text: Option<String>,
    /// Metadata members that a test has set, or removed (`None`).
    pub(crate) metadata_changes: Vec<(String, Option<Value>)>,
    pub(crate) cache_control: Option<String>,
    pub(crate) plans: [Plan; Endpoint::ALL.len()],
    changed: [SystemTime; Endpoint::ALL.len()],
}

/// One version of a document, fixed when its request arrives.
#[derive(Debug)]
pub(crate) struct ServedDocument {
    pub(crate) endpoint: Endpoint,
    pub(crate) text: Bytes,
    pub(crate) etag: String,
    pub(crate) changed: SystemTime,
    pub(crate) cache_control: Option<String>,
    /// Whether the response carries `ETag` and `Last-Modified`.
    pub(crate) validators: bool,
}

impl Document {
    pub(crate) fn endpoint(self) -> Endpoint {
        match self {
            Self::Metadata(_) => Endpoint::Discovery,
            Self::Keys => Endpoint::Keys,
        }
    }
}

impl Documents {
    pub(crate) fn new(keys: KeyRing, cache_control: Option<String>, now: SystemTime) -> Self {
        Self {
            keys,
            keys_text: None,
            metadata_text: None,
            metadata_changes: Vec::new(),
            cache_control,
            plans: Default::default(),
            changed: [now; Endpoint::ALL.len()],
        }
    }

    /// Gives the endpoint's document a new modification time.
    pub(crate) fn touch(&mut self, endpoint: Endpoint, now: SystemTime) {
        let changed = &mut self.changed[endpoint.index()];
        // HTTP dates have whole seconds. Two versions within one second must differ, or a client
        // that validates by date alone never learns of the second version.
        *changed = now.max(*changed + Duration::from_secs(1));
    }

    /// Returns the current version of a document and the planned step for its request.
    pub(crate) fn serve(
        &mut self,
        document: Document,
        config: &IssuerConfig,
    ) -> (ServedDocument, Option<Step>) {
        let endpoint = document.endpoint();
        let text = self.text(document, config);
        let served = ServedDocument {
            endpoint,
            etag: etag(&text),
            text: Bytes::from(text),
            changed: self.changed[endpoint.index()],
            cache_control: self.cache_control.clone(),
            validators: config.validators,
        };
        (served, self.step(endpoint))
    }

    /// Takes the planned step for the request that has just arrived.
    pub(crate) fn step(&mut self, endpoint: Endpoint) -> Option<Step> {
        self.plans[endpoint.index()].step()
    }

    /// Returns the metadata with the members that a test has changed.
    pub(crate) fn metadata(&self, kind: Metadata, config: &IssuerConfig) -> Value {
        let mut document =
            metadata::document(kind, &config.origin, &config.issuer, config.algorithm);
        if let Some(members) = document.as_object_mut() {
            for (name, value) in &self.metadata_changes {
                match value {
                    Some(value) => members.insert(name.clone(), value.clone()),
                    None => members.remove(name),
                };
            }
        }
        document
    }

    fn text(&self, document: Document, config: &IssuerConfig) -> String {
        let replaced = match document {
            Document::Metadata(_) => &self.metadata_text,
            Document::Keys => &self.keys_text,
        };
        replaced.clone().unwrap_or_else(|| match document {
            Document::Metadata(kind) => self.metadata(kind, config).to_string(),
            Document::Keys => self.keys.document().to_string(),
        })
    }
}

/// Returns a strong entity tag (RFC 9110 section 8.8.3) derived from the content.
fn etag(text: &str) -> String {
    let hash = digest(&SHA256, text.as_bytes());
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]))
}
