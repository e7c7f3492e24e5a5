//! One attempt to sign in: what is known of it between the start and the callback.

use std::{borrow::Cow, fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::base::{base64url, random::random};

/// How long a sign-in may take.
pub(super) const LIFETIME: Duration = Duration::from_secs(10 * 60);

/// What the callback must know. It is sealed into a cookie, whose name is the attempt's [`State`](super::state::State).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Attempt {
    /// What the ID token must repeat (OpenID Connect Core section 3.1.2.1).
    #[serde(rename = "n")]
    pub(super) nonce: Box<str>,
    /// The proof that whoever redeems the code asked for it (RFC 7636).
    #[serde(rename = "v")]
    pub(super) verifier: Box<str>,
    /// In Unix seconds.
    #[serde(rename = "t")]
    pub(super) started_at: i64,
    pub(super) wish: Wish,
}

/// What was asked for at the start: all that another attempt in place of this one needs.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Wish {
    /// The page to end on. It was checked when it was asked for; and is again before anybody is sent there.
    #[serde(rename = "r")]
    pub(super) return_to: Box<str>,
    #[serde(rename = "p", default, skip_serializing_if = "is_default")]
    pub(super) is_popup: bool,
    #[serde(rename = "m", default, skip_serializing_if = "is_default")]
    pub(super) max_age: Option<u32>,
    #[serde(rename = "a", default, skip_serializing_if = "is_default")]
    pub(super) acr_values: Option<Box<str>>,
    /// Scopes with spaces between them. `None`: all that are configured.
    #[serde(rename = "s", default, skip_serializing_if = "is_default")]
    pub(super) scope: Option<Box<str>>,
    /// Here and below: what Okta was to be told beside.
    #[serde(rename = "o", default, skip_serializing_if = "is_default")]
    pub(super) prompt: Option<Box<str>>,
    #[serde(rename = "h", default, skip_serializing_if = "is_default")]
    pub(super) login_hint: Option<Box<str>>,
    #[serde(rename = "i", default, skip_serializing_if = "is_default")]
    pub(super) idp: Option<Box<str>>,
}

impl Wish {
    /// Whether more was asked for than a session: that one exists is not enough then. It may even be somebody else's.
    pub(super) fn is_for_more_than_a_session(&self) -> bool {
        let asks = self
            .prompt
            .as_deref()
            .is_some_and(|prompt| prompt != "none");
        asks || self.max_age.is_some() || self.acr_values.is_some() || self.idp.is_some()
    }

    /// The parameters that a link to the sign-in and Okta's authorization endpoint have in common. `prompt` is what is said in the
    /// place of the wish's own.
    pub(super) fn passed_on<'w>(
        &'w self,
        prompt: Option<&'w str>,
    ) -> impl Iterator<Item = (&'static str, Cow<'w, str>)> {
        let max_age = self.max_age.map(|seconds| seconds.to_string().into());
        [
            ("prompt", prompt.map(Cow::Borrowed)),
            ("login_hint", self.login_hint.as_deref().map(Cow::Borrowed)),
            ("idp", self.idp.as_deref().map(Cow::Borrowed)),
            ("acr_values", self.acr_values.as_deref().map(Cow::Borrowed)),
            ("max_age", max_age),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Attempt {
    /// A new one, with a nonce and a verifier that were never used before.
    pub(super) fn new(wish: Wish, now: i64) -> Self {
        // 32 bytes are 43 characters, the shortest verifier that there may be (RFC 7636 section 4.1), and 256 bits.
        Self {
            nonce: base64url::encode(&random::<32>()).into(),
            verifier: base64url::encode(&random::<32>()).into(),
            started_at: now,
            wish,
        }
    }

    pub(super) fn is_over(&self, now: i64) -> bool {
        let age = now.saturating_sub(self.started_at);
        u64::try_from(age).is_ok_and(|age| age >= LIFETIME.as_secs())
    }

    /// `code_challenge`, method `S256` (RFC 7636 section 4.2).
    pub(super) fn challenge(&self) -> String {
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, self.verifier.as_bytes());
        base64url::encode(hash.as_ref())
    }

    pub(super) fn to_json(&self) -> Vec<u8> {
        // Strings and numbers alone: there is nothing that could not be written.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// What was sealed. `None` where it is of another version.
    pub(super) fn from_json(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok()
    }
}

/// Nonce and verifier are secrets, the rest is the person's business.
impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt").finish_non_exhaustive()
    }
}

/// Prints nothing of what the person asked for.
impl fmt::Debug for Wish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wish").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish() -> Wish {
        Wish {
            return_to: "/dashboard?tab=1".into(),
            is_popup: true,
            max_age: Some(0),
            acr_values: Some("urn:okta:loa:2fa:any".into()),
            scope: Some("openid".into()),
            prompt: Some("login".into()),
            login_hint: Some("ada@example.com".into()),
            idp: Some("0oa9".into()),
        }
    }

    #[test]
    fn an_attempt_comes_back_as_it_was_sealed() {
        for wish in [wish(), Wish::default()] {
            let attempt = Attempt::new(wish, 1_700_000_000);
            assert_eq!(Attempt::from_json(&attempt.to_json()), Some(attempt));
        }
        assert_eq!(Attempt::from_json(b"{}"), None);
    }

    #[test]
    fn nonce_and_verifier_are_new_each_time_and_long_enough() {
        let (one, other) = (Attempt::new(wish(), 0), Attempt::new(wish(), 0));
        assert_ne!(one.nonce, other.nonce);
        assert_ne!(one.verifier, other.verifier);
        assert_ne!(&*one.nonce, &*one.verifier);
        assert_eq!((one.nonce.len(), one.verifier.len()), (43, 43));
    }

    #[test]
    fn the_challenge_is_that_of_rfc_7636_appendix_b() {
        let mut attempt = Attempt::new(wish(), 0);
        attempt.verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into();
        assert_eq!(
            attempt.challenge(),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn an_attempt_is_over_after_ten_minutes() {
        let attempt = Attempt::new(wish(), 1000);
        assert!(!attempt.is_over(1000 + 599));
        assert!(attempt.is_over(1000 + 600));
        // Another machine's clock may be ahead.
        assert!(!attempt.is_over(990));
        assert!(attempt.is_over(i64::MAX));
    }

    #[test]
    fn nothing_is_printed() {
        assert_eq!(format!("{:?}", Attempt::new(wish(), 0)), "Attempt { .. }");
        assert_eq!(format!("{:?}", wish()), "Wish { .. }");
    }
}
