//! The issuer's keys, and rotating them.

use serde_json::Value;

use super::Issuer;
use crate::{fault::Endpoint, key::Key};

/// # Keys
impl Issuer {
    /// The key that signs.
    #[must_use]
    pub fn active_key(&self) -> Key {
        self.state.documents().keys.active.clone()
    }

    /// The key that will sign after the next rotation.
    #[must_use]
    pub fn next_key(&self) -> Key {
        self.state.documents().keys.next.clone()
    }

    /// The key that signed before the last rotation, if there was one and it has not been withdrawn.
    #[must_use]
    pub fn expired_key(&self) -> Option<Key> {
        self.state.documents().keys.expired.clone()
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
        self.state
            .change(Endpoint::Keys, |documents| documents.keys.rotate(new));
    }

    /// The rotation after a key was stolen: a key that nobody has seen signs from now on, and the active one is gone
    /// from the set at once. Returns the key that was withdrawn. Makes a key, and so takes a moment.
    ///
    /// An application learns of the new key when a token of it arrives, but not within its cool-down, which counts from its
    /// last fetch of any kind, the one at its start included. A test moves the clock past it first (10 s unless set):
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    /// use okta_tower::Okta;
    /// use okta_tower_test::{Issuer, ManualClock};
    ///
    /// let clock = ManualClock::new();
    /// let issuer = Issuer::builder().clock(clock.clone()).start().await?;
    /// let okta = Okta::builder(issuer.url()).clock(clock.clone()).danger().allow_http_on_loopback().start().await?;
    /// let before = issuer.token().sign();
    /// assert!(okta.verify(&before).await.is_ok());
    ///
    /// issuer.rotate_in_emergency();
    /// clock.advance(Duration::from_secs(11));
    /// assert!(okta.verify(&issuer.token().sign()).await.is_ok());
    /// assert!(okta.verify(&before).await.is_err()); // its key is gone
    /// # Ok(()) }
    /// ```
    pub fn rotate_in_emergency(&self) -> Key {
        let new = self.new_key();
        self.state.change(Endpoint::Keys, |documents| {
            documents.keys.replace_active(new)
        })
    }

    /// Takes the expired key out of the set and returns it; `None` if there is none.
    pub fn withdraw_expired_key(&self) -> Option<Key> {
        self.state
            .change(Endpoint::Keys, |documents| documents.keys.expired.take())
    }

    /// Publishes the next key before it is used, or keeps it back.
    pub fn publish_next_key(&self, publish: bool) {
        self.state.change(Endpoint::Keys, |documents| {
            documents.keys.next_is_published = publish;
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
        self.state
            .change(Endpoint::Keys, |documents| documents.keys.extra.push(jwk));
    }

    /// Takes back everything that [`publish_key`](Self::publish_key) and [`publish_jwk`](Self::publish_jwk) added.
    pub fn unpublish(&self) {
        self.state
            .change(Endpoint::Keys, |documents| documents.keys.extra.clear());
    }

    /// Outside the lock, which the server needs too.
    fn new_key(&self) -> Key {
        Key::generate(self.algorithm())
    }
}
