//! `state` (RFC 6749 section 4.1.1): names the attempt of a callback and carries its flags.
//!
//! ```text
//! base64url( id 16 | flags 1 | tag 16 )
//! ```
//!
//! The random ID names the attempt's cookie. A callback without that cookie is of another browser,
//! or this browser dropped the cookie. The authenticated flags then still bound the retries and
//! allow notifying a popup's opener. Okta allows all characters of the state.

use crate::{
    base::{base64url, random::random},
    browser::seal::{Purpose, SealKeys},
};

const ID_BYTES: usize = 16;
const DATA_BYTES: usize = ID_BYTES + 1;
const STATE_BYTES: usize = DATA_BYTES + 16;

/// The attempt replaces one whose cookie was missing or whose code was rejected.
const IS_RETRY: u8 = 1;
/// The attempt runs in a popup.
const IS_POPUP: u8 = 2;

/// A parsed `state`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct State {
    id: [u8; ID_BYTES],
    pub(super) is_retry: bool,
    pub(super) is_popup: bool,
}

impl State {
    /// Creates a state with a random ID.
    pub(super) fn new(is_retry: bool, is_popup: bool) -> Self {
        Self {
            id: random(),
            is_retry,
            is_popup,
        }
    }

    /// Returns the attempt's name, which may be part of a cookie's name.
    pub(super) fn name(&self) -> String {
        base64url::encode(&self.id)
    }

    fn data(&self) -> [u8; DATA_BYTES] {
        let mut data = [0; DATA_BYTES];
        let (id, flags) = data.split_at_mut(ID_BYTES);
        id.copy_from_slice(&self.id);
        flags[0] = (u8::from(self.is_retry) * IS_RETRY) | (u8::from(self.is_popup) * IS_POPUP);
        data
    }

    /// Returns the text that is sent to Okta.
    pub(super) fn write(&self, keys: &SealKeys) -> String {
        let data = self.data();
        let tag = keys.tag(Purpose::State, &data);
        base64url::encode(&[&data[..], &tag].concat())
    }

    /// Parses the text that came back. Returns `None` unless these keys authenticate it.
    pub(super) fn read(text: &str, keys: &SealKeys) -> Option<Self> {
        // Bound the text that is decoded.
        let bytes = base64url::decode(text.get(..text.len().min(2 * STATE_BYTES))?)?;
        let (data, tag) = bytes.split_at_checked(DATA_BYTES)?;
        if bytes.len() != STATE_BYTES || !keys.checks(Purpose::State, data, tag) {
            return None;
        }
        let flags = *data.last()?;
        Some(Self {
            id: data.get(..ID_BYTES)?.try_into().ok()?,
            is_retry: flags & IS_RETRY != 0,
            is_popup: flags & IS_POPUP != 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_round_trips_and_is_unique() {
        let keys = SealKeys::random();
        for (is_retry, is_popup) in [(false, false), (true, false), (false, true), (true, true)] {
            let state = State::new(is_retry, is_popup);
            let text = state.write(&keys);
            assert_eq!(State::read(&text, &keys), Some(state));
            // Characters that Okta allows.
            assert!(
                text.bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
            );
            assert_ne!(State::new(is_retry, is_popup).write(&keys), text);
        }
    }

    #[test]
    fn state_with_a_flipped_bit_is_rejected() {
        let keys = SealKeys::random();
        let bytes = base64url::decode(State::new(false, false).write(&keys)).unwrap();
        assert!(State::read(&base64url::encode(&bytes), &keys).is_some());
        for bit in 0..bytes.len() * 8 {
            let mut other = bytes.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(
                State::read(&base64url::encode(&other), &keys),
                None,
                "{bit}"
            );
        }
    }

    #[test]
    fn state_of_wrong_length_or_keys_is_rejected() {
        let keys = SealKeys::random();
        let text = State::new(false, false).write(&keys);
        assert_eq!(State::read(&text, &SealKeys::random()), None);
        for other in [
            "",
            "a",
            &text[1..],
            &text[..43],
            &format!("{text}A"),
            &text.repeat(1000),
            "é",
        ] {
            assert_eq!(State::read(other, &keys), None, "{other}");
        }
    }
}
