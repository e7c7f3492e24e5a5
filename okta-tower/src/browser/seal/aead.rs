//! Sealing and opening: AES-256-GCM with a key derived for one value.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{
    keys::{ID_BYTES, SealKey, SealKeys},
    purpose::Purpose,
};
use crate::base::{base64url, random::random};

/// The first byte of each sealed value. Version 1 was not bound to an application.
const VERSION: u8 = 2;

const SALT_BYTES: usize = 32;
const TAG_BYTES: usize = 16;
const HEAD_BYTES: usize = 1 + ID_BYTES + SALT_BYTES;

/// The longest sealed text that is opened, in bytes. A session in a cookie has at most 20 KiB. One
/// in a store may have longer tokens.
const MAX_SEALED: usize = 128 * 1024;

/// The reason why a sealed value does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OpenError {
    /// The text is not a sealed value.
    Malformed,
    /// The key is not in the list, or another version of this crate sealed the value.
    UnknownKey,
    /// The value was changed, or sealed for another purpose, application or name.
    Forged,
}

impl SealKeys {
    /// Seals a value for one purpose and name. The base64url text is about a third longer than the
    /// value, plus 71 characters.
    pub(crate) fn seal(&self, purpose: Purpose, name: &str, plain: &[u8]) -> String {
        let key = self.first();
        let mut bytes = Vec::with_capacity(HEAD_BYTES + plain.len() + TAG_BYTES);
        bytes.push(VERSION);
        bytes.extend(key.id());
        bytes.extend(random::<SALT_BYTES>());
        bytes.extend(plain);
        let (head, body) = bytes.split_at_mut(HEAD_BYTES);
        let (cipher, nonce) = self.derive(key, purpose, name, &head[1 + ID_BYTES..]);
        // Sealing fails only beyond 64 GiB.
        let tag = cipher
            .seal_in_place_separate_tag(nonce, Aad::from(&*head), body)
            .expect("values are far shorter than AES-GCM's limit");
        bytes.extend(tag.as_ref());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Opens a value of [`seal`](Self::seal) for this purpose and name, with any key of the list.
    pub(crate) fn open(
        &self,
        purpose: Purpose,
        name: &str,
        sealed: &str,
    ) -> Result<Vec<u8>, OpenError> {
        if sealed.len() > MAX_SEALED {
            return Err(OpenError::Malformed);
        }
        let mut bytes = base64url::decode(sealed).ok_or(OpenError::Malformed)?;
        if bytes.len() < HEAD_BYTES + TAG_BYTES {
            return Err(OpenError::Malformed);
        }
        if bytes[0] != VERSION {
            // A process of another version may have sealed the value: do not destroy it.
            return Err(OpenError::UnknownKey);
        }
        let (head, body) = bytes.split_at_mut(HEAD_BYTES);
        let (id, salt) = head[1..].split_at(ID_BYTES);
        let mut error = OpenError::UnknownKey;
        for key in self.all().iter().filter(|key| key.id() == id) {
            error = OpenError::Forged;
            let (cipher, nonce) = self.derive(key, purpose, name, salt);
            // A failed attempt wipes its buffer: copy the body for each key.
            let mut body = body.to_vec();
            if let Ok(plain) = cipher.open_in_place(nonce, Aad::from(&*head), &mut body) {
                let length = plain.len();
                body.truncate(length);
                return Ok(body);
            }
        }
        Err(error)
    }

    /// Derives the key and nonce of one value. The application has a fixed length and the name is
    /// last, so that different arguments give different texts.
    fn derive(
        &self,
        key: &SealKey,
        purpose: Purpose,
        name: &str,
        salt: &[u8],
    ) -> (LessSafeKey, Nonce) {
        const KEY_BYTES: usize = 32;
        let (label, application) = (purpose.label(), self.application());
        let info = [
            b"okta-tower seal 2/",
            label,
            b"/",
            application,
            name.as_bytes(),
        ];
        let derived = key.derive::<{ KEY_BYTES + NONCE_LEN }>(salt, &info);
        let (key, nonce) = derived.split_at(KEY_BYTES);
        let key = UnboundKey::new(&AES_256_GCM, key).expect("32 bytes are an AES-256 key");
        let nonce = Nonce::try_assume_unique_for_key(nonce).expect("12 bytes are a nonce");
        (LessSafeKey::new(key), nonce)
    }
}
