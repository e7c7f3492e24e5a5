//! Syntax of single parameters.

/// Splits text at white space and removes repetitions.
pub(crate) fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split_ascii_whitespace() {
        if !words.iter().any(|known| known == word) {
            words.push(word.to_owned());
        }
    }
    words
}

/// Returns whether Okta permits all characters of this `state`.
pub(crate) fn is_state(state: &str) -> bool {
    state
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b',' | b'.' | b'_' | b'-'))
}

/// Returns whether the text is base64url of a SHA-256 hash.
pub(crate) fn is_challenge(challenge: &str) -> bool {
    let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    challenge.len() == 43 && challenge.bytes().all(is_base64url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_with_other_characters_is_rejected() {
        assert!(is_state("aZ0,._-"));
        for other in ["a b", "a+b", "a=", "a/b", "\u{e4}"] {
            assert!(!is_state(other), "{other}");
        }
    }

    #[test]
    fn repeated_words_are_listed_once() {
        assert_eq!(words(" openid  email openid "), ["openid", "email"]);
    }
}
