//! A token that passes every check, and the means to change one thing about it.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{CheckError, Policy, TokenType, VerifiedToken, split, verify};
use crate::{
    error::{TokenError, TokenErrorKind},
    keys::jwk::{
        Algorithm, KeySet,
        fixture::{SigningKey, key_set},
    },
};

pub(super) const ISSUER: &str = "https://example.okta.com/oauth2/default";
pub(super) const KID: &str = "active";
pub(super) const NOW: i64 = 1_767_268_800;

/// A key, the set that publishes it, and a policy. Made anew for each test, which changes what it
/// is about.
pub(super) struct Bench {
    pub(super) key: SigningKey,
    pub(super) keys: KeySet,
    pub(super) policy: Policy,
    pub(super) now: i64,
}

impl Bench {
    pub(super) fn new() -> Self {
        let key = SigningKey::new(Algorithm::Rs256);
        Self {
            keys: key_set(&[key.jwk(KID), SigningKey::other_rsa().jwk("next")]),
            key,
            policy: policy(),
            now: NOW,
        }
    }

    pub(super) fn verify(&self, token: &str) -> Result<VerifiedToken<'_>, CheckError> {
        let parts = split(token.as_bytes(), &self.policy)?;
        verify(parts, &self.keys, &self.policy, self.now)
    }

    /// Why a token is rejected, or `None` if it is accepted.
    pub(super) fn refusal(&self, token: &str) -> Option<TokenError> {
        match self.verify(token) {
            Ok(_) => None,
            Err(CheckError::Token(error)) => Some(error),
            Err(CheckError::UnknownKey(kid)) => panic!("no key has the kid {kid:?}"),
        }
    }

    pub(super) fn sign(&self, header: impl AsRef<[u8]>, claims: impl AsRef<[u8]>) -> String {
        self.key.sign(header, claims)
    }

    /// Why a token with these claims is rejected.
    pub(super) fn claims(&self, claims: &Value) -> Option<TokenError> {
        self.claims_text(claims.to_string())
    }

    pub(super) fn claims_text(&self, claims: impl AsRef<[u8]>) -> Option<TokenError> {
        self.refusal(&self.sign(header().to_string(), claims))
    }

    /// Why a token with this header is rejected.
    pub(super) fn header(&self, header: &Value) -> Option<TokenError> {
        self.refusal(&self.sign(header.to_string(), claims().to_string()))
    }

    /// The claims of a token that is accepted.
    pub(super) fn accepts(&self, claims: &Value) -> VerifiedToken<'_> {
        let token = self.sign(header().to_string(), claims.to_string());
        self.verify(&token).unwrap()
    }
}

/// What a check that names no claim says.
pub(super) fn refused(kind: TokenErrorKind) -> Option<TokenError> {
    Some(kind.into())
}

/// What a check that names a claim says.
pub(super) fn at_fault(kind: TokenErrorKind, claim: &'static str) -> Option<TokenError> {
    Some(kind.at(claim))
}

pub(super) fn policy() -> Policy {
    Policy {
        issuer: ISSUER.into(),
        extra_issuers: Vec::new(),
        audiences: vec!["api://default".into()],
        client_ids: [].into(),
        algorithms: [Algorithm::Rs256].into(),
        leeway: Duration::from_secs(60),
        token_type: TokenType::Lenient,
        groups_claim: "groups".into(),
        max_token_bytes: 16 * 1024,
    }
}

pub(super) fn header() -> Value {
    json!({ "alg": "RS256", "kid": KID })
}

/// The claims of the example in Okta's reference.
pub(super) fn claims() -> Value {
    json!({
        "ver": 1,
        "jti": "AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE",
        "iss": ISSUER,
        "aud": "api://default",
        "iat": NOW,
        "exp": NOW + 3600,
        "cid": "0oa1gm3t1yZ1IsKOm0h7",
        "uid": "00u1gm3kbvJ1IsKOm0h7",
        "scp": ["openid", "profile"],
        "auth_time": NOW - 10,
        "sub": "ada@example.com",
    })
}

/// The object with one member set.
pub(super) fn with(mut object: Value, member: &str, value: impl Into<Value>) -> Value {
    object[member] = value.into();
    object
}

pub(super) fn without(mut object: Value, member: &str) -> Value {
    members(&mut object).remove(member);
    object
}

/// The object's text with more members in front, as they are written.
pub(super) fn prefixed(object: &Value, members: &str) -> String {
    format!("{{{members},{}", &object.to_string()[1..])
}

fn members(object: &mut Value) -> &mut Map<String, Value> {
    object.as_object_mut().unwrap()
}
