//! Sealing of values that a browser or a store keeps and must neither read nor change. Feature
//! `sign-in`.
//!
//! Unauthenticated clients cause sealing with each sign-in, so no key seals two values. Each value
//! has its own salt: HKDF-SHA-256 derives the AES-256-GCM key and nonce of this one value from the
//! salt, the purpose, the application and the name.
//!
//! ```text
//! base64url( version 2 | key id 4 | salt 32 | ciphertext and tag )
//! ```

mod aead;
mod context;
mod keys;
mod purpose;
mod tag;

#[cfg(test)]
mod tests;

pub(crate) use self::{
    aead::OpenError,
    context::SealContext,
    keys::{BadKey, SealKeys},
    purpose::Purpose,
};
