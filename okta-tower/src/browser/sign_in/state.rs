//! `state` (RFC 6749 section 4.1.1): which attempt a callback belongs to, and what is known of it where its cookie is gone.
//!
//! ```text
//! base64url( id 16 | flags 1 | tag 16 )
//! ```
//!
//! The id is random and names the attempt's cookie: a callback that comes without that cookie comes from another browser, or
//! from this one after it dropped the cookie. To tell how often it did, and to tell a popup's opener of it, the flags travel
//! here, authenticated. Its characters are those that Okta allows.

use crate::{
    base::{base64url, random::random},
    browser::seal::{Purpose, SealKeys},
};

const ID_BYTES: usize = 16;
const DATA_BYTES: usize = ID_BYTES + 1;
const STATE_BYTES: usize = DATA_BYTES + 16;

/// The attempt was started in place of one whose cookie was gone, or whose code was refused.
const IS_RETRY: u8 = 1;
/// The attempt runs in a popup.
const IS_POPUP: u8 = 2;

/// What a `state` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State {
    id: [u8; ID_BYTES],
    pub(super) is_retry: bool,
    pub(super) is_popup: bool,
}

impl State {
    /// A new one, from the system's generator.
    pub(super) fn new(is_retry: bool, is_popup: bool) -> Self {
        Self {
            id: random(),
            is_retry,
            is_popup,
        }
    }

    /// The attempt's name, in characters that the name of a cookie may have.
    pub(super) fn name(&self) -> String {
        base64url::encode(&self.id)
    }

    fn data(&self) -> [u8; DATA_BYTES] {
        let mut data = [0; DATA_BYTES];
        let (id, flags) = data.split_at_mut(ID_BYTES);
        id.copy_from_slice(&self.id);
        flags[0] =
            (if self.is_retry { IS_RETRY } else { 0 }) | (if self.is_popup { IS_POPUP } else { 0 });
        data
    }

    /// The text that is sent to Okta.
    pub(super) fn write(&self, keys: &SealKeys) -> String {
        let data = self.data();
        let tag = keys.tag(Purpose::State, &data);
        base64url::encode(&[&data[..], &tag].concat())
    }

    /// What came back. `None` where it was not made by us.
    pub(super) fn read(text: &str, keys: &SealKeys) -> Option<Self> {
        // Its length bounds what is decoded.
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
    fn a_state_comes_back_as_it_was_sent_and_no_two_are_alike() {
        let keys = SealKeys::random();
        for (is_retry, is_popup) in [(false, false), (true, false), (false, true), (true, true)] {
            let state = State::new(is_retry, is_popup);
            let text = state.write(&keys);
            assert_eq!(State::read(&text, &keys), Some(state));
            // What Okta allows.
            assert!(
                text.bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
            );
            assert_ne!(State::new(is_retry, is_popup).write(&keys), text);
        }
    }

    #[test]
    fn a_state_that_was_changed_in_any_bit_is_not_ours() {
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
    fn a_state_of_another_length_or_of_other_keys_is_not_ours() {
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
