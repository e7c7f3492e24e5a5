//! The list of sealing keys.

use std::{collections::HashSet, fmt, sync::Arc};

use aws_lc_rs::digest;

use crate::base::{base64url, random::random};

/// How long a key is, in bytes.
const KEY_BYTES: usize = 32;

/// How long a key's id is, in bytes.
pub(super) const ID_BYTES: usize = 4;

/// How many keys a list may hold: two during a change, and room for some that were forgotten.
const MAX_KEYS: usize = 16;

/// 32 random bytes hold about 30 different values, and fewer than this about once in 10^9 keys.
const FEWEST_VALUES: usize = 17;

/// The sealing keys: the first seals, all open.
///
/// A change in two phases loses nothing: first the new key is added behind the old one everywhere, then it is put in front.
#[derive(Clone)]
pub(crate) struct SealKeys {
    keys: Arc<[SealKey]>,
}

/// One key, and the name by which sealed values say that it was this one.
pub(super) struct SealKey {
    pub(super) id: [u8; ID_BYTES],
    pub(super) secret: [u8; KEY_BYTES],
}

/// What is wrong with a list of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadKey {
    /// Not base64url of exactly 32 bytes.
    Form,
    /// Too little randomness in it: all the same byte, a pattern, or text.
    Weak,
    /// None, too many, or the same one twice.
    Count,
}

impl SealKeys {
    /// Keys from text: base64url of 32 bytes each, with commas or white space between them. Padding is allowed, as many
    /// tools write it.
    pub(crate) fn parse(text: &str) -> Result<Self, BadKey> {
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
        // Two keys with the same id would be told apart by trying; the same key twice is a mistake of whoever changed them.
        let distinct: HashSet<_> = keys.iter().map(|key| key.secret).collect();
        if keys.is_empty() || distinct.len() < keys.len() {
            return Err(BadKey::Count);
        }
        Ok(Self { keys: keys.into() })
    }

    /// One key that nobody else has, and that ends with the process.
    pub(crate) fn random() -> Self {
        Self {
            keys: Arc::new([SealKey::new(random())]),
        }
    }

    /// The key that seals.
    pub(super) fn first(&self) -> &SealKey {
        // Neither `parse` nor `random` makes an empty list.
        &self.keys[0]
    }

    pub(super) fn all(&self) -> &[SealKey] {
        &self.keys
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
}

/// Whether a key was made up rather than drawn: few different bytes, few different steps from one byte to the next, or
/// nothing but printable text. Random keys look like that about once in 10^9.
fn is_weak(secret: &[u8; KEY_BYTES]) -> bool {
    let values: HashSet<u8> = secret.iter().copied().collect();
    let steps: HashSet<u8> = (secret.windows(2))
        .map(|pair| pair[1].wrapping_sub(pair[0]))
        .collect();
    let is_text = secret
        .iter()
        .all(|byte| matches!(byte, b' '..=b'~' | b'\n'));
    values.len() < FEWEST_VALUES || steps.len() < FEWEST_VALUES || is_text
}

/// Prints no key.
impl fmt::Debug for SealKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealKeys({})", self.keys.len())
    }
}
