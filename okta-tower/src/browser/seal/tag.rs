//! Short texts that are authenticated but not encrypted (HMAC-SHA-256, truncated to 128 bits).

use aws_lc_rs::{constant_time::verify_slices_are_equal, hmac};

use super::{
    keys::{SealKey, SealKeys},
    purpose::Purpose,
};

const TAG_BYTES: usize = 16;

impl SealKeys {
    /// Returns the tag of data for one purpose.
    pub(crate) fn tag(&self, purpose: Purpose, data: &[u8]) -> [u8; TAG_BYTES] {
        self.compute(self.first(), purpose, data)
    }

    /// Returns whether the tag is valid under any key of the list. Takes constant time.
    pub(crate) fn checks(&self, purpose: Purpose, data: &[u8], tag: &[u8]) -> bool {
        self.all().iter().fold(false, |found, key| {
            found | verify_slices_are_equal(&self.compute(key, purpose, data), tag).is_ok()
        })
    }

    fn compute(&self, key: &SealKey, purpose: Purpose, data: &[u8]) -> [u8; TAG_BYTES] {
        let info = [
            b"okta-tower tag 2/",
            purpose.label(),
            b"/",
            self.application(),
        ];
        let secret = key.derive::<32>(&[], &info);
        let whole = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), data);
        let mut tag = [0; TAG_BYTES];
        tag.copy_from_slice(&whole.as_ref()[..TAG_BYTES]);
        tag
    }
}
