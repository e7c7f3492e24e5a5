//! The issuer's keys and their rotation.

use serde_json::Value;

use super::Issuer;
use crate::{fault::Endpoint, key::Key};

/// # Keys
impl Issuer {
    /// Returns the key that signs.
    #[must_use]
    pub fn active_key(&self) -> Key {
        self.state.documents().keys.active.clone()
    }

    /// Returns the key that signs after the next rotation.
    #[must_use]
    pub fn next_key(&self) -> Key {
        self.state.documents().keys.next.clone()
    }

    /// Returns the key that signed before the last rotation, unless it has been withdrawn.
    #[must_use]
    pub fn expired_key(&self) -> Option<Key> {
        self.state.documents().keys.expired.clone()
    }

    /// Creates a forged key: another key with `kid` and algorithm of the active key.
    #[must_use]
    pub fn forged_key(&self) -> Key {
        let active = self.active_key();
        Key::generate(active.algorithm()).with_kid(active.kid())
    }

    /// Rotates the keys, as Okta does four times a year.
    ///
    /// The active key becomes the expired key, which stays published and replaces the previous
    /// expired key. The next key becomes active, and a new next key is created. Creating a key
    /// takes a moment.
    pub fn rotate(&self) {
        let new = self.new_key();
        self.state
            .change(Endpoint::Keys, |documents| documents.keys.rotate(new));
    }

    /// Replaces the active key by an unpublished one, as after a key theft, and returns the
    /// withdrawn key.
    ///
    /// The old key disappears from the key set at once. Creating a key takes a moment.
    ///
    /// An application fetches the new key when it gets a token of that key: three times in a row,
    /// then once per cool-down (10 s by default).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use okta_tower_test::Issuer;
    ///
    /// let issuer = Issuer::start().await;
    /// let okta = issuer.okta().await;
    /// let before = issuer.token().sign();
    /// assert!(okta.verify(&before).await.is_ok());
    ///
    /// issuer.rotate_in_emergency();
    /// assert!(okta.verify(&issuer.token().sign()).await.is_ok());
    /// assert!(okta.verify(&before).await.is_err()); // its key is withdrawn
    /// # Ok(()) }
    /// ```
    pub fn rotate_in_emergency(&self) -> Key {
        let new = self.new_key();
        self.state.change(Endpoint::Keys, |documents| {
            documents.keys.replace_active(new)
        })
    }

    /// Removes the expired key from the key set and returns it, or `None` if there is none.
    pub fn withdraw_expired_key(&self) -> Option<Key> {
        self.state
            .change(Endpoint::Keys, |documents| documents.keys.expired.take())
    }

    /// Sets whether the next key is published before it signs.
    pub fn publish_next_key(&self, publish: bool) {
        self.state.change(Endpoint::Keys, |documents| {
            documents.keys.next_is_published = publish;
        });
    }

    /// Adds a key to the end of the key set.
    pub fn publish_key(&self, key: &Key) {
        self.publish_jwk(key.to_jwk());
    }

    /// Adds any JSON value to the end of the key set.
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
        self.state
            .change(Endpoint::Keys, |documents| documents.keys.extra.push(jwk));
    }

    /// Reverts [`publish_key`](Self::publish_key) and [`publish_jwk`](Self::publish_jwk).
    pub fn unpublish(&self) {
        self.state
            .change(Endpoint::Keys, |documents| documents.keys.extra.clear());
    }

    /// Creates a key. Call it without the lock, which the server needs too.
    fn new_key(&self) -> Key {
        Key::generate(self.algorithm())
    }
}
