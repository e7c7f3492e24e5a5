//! The user that a path names.

use super::refusal::Refusal;
use crate::state::{IssuerState, users::User};

/// Calls `act` with the user that the path names.
pub(super) fn with_user<T>(
    state: &IssuerState,
    path: &str,
    act: impl FnOnce(&mut User) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let key = path.split('/').nth(4).unwrap_or_default();
    let key = percent_decoded(key);
    let mut sign_in = state.sign_in();
    let user = sign_in.users.find_by_key(&key);
    act(user.ok_or_else(|| Refusal::not_found(&key, "User"))?)
}

/// Percent-decodes a path segment once.
fn percent_decoded(segment: &str) -> String {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = (*first == b'%').then(|| segment_byte(after)).flatten();
        bytes.push(hex.unwrap_or(*first));
        rest = if hex.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn segment_byte(digits: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(digits.get(..2)?).ok()?;
    u8::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_segment_is_decoded_once() {
        assert_eq!(percent_decoded("ada%40example.com"), "ada@example.com");
        assert_eq!(percent_decoded("%2e%2E"), "..");
        assert_eq!(percent_decoded("a%2540b%"), "a%40b%");
    }
}
