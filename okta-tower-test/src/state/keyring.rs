//! The issuer's keys in Okta's states: next, active and expired.

use okta_tower::Algorithm;
use serde_json::{Value, json};

use crate::key::Key;

#[derive(Debug)]
pub(crate) struct KeyRing {
    pub(crate) algorithm: Algorithm,
    pub(crate) active: Key,
    pub(crate) next: Key,
    pub(crate) next_is_published: bool,
    /// The previous active key, still published so that its tokens stay valid until they expire.
    pub(crate) expired: Option<Key>,
    /// Members that a test has added to the key set.
    pub(crate) extra: Vec<Value>,
}

impl KeyRing {
    /// Creates both keys in parallel, outside the threads that serve requests.
    pub(crate) async fn generate(algorithm: Algorithm, next_is_published: bool) -> Self {
        let active = tokio::task::spawn_blocking(move || Key::generate(algorithm));
        let next = tokio::task::spawn_blocking(move || Key::generate(algorithm));
        Self {
            algorithm,
            active: active.await.expect("failed to generate a key"),
            next: next.await.expect("failed to generate a key"),
            next_is_published,
            expired: None,
            extra: Vec::new(),
        }
    }

    /// Moves each key one state on, with a new key as the next one.
    pub(crate) fn rotate(&mut self, new: Key) {
        let next = std::mem::replace(&mut self.next, new);
        self.expired = Some(std::mem::replace(&mut self.active, next));
    }

    /// Replaces the active key with an unpublished one and returns the old key.
    pub(crate) fn replace_active(&mut self, new: Key) -> Key {
        std::mem::replace(&mut self.active, new)
    }

    pub(crate) fn document(&self) -> Value {
        let next = self.next_is_published.then_some(&self.next);
        let keys: Vec<Value> = [Some(&self.active), next, self.expired.as_ref()]
            .into_iter()
            .flatten()
            .map(Key::to_jwk)
            .chain(self.extra.iter().cloned())
            .collect();
        json!({ "keys": keys })
    }
}
