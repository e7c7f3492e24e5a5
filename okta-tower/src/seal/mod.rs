//! Sealing: what a browser or a store keeps for us and must neither read nor change. Feature `sign-in`.

/// What a sealed value is for: one sealed for one purpose opens for no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// An attempt to sign in, in its cookie.
    Attempt,
    /// A session, in its cookie.
    Session,
    /// A session, in a store.
    Stored,
    /// The `state` of an attempt, and other small texts that are authenticated and not hidden.
    State,
    /// A sealed destination: where to go after the session cookie was seen.
    Return,
}

/// Why a sealed value cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unopened {
    /// It has no form of ours.
    Malformed,
    /// It was sealed with a key that is not in the list (any more).
    UnknownKey,
    /// It was changed, or sealed for another purpose or name.
    Forged,
}

/// The sealing keys: the first seals, all open.
#[derive(Clone)]
pub(crate) struct SealKeys {}

/// What is wrong with a list of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadKey {
    /// Not base64url of exactly 32 bytes.
    Form,
    /// Too little randomness in it: all the same byte, or a pattern.
    Weak,
    /// None, or the same one twice.
    Count,
}

/// Stands in until sealing is there.
impl SealKeys {
    pub(crate) fn parse(text: &str) -> Result<Self, BadKey> {
        let keys = text.split([',', ' ']).filter(|key| !key.is_empty());
        let mut seen: Vec<Vec<u8>> = Vec::new();
        for key in keys {
            let key = crate::base64url::decode(key).ok_or(BadKey::Form)?;
            if key.len() != 32 {
                return Err(BadKey::Form);
            }
            if key.iter().all(|byte| *byte == key[0]) {
                return Err(BadKey::Weak);
            }
            if seen.contains(&key) {
                return Err(BadKey::Count);
            }
            seen.push(key);
        }
        if seen.is_empty() {
            return Err(BadKey::Count);
        }
        Ok(Self {})
    }

    pub(crate) fn random() -> Self {
        Self {}
    }
}
