//! Errors of session stores.

use std::{error::Error, fmt, sync::Arc};

/// The failure of a store. Requests that need the store get 503, and no session ends.
///
/// # Security
/// The source is logged: it must not contain data of the session or its owner, or a password.
#[derive(Clone, Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    source: Arc<dyn Error + Send + Sync>,
}

/// The kind of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// The store is unreachable, too slow, or not ready. A retry may succeed.
    Unavailable,
    /// The store has no room for another session.
    Full,
    /// The settings are wrong: a malformed address, a rejected password.
    Misconfigured,
    /// The response is unexpected: the key is in use, or the data is not a session.
    Unusable,
}

impl StoreError {
    /// Creates an error. `source` is the engine's error, or a text.
    pub fn new(kind: StoreErrorKind, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            kind,
            source: source.into().into(),
        }
    }

    /// Returns the kind of the failure.
    #[must_use]
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            StoreErrorKind::Unavailable => "the session store is not available",
            StoreErrorKind::Full => "the session store is full",
            StoreErrorKind::Misconfigured => "the session store is not set up correctly",
            StoreErrorKind::Unusable => "the session store returned an unexpected response",
        })
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}
