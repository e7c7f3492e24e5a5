//! The issuer's keys in the states that Okta knows: next, active, expired.

use okta_tower::Algorithm;
use serde_json::{Value, json};

use crate::key::Key;

#[derive(Debug)]
pub(crate) struct KeyRing {
    pub(crate) algorithm: Algorithm,
    pub(crate) active: Key,
    pub(crate) next: Key,
    pub(crate) next_is_published: bool,
    /// The previous active key, still published so that its tokens live out their time.
    pub(crate) expired: Option<Key>,
    /// Whatever else a test has put into the set.
    pub(crate) extra: Vec<Value>,
}

impl KeyRing {
    /// Makes the two keys at the same time, and away from the threads that serve.
    pub(crate) async fn generate(algorithm: Algorithm, next_is_published: bool) -> Self {
        let active = tokio::task::spawn_blocking(move || Key::generate(algorithm));
        let next = tokio::task::spawn_blocking(move || Key::generate(algorithm));
        Self {
            algorithm,
            active: active.await.expect("a key could not be generated"),
            next: next.await.expect("a key could not be generated"),
            next_is_published,
            expired: None,
            extra: Vec::new(),
        }
    }

    /// One step of next, active, expired, with a new key at the front.
    pub(crate) fn rotate(&mut self, new: Key) {
        let next = std::mem::replace(&mut self.next, new);
        self.expired = Some(std::mem::replace(&mut self.active, next));
    }

    /// Puts a key that nobody has seen in the place of the active one, which is returned and gone from the set.
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
