//! What a store answers when it cannot do what it was asked.

use std::{error::Error, fmt, sync::Arc};

/// A store did not do what it was asked. Requests that need it are answered 503, and nobody's session ends by it.
///
/// # Security
/// What it is made from is logged: it must hold nothing of the session, of its owner, and no password of the engine.
#[derive(Clone, Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    source: Arc<dyn Error + Send + Sync>,
}

/// Why a store did not do what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// It could not be reached, did not answer in time, or is not ready. Trying again later may help.
    Unavailable,
    /// It has no room for another session.
    Full,
    /// It cannot work as it is set up: an address that is none, a password that is refused.
    Misconfigured,
    /// It answered what it should not: a key that is taken, or data that we did not write.
    Unusable,
}

impl StoreError {
    /// An error of this kind. `source` is the engine's own error, or a text that says what happened.
    pub fn new(kind: StoreErrorKind, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            kind,
            source: source.into().into(),
        }
    }

    /// Why.
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
            StoreErrorKind::Unusable => "the session store did not answer as it should",
        })
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}
