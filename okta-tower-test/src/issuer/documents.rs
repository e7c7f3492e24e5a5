//! Served documents and their overrides.

use serde_json::Value;

use super::Issuer;
use crate::{fault::Endpoint, state::metadata::Metadata};

/// # Documents
impl Issuer {
    /// Returns the key set, without overrides of [`serve_keys`](Self::serve_keys).
    #[must_use]
    pub fn key_set(&self) -> Value {
        self.state.documents().keys.document()
    }

    /// Returns the OpenID Connect metadata, without overrides of
    /// [`serve_metadata`](Self::serve_metadata).
    #[must_use]
    pub fn metadata(&self) -> Value {
        self.state
            .documents()
            .metadata(Metadata::OpenId, &self.state.config)
    }

    /// Serves this text instead of the key set. The text need not be JSON.
    pub fn serve_keys(&self, text: impl Into<String>) {
        let text = text.into();
        self.state
            .change(Endpoint::Keys, |documents| documents.keys_text = Some(text));
    }

    /// Serves this text instead of every metadata document. The text need not be JSON.
    pub fn serve_metadata(&self, text: impl Into<String>) {
        let text = text.into();
        self.state.change(Endpoint::Discovery, |documents| {
            documents.metadata_text = Some(text);
        });
    }

    /// Sets a member of every metadata document: `set_metadata("jwks_uri",
    /// "http://elsewhere.example/keys")`.
    pub fn set_metadata(&self, member: impl Into<String>, value: impl Into<Value>) {
        let change = (member.into(), Some(value.into()));
        self.state.change(Endpoint::Discovery, |documents| {
            documents.metadata_changes.push(change);
        });
    }

    /// Removes a member of every metadata document.
    pub fn remove_metadata(&self, member: impl Into<String>) {
        let change = (member.into(), None);
        self.state.change(Endpoint::Discovery, |documents| {
            documents.metadata_changes.push(change);
        });
    }

    /// Reverts [`serve_keys`](Self::serve_keys), [`serve_metadata`](Self::serve_metadata),
    /// [`set_metadata`](Self::set_metadata) and [`remove_metadata`](Self::remove_metadata).
    pub fn serve_true_documents(&self) {
        self.state
            .change(Endpoint::Keys, |documents| documents.keys_text = None);
        self.state.change(Endpoint::Discovery, |documents| {
            documents.metadata_text = None;
            documents.metadata_changes.clear();
        });
    }

    /// Sets the `Cache-Control` of metadata and keys from now on. `None` sends none.
    pub fn set_cache_control(&self, value: Option<&str>) {
        self.state.documents().cache_control = value.map(str::to_owned);
    }
}
