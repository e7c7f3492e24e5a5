//! What the issuer serves, and serving something else.

use serde_json::Value;

use super::Issuer;
use crate::{fault::Endpoint, state::metadata::Metadata};

/// # Documents
impl Issuer {
    /// The key set as the issuer would publish it: its own keys, and what a test has added.
    #[must_use]
    pub fn key_set(&self) -> Value {
        self.state.documents().keys.document()
    }

    /// The OpenID Connect metadata as the issuer would publish it.
    #[must_use]
    pub fn metadata(&self) -> Value {
        self.state
            .documents()
            .metadata(Metadata::OpenId, &self.state.config)
    }

    /// Serves this text, JSON or not, in place of the key set.
    pub fn serve_keys(&self, text: impl Into<String>) {
        let text = text.into();
        self.state
            .change(Endpoint::Keys, |documents| documents.keys_text = Some(text));
    }

    /// Serves this text, JSON or not, in place of every metadata document.
    pub fn serve_metadata(&self, text: impl Into<String>) {
        let text = text.into();
        self.state.change(Endpoint::Discovery, |documents| {
            documents.metadata_text = Some(text);
        });
    }

    /// Sets one member of every metadata document: `set_metadata("jwks_uri", "http://elsewhere.example/keys")`.
    pub fn set_metadata(&self, member: impl Into<String>, value: impl Into<Value>) {
        let change = (member.into(), Some(value.into()));
        self.state.change(Endpoint::Discovery, |documents| {
            documents.metadata_changes.push(change);
        });
    }

    /// Removes one member of every metadata document.
    pub fn remove_metadata(&self, member: impl Into<String>) {
        let change = (member.into(), None);
        self.state.change(Endpoint::Discovery, |documents| {
            documents.metadata_changes.push(change);
        });
    }

    /// Takes back what [`serve_keys`](Self::serve_keys), [`serve_metadata`](Self::serve_metadata),
    /// [`set_metadata`](Self::set_metadata) and [`remove_metadata`](Self::remove_metadata) did.
    pub fn serve_true_documents(&self) {
        self.state
            .change(Endpoint::Keys, |documents| documents.keys_text = None);
        self.state.change(Endpoint::Discovery, |documents| {
            documents.metadata_text = None;
            documents.metadata_changes.clear();
        });
    }

    /// The `Cache-Control` of all further answers; `None` sends none.
    pub fn set_cache_control(&self, value: Option<&str>) {
        self.state.documents().cache_control = value.map(str::to_owned);
    }
}
