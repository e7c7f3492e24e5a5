//! Base64url as JOSE has it (RFC 7515 section 2): no padding, no white space, and one spelling per value.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// Decodes canonical base64url. `None` for any other spelling: padding, foreign characters, an impossible
/// length, or unused bits that are not zero. Without the last point a signature could be re-spelt.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// The one spelling of these bytes.
#[cfg(feature = "sign-in")]
pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_spelling_is_decoded() {
        assert_eq!(decode("-_8").as_deref(), Some(&[0xfb, 0xff][..]));
        assert_eq!(decode("").as_deref(), Some(&[][..]));
        for other in [
            "-_8=", "+/8", "-_9", "-_8 ", " -_8", "-_\n8", "-", "-_8-_", "ä",
        ] {
            assert_eq!(decode(other), None, "{other:?}");
        }
    }
}
