//! Sealing and opening (AES-256-GCM under a key that is derived for the one value).

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{
    Purpose, SealKeys, Unopened,
    keys::{ID_BYTES, SealKey},
};
use crate::base::{base64url, random::random};

/// The first byte of everything sealed.
const VERSION: u8 = 1;

const SALT_BYTES: usize = 32;
const TAG_BYTES: usize = 16;
const HEAD_BYTES: usize = 1 + ID_BYTES + SALT_BYTES;

/// The longest sealed text that is looked at, in bytes. A session in a cookie has at most 20 KiB; one in a store may hold
/// longer tokens.
const MAX_SEALED: usize = 128 * 1024;

impl SealKeys {
    /// Seals a value for one purpose and name: text of base64url, about a third longer than the value, and 71 characters
    /// more.
    pub(crate) fn seal(&self, purpose: Purpose, name: &str, plain: &[u8]) -> String {
        let key = self.first();
        let mut bytes = Vec::with_capacity(HEAD_BYTES + plain.len() + TAG_BYTES);
        bytes.push(VERSION);
        bytes.extend(key.id);
        bytes.extend(random::<SALT_BYTES>());
        bytes.extend(plain);
        let (head, body) = bytes.split_at_mut(HEAD_BYTES);
        let (cipher, nonce) = derive(key, purpose, name, &head[1 + ID_BYTES..]);
        // It errs on more than 64 GiB alone.
        let tag = cipher
            .seal_in_place_separate_tag(nonce, Aad::from(&*head), body)
            .expect("values are far shorter than what AES-GCM can seal");
        bytes.extend(tag.as_ref());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Opens what [`seal`](Self::seal) made for this purpose and name, with whichever key of the list it was.
    pub(crate) fn open(
        &self,
        purpose: Purpose,
        name: &str,
        sealed: &str,
    ) -> Result<Vec<u8>, Unopened> {
        if sealed.len() > MAX_SEALED {
            return Err(Unopened::Malformed);
        }
        let mut bytes = base64url::decode(sealed).ok_or(Unopened::Malformed)?;
        if bytes.len() < HEAD_BYTES + TAG_BYTES {
            return Err(Unopened::Malformed);
        }
        if bytes[0] != VERSION {
            // Of a process that is a version ahead, perhaps: not to be destroyed.
            return Err(Unopened::UnknownKey);
        }
        let (head, body) = bytes.split_at_mut(HEAD_BYTES);
        let (id, salt) = head[1..].split_at(ID_BYTES);
        let mut unopened = Unopened::UnknownKey;
        for key in self.all().iter().filter(|key| key.id == id) {
            unopened = Unopened::Forged;
            let (cipher, nonce) = derive(key, purpose, name, salt);
            // What fails is wiped in place, so each key gets a copy of its own.
            let mut body = body.to_vec();
            if let Ok(plain) = cipher.open_in_place(nonce, Aad::from(&*head), &mut body) {
                let length = plain.len();
                body.truncate(length);
                return Ok(body);
            }
        }
        Err(unopened)
    }
}

/// The key and nonce of one value. The name stands last, so that no two pairs of purpose and name read the same.
fn derive(key: &SealKey, purpose: Purpose, name: &str, salt: &[u8]) -> (LessSafeKey, Nonce) {
    const KEY_BYTES: usize = 32;
    let info = [
        b"okta-tower seal 1/",
        purpose.label(),
        b"/",
        name.as_bytes(),
    ];
    let mut okm = [0; KEY_BYTES + NONCE_LEN];
    let derived = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(&key.secret);
    // HKDF errs where more than 255 hashes are asked for, and this is two.
    (derived.expand(&info, Bytes(okm.len())))
        .and_then(|okm_of| okm_of.fill(&mut okm))
        .expect("two blocks of HKDF output");
    let (key, nonce) = okm.split_at(KEY_BYTES);
    // Both have exactly the length that is asked for.
    let key = UnboundKey::new(&AES_256_GCM, key).expect("32 bytes are an AES-256 key");
    let nonce = Nonce::try_assume_unique_for_key(nonce).expect("12 bytes are a nonce");
    (LessSafeKey::new(key), nonce)
}

/// How many bytes HKDF is asked for.
pub(super) struct Bytes(pub(super) usize);

impl hkdf::KeyType for Bytes {
    fn len(&self) -> usize {
        self.0
    }
}
