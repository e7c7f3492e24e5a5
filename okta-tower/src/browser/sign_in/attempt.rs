//! One sign-in attempt: the data that is needed from the start until the callback.

use std::{borrow::Cow, fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{
    base::{base64url, random::random},
    browser::return_to::ReturnTo,
};

/// The time within which a code is redeemed.
const LIFETIME: Duration = Duration::from_secs(10 * 60);

/// The time for which an attempt is kept: after its lifetime, a sign-in starts over with its
/// options.
pub(super) const KEPT: Duration = Duration::from_secs(60 * 60);

/// The most bytes of options: the attempt's cookie must stay below 4 KB.
const MAX_OPTIONS_BYTES: usize = 2700;

/// The data that the callback needs. It is sealed into a cookie that the attempt's
/// [`State`](super::state::State) names.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Attempt {
    /// The value that the ID token must repeat (OpenID Connect Core section 3.1.2.1).
    #[serde(rename = "n")]
    pub(super) nonce: Box<str>,
    /// The PKCE verifier: proof that the client that redeems the code requested it (RFC 7636).
    #[serde(rename = "v")]
    pub(super) verifier: Box<str>,
    /// In Unix seconds.
    #[serde(rename = "t")]
    pub(super) started_at: i64,
    // Attempts that are under way during an upgrade have this name.
    #[serde(rename = "wish")]
    pub(super) options: LoginOptions,
}

/// The options of a login request: all that a replacement attempt needs.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LoginOptions {
    /// The page to end on.
    #[serde(rename = "r")]
    pub(super) return_to: ReturnTo,
    #[serde(rename = "p", default, skip_serializing_if = "is_default")]
    pub(super) is_popup: bool,
    #[serde(rename = "m", default, skip_serializing_if = "is_default")]
    pub(super) max_age: Option<u32>,
    #[serde(rename = "a", default, skip_serializing_if = "is_default")]
    pub(super) acr_values: Option<Box<str>>,
    /// Scopes separated by spaces. `None`: all configured ones.
    #[serde(rename = "s", default, skip_serializing_if = "is_default")]
    pub(super) scope: Option<Box<str>>,
    /// This member and the ones below are forwarded to Okta.
    #[serde(rename = "o", default, skip_serializing_if = "is_default")]
    pub(super) prompt: Option<Box<str>>,
    #[serde(rename = "h", default, skip_serializing_if = "is_default")]
    pub(super) login_hint: Option<Box<str>>,
    #[serde(rename = "i", default, skip_serializing_if = "is_default")]
    pub(super) idp: Option<Box<str>>,
}

impl LoginOptions {
    /// Returns whether an existing session is not enough. It may belong to another user.
    pub(super) fn needs_new_sign_in(&self) -> bool {
        self.prompt
            .as_deref()
            .is_some_and(|prompt| prompt != "none")
            || self.max_age.is_some()
            || self.acr_values.is_some()
            || self.idp.is_some()
    }

    /// Returns whether the link asks the provider for something that others do not.
    pub(super) fn asks_for_more(&self) -> bool {
        self.forwarded(self.prompt.as_deref()).next().is_some()
    }

    /// Returns the parameters that a login link and Okta's authorization endpoint have in common.
    /// `prompt` replaces the option of this name.
    pub(super) fn forwarded<'o>(
        &'o self,
        prompt: Option<&'o str>,
    ) -> impl Iterator<Item = (&'static str, Cow<'o, str>)> {
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

    /// Returns whether the options do not fit into a cookie.
    pub(super) fn is_too_large(&self) -> bool {
        serde_json::to_vec(self).map_or(0, |json| json.len()) > MAX_OPTIONS_BYTES
    }

    /// Returns the scopes to request, separated by spaces.
    pub(super) fn scopes<'o>(&'o self, configured: &[Box<str>]) -> Cow<'o, str> {
        match &self.scope {
            Some(scope) => Cow::Borrowed(scope),
            None => Cow::Owned(configured.join(" ")),
        }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Attempt {
    /// Creates an attempt with a new nonce and verifier.
    pub(super) fn new(options: LoginOptions, now: i64) -> Self {
        // 32 bytes have 256 bits and 43 characters, the fewest that a verifier may have (RFC 7636
        // section 4.1).
        Self {
            nonce: base64url::encode(&random::<32>()).into(),
            verifier: base64url::encode(&random::<32>()).into(),
            started_at: now,
            options,
        }
    }

    /// Returns whether the attempt's code may be redeemed no more.
    pub(super) fn is_expired(&self, now: i64) -> bool {
        self.is_older_than(LIFETIME, now)
    }

    /// Returns whether the attempt's cookie is of no use any more.
    pub(super) fn is_outdated(&self, now: i64) -> bool {
        self.is_older_than(KEPT, now)
    }

    fn is_older_than(&self, limit: Duration, now: i64) -> bool {
        let age = now.saturating_sub(self.started_at);
        u64::try_from(age).is_ok_and(|age| age >= limit.as_secs())
    }

    /// Returns the `code_challenge` for the method `S256` (RFC 7636 section 4.2).
    pub(super) fn challenge(&self) -> String {
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, self.verifier.as_bytes());
        base64url::encode(hash.as_ref())
    }

    pub(super) fn to_json(&self) -> Vec<u8> {
        // Strings and numbers always serialize.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Parses opened JSON. Returns `None` for another version's.
    pub(super) fn from_json(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok()
    }
}

/// Hides the nonce, the verifier and the user's options.
impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt").finish_non_exhaustive()
    }
}

/// Hides the user's options.
impl fmt::Debug for LoginOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginOptions").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> LoginOptions {
        LoginOptions {
            return_to: serde_json::from_value("/dashboard?tab=1".into()).unwrap(),
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
    fn attempt_round_trips_as_json() {
        for options in [options(), LoginOptions::default()] {
            let attempt = Attempt::new(options, 1_700_000_000);
            assert_eq!(Attempt::from_json(&attempt.to_json()), Some(attempt));
        }
        assert_eq!(Attempt::from_json(b"{}"), None);
    }

    #[test]
    fn nonce_and_verifier_are_unique_and_long_enough() {
        let (one, other) = (Attempt::new(options(), 0), Attempt::new(options(), 0));
        assert_ne!(one.nonce, other.nonce);
        assert_ne!(one.verifier, other.verifier);
        assert_ne!(&*one.nonce, &*one.verifier);
        assert_eq!((one.nonce.len(), one.verifier.len()), (43, 43));
    }

    #[test]
    fn challenge_matches_rfc_7636_appendix_b() {
        let mut attempt = Attempt::new(options(), 0);
        attempt.verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into();
        assert_eq!(
            attempt.challenge(),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn attempt_expires_after_ten_minutes() {
        let attempt = Attempt::new(options(), 1000);
        assert!(!attempt.is_expired(1000 + 599));
        assert!(attempt.is_expired(1000 + 600));
        // Another process's clock may be ahead.
        assert!(!attempt.is_expired(990));
        assert!(attempt.is_expired(i64::MAX));
    }

    #[test]
    fn debug_hides_the_attempt() {
        assert_eq!(
            format!("{:?}", Attempt::new(options(), 0)),
            "Attempt { .. }"
        );
        assert_eq!(format!("{:?}", options()), "LoginOptions { .. }");
    }
}
