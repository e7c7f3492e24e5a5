//! What single parameters may say. Pure.

/// What the person is to be asked, whatever the issuer knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Prompt {
    pub(crate) none: bool,
    pub(crate) login: bool,
    pub(crate) consent: bool,
}

impl Prompt {
    /// `None` for what is no prompt.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut prompt = Self::default();
        for word in text.split_ascii_whitespace() {
            match word {
                "none" => prompt.none = true,
                "login" => prompt.login = true,
                "consent" => prompt.consent = true,
                _ => return None,
            }
        }
        // "If this parameter contains none with any other value, an error is returned."
        let contradicts = prompt.none && (prompt.login || prompt.consent);
        (!contradicts).then_some(prompt)
    }
}

/// Space-separated, each once, in their order.
pub(crate) fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split_ascii_whitespace() {
        if !words.iter().any(|known| known == word) {
            words.push(word.to_owned());
        }
    }
    words
}

/// The characters that Okta allows in `state`.
pub(crate) fn is_state(state: &str) -> bool {
    state
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b',' | b'.' | b'_' | b'-'))
}

/// Base64url of a SHA-256 hash.
pub(crate) fn is_challenge(challenge: &str) -> bool {
    let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    challenge.len() == 43 && challenge.bytes().all(is_base64url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_come_in_any_order_and_none_comes_alone() {
        let both = Prompt {
            none: false,
            login: true,
            consent: true,
        };
        assert_eq!(Prompt::read("login consent"), Some(both));
        assert_eq!(Prompt::read("consent login"), Some(both));
        assert_eq!(Prompt::read(""), Some(Prompt::default()));
        assert!(Prompt::read("none").is_some_and(|prompt| prompt.none));
        assert_eq!(Prompt::read("none login"), None);
        assert_eq!(Prompt::read("shout"), None);
    }

    #[test]
    fn a_state_has_the_characters_that_okta_allows() {
        assert!(is_state("aZ0,._-"));
        for other in ["a b", "a+b", "a=", "a/b", "\u{e4}"] {
            assert!(!is_state(other), "{other}");
        }
    }

    #[test]
    fn words_are_listed_once() {
        assert_eq!(words(" openid  email openid "), ["openid", "email"]);
    }
}
