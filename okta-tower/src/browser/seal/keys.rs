//! The list of sealing keys.

use std::{collections::HashSet, fmt, sync::Arc};

use aws_lc_rs::{digest, hkdf};

use super::context::SealContext;
use crate::base::{base64url, random::random};

/// The length of a key, in bytes.
const KEY_BYTES: usize = 32;

/// The length of a key's ID, in bytes.
pub(super) const ID_BYTES: usize = 4;

/// The most keys in a list: two during a rotation, and room for keys that were never removed.
const MAX_KEYS: usize = 16;

/// 32 random bytes have about 30 different values, and fewer than this about once in 10^9 keys.
const MIN_VALUES: usize = 17;

/// The sealing keys of one application: the first seals, all open.
///
/// A rotation in two steps loses nothing: append the new key everywhere, then move it to the front.
#[derive(Clone)]
pub(crate) struct SealKeys {
    keys: Arc<[SealKey]>,
    /// The hash of the application's [`SealContext`].
    application: [u8; 32],
}

/// One key, with the ID that sealed values carry.
pub(super) struct SealKey {
    id: [u8; ID_BYTES],
    secret: [u8; KEY_BYTES],
}

/// The reason for rejecting a list of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadKey {
    /// A key is not base64url of exactly 32 bytes.
    Form,
    /// A key is not random: one repeated byte, a pattern, or text.
    Weak,
    /// There are no keys, too many, or two equal ones.
    Count,
}

impl SealKeys {
    /// Parses keys: base64url of 32 bytes each, separated by commas or white space. Padding is
    /// accepted, because many tools write it.
    pub(crate) fn parse(text: &str, context: &SealContext<'_>) -> Result<Self, BadKey> {
        let mut keys = Vec::new();
        for word in text.split(|char: char| char == ',' || char.is_ascii_whitespace()) {
            if word.is_empty() {
                continue;
            }
            if keys.len() == MAX_KEYS {
                return Err(BadKey::Count);
            }
            let bytes = base64url::decode(word.trim_end_matches('=')).ok_or(BadKey::Form)?;
            let secret: [u8; KEY_BYTES] = bytes.try_into().map_err(|_| BadKey::Form)?;
            if is_weak(&secret) {
                return Err(BadKey::Weak);
            }
            keys.push(SealKey::new(secret));
        }
        // `open` tries all keys with one ID. But a repeated key is a mistake in a rotation.
        let distinct: HashSet<_> = keys.iter().map(|key| key.secret).collect();
        if keys.is_empty() || distinct.len() < keys.len() {
            return Err(BadKey::Count);
        }
        Ok(Self {
            keys: keys.into(),
            application: context.hash(),
        })
    }

    /// Creates one random key that ends with the process.
    pub(crate) fn ephemeral(context: &SealContext<'_>) -> Self {
        Self {
            keys: Arc::new([SealKey::new(random())]),
            application: context.hash(),
        }
    }

    /// Creates one random key of some application.
    #[cfg(test)]
    pub(crate) fn random() -> Self {
        Self::ephemeral(&SealContext {
            issuer: "https://issuer.example",
            client_id: "client",
            origin: "https://app.example",
        })
    }

    /// Returns the key that seals.
    pub(super) fn first(&self) -> &SealKey {
        // Neither `parse` nor `ephemeral` makes an empty list.
        &self.keys[0]
    }

    pub(super) fn all(&self) -> &[SealKey] {
        &self.keys
    }

    pub(super) fn application(&self) -> &[u8] {
        &self.application
    }
}

impl SealKey {
    fn new(secret: [u8; KEY_BYTES]) -> Self {
        let mut hash = digest::Context::new(&digest::SHA256);
        hash.update(b"okta-tower key id");
        hash.update(&secret);
        let mut id = [0; ID_BYTES];
        id.copy_from_slice(&hash.finish().as_ref()[..ID_BYTES]);
        Self { id, secret }
    }

    pub(super) fn id(&self) -> [u8; ID_BYTES] {
        self.id
    }

    /// Derives key material with HKDF-SHA-256 (RFC 5869).
    pub(super) fn derive<const BYTES: usize>(&self, salt: &[u8], info: &[&[u8]]) -> [u8; BYTES] {
        let mut material = [0; BYTES];
        // HKDF fails only beyond 255 hashes.
        (hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(&self.secret))
            .expand(info, Length(BYTES))
            .and_then(|output| output.fill(&mut material))
            .expect("few blocks of HKDF output");
        material
    }
}

/// The length of HKDF output, in bytes.
struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// Returns whether a key is not random: few different bytes, few different steps between bytes, or
/// only printable text. A random key is that about once in 10^9.
fn is_weak(secret: &[u8; KEY_BYTES]) -> bool {
    let values: HashSet<u8> = secret.iter().copied().collect();
    let steps: HashSet<u8> = (secret.windows(2))
        .map(|pair| pair[1].wrapping_sub(pair[0]))
        .collect();
    let is_text = |byte: &u8| matches!(byte, b' '..=b'~' | b'\n');
    values.len() < MIN_VALUES || steps.len() < MIN_VALUES || secret.iter().all(is_text)
}

/// Shows only the number of keys.
impl fmt::Debug for SealKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealKeys({})", self.keys.len())
    }
}
