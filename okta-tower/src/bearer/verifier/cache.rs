//! Tokens that were verified, so that the same token need not be verified again.

use std::sync::Arc;

use crate::{
    base::cache,
    bearer::token::{VerifiedToken, Window},
    claims::Verified,
    keys::jwk::PreparedKey,
};

/// A verified token and everything that its acceptance rests on.
pub(super) struct Token {
    pub(super) verified: Verified,
    pub(super) key: Arc<PreparedKey>,
    pub(super) window: Window,
}

pub(super) type Entry = cache::Entry<Token>;

#[derive(Debug)]
pub(super) struct Cache(cache::Cache<Token>);

impl Cache {
    /// A cache of at most about `max_bytes`; `None` where that holds no token at all.
    pub(super) fn new(max_bytes: usize) -> Option<Self> {
        cache::Cache::new(max_bytes).map(Self)
    }

    /// Looks at the entry of this very token. Whether it is still acceptable is for the caller to check.
    pub(super) fn look<R>(&self, token: &[u8], look: impl FnOnce(&Entry) -> R) -> Option<R> {
        self.0.look(token, look)
    }

    /// Keeps a token that was verified just now.
    pub(super) fn insert(&self, token: &[u8], accepted: &VerifiedToken<'_>) {
        let value = Token {
            verified: accepted.verified.clone(),
            key: Arc::clone(accepted.key),
            window: accepted.window,
        };
        let weight = accepted.verified.weight();
        self.0.insert(token, value, weight);
    }

    /// Removes the entry of this token.
    pub(super) fn remove(&self, token: &[u8]) {
        self.0.remove(token);
    }
}

#[cfg(test)]
impl Cache {
    pub(super) fn get(&self, token: &str) -> Option<Verified> {
        self.look(token.as_bytes(), |entry| entry.verified.clone())
    }

    pub(super) fn bytes(&self) -> usize {
        self.0.bytes()
    }

    pub(super) fn entries(&self) -> usize {
        self.0.entries()
    }

    pub(super) fn weighed(&self) -> usize {
        self.0.weighed()
    }
}
