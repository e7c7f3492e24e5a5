//! Sealing: what a browser or a store keeps for us and must neither read nor change. Feature `sign-in`.
//!
//! Strangers can make us seal (every sign-in does), so no key seals two values: each has a salt of its own, and from the
//! salt, the purpose and the name HKDF-SHA-256 derives the key and nonce of AES-256-GCM for this one value.
//!
//! ```text
//! base64url( version 1 | key id 4 | salt 32 | ciphertext and tag )
//! ```

mod aead;
mod keys;
mod tag;

#[cfg(test)]
mod tests;

pub(crate) use self::keys::BadKey;
pub(crate) use self::keys::SealKeys;

/// What a sealed value is for: one sealed for one purpose opens for no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// An attempt to sign in, in its cookie.
    Attempt,
    /// A session, in its cookie.
    Session,
    /// A session, in a store.
    Stored,
    /// The `state` of an attempt, and other small texts that are authenticated and not hidden.
    State,
}

impl Purpose {
    /// What stands for it in the derivation of keys. Never changed: what was sealed would not open any more.
    const fn label(self) -> &'static [u8] {
        match self {
            Self::Attempt => b"attempt",
            Self::Session => b"session",
            Self::Stored => b"stored",
            Self::State => b"state",
        }
    }
}

/// Why a sealed value cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unopened {
    /// It has no form of ours.
    Malformed,
    /// It was sealed with a key that is not in the list (any more), or by a later version of this crate.
    UnknownKey,
    /// It was changed, or sealed for another purpose or name.
    Forged,
}
