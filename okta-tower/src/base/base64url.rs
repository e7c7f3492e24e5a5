//! Base64url of JOSE (RFC 7515 section 2): no padding, no white space, one spelling per value.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// Decodes canonical base64url.
///
/// Returns `None` for any other spelling: padding, foreign characters, an impossible length, or
/// unused bits that are not zero. Otherwise a signature could be spelled in a second way.
pub(crate) fn decode(text: impl AsRef<[u8]>) -> Option<Vec<u8>> {
    base64_simd::URL_SAFE_NO_PAD.decode_to_vec(text).ok()
}

/// Returns the one spelling of these bytes.
pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

    use super::*;

    fn assert_both_agree(text: &str) {
        assert_eq!(decode(text), URL_SAFE_NO_PAD.decode(text).ok(), "{text:?}");
    }

    fn every_text(text: &mut String, characters: &[char], left: usize) {
        assert_both_agree(text);
        for character in characters.iter().filter(|_| left > 0) {
            text.push(*character);
            every_text(text, characters, left - 1);
            text.pop();
        }
    }

    #[test]
    fn short_texts_are_decoded_as_by_a_plain_decoder() {
        let characters = ['A', 'Q', 'g', 'w', '_', '-', '9', '+', '/', '=', '\n', 'ä'];
        every_text(&mut String::new(), &characters, 4);
    }

    #[test]
    fn wrong_character_is_found_anywhere_in_a_long_text() {
        for length in (0..48).chain([96, 97, 98, 255, 256]) {
            let bytes: Vec<u8> = (0..length).map(|index| (index * 37 % 251) as u8).collect();
            let text = URL_SAFE_NO_PAD.encode(bytes);
            assert_both_agree(&text);
            for place in 0..text.len() {
                for byte in 0..=127_u8 {
                    let mut changed = text.clone();
                    changed.replace_range(place..=place, &char::from(byte).to_string());
                    assert_both_agree(&changed);
                }
            }
        }
    }

    #[test]
    fn other_spellings_are_not_decoded() {
        assert_eq!(decode("-_8").as_deref(), Some(&[0xfb, 0xff][..]));
        assert_eq!(decode("").as_deref(), Some(&[][..]));
        for other in [
            "-_8=", "+/8", "-_9", "-_8 ", " -_8", "-_\n8", "-", "-_8-_", "ä",
        ] {
            assert_eq!(decode(other), None, "{other:?}");
        }
    }
}
