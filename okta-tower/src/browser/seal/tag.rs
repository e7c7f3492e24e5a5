//! Small texts that are authenticated and not hidden (HMAC-SHA-256, cut to 128 bits).

use aws_lc_rs::{constant_time::verify_slices_are_equal, hkdf, hmac};

use super::{Purpose, SealKeys, aead::Bytes, keys::SealKey};

/// How long a tag is, in bytes.
pub(crate) const TAG_BYTES: usize = 16;

impl SealKeys {
    /// The tag of some data, for one purpose.
    pub(crate) fn tag(&self, purpose: Purpose, data: &[u8]) -> [u8; TAG_BYTES] {
        compute(self.first(), purpose, data)
    }

    /// Whether the tag is that of the data under any key of the list. Takes the same time whatever is wrong with it.
    pub(crate) fn checks(&self, purpose: Purpose, data: &[u8], tag: &[u8]) -> bool {
        let is_right =
            |key: &SealKey| verify_slices_are_equal(&compute(key, purpose, data), tag).is_ok();
        self.all()
            .iter()
            .fold(false, |found, key| found | is_right(key))
    }
}

fn compute(key: &SealKey, purpose: Purpose, data: &[u8]) -> [u8; TAG_BYTES] {
    let info = [&b"okta-tower tag 1/"[..], purpose.label()];
    let mut secret = [0; 32];
    let derived = hkdf::Salt::new(hkdf::HKDF_SHA256, &[]).extract(&key.secret);
    // HKDF errs where more than 255 hashes are asked for, and this is one.
    (derived.expand(&info, Bytes(secret.len())))
        .and_then(|okm| okm.fill(&mut secret))
        .expect("one block of HKDF output");
    let whole = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), data);
    let mut tag = [0; TAG_BYTES];
    tag.copy_from_slice(&whole.as_ref()[..TAG_BYTES]);
    tag
}
