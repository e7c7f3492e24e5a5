//! Signing: from the settings of a builder to the text of a token.

use serde_json::{Map, Value};

use super::{builder::TokenBuilder, moment::unix_seconds};
use crate::jws;

/// How long tokens are valid by default, in seconds: an hour, as at Okta.
const LIFETIME: i64 = 3600;

/// # Signing
impl TokenBuilder {
    /// Returns the signed token.
    ///
    /// # Panics
    ///
    /// Panics if the key cannot sign with the chosen [`algorithm`](Self::algorithm).
    #[must_use]
    pub fn sign(&self) -> String {
        self.sign_raw(&self.header_json(), &self.claims_json())
    }

    /// Signs exactly this text with the key of this builder. Other settings have no effect.
    ///
    /// Change [`header_json`](Self::header_json) or [`claims_json`](Self::claims_json) to produce
    /// text that no method can express, such as a repeated member.
    ///
    /// # Panics
    ///
    /// Panics under the conditions of [`sign`](Self::sign).
    #[must_use]
    pub fn sign_raw(&self, header: &str, claims: &str) -> String {
        let algorithm = self.algorithm.unwrap_or(self.key.algorithm());
        self.key.sign_raw_as(algorithm, header, claims)
    }

    /// Returns the token with `alg: none` and no signature (RFC 7515 appendix A.5). Verifiers must
    /// reject it.
    #[must_use]
    pub fn unsigned(&self) -> String {
        let header = self.header_json_as("none");
        jws::unsigned(&header, &self.claims_json())
    }

    /// Returns the token with `alg: HS256`, authenticated with this secret. Verifiers must reject
    /// it.
    ///
    /// With the issuer's public key as the secret, the token is a key-confusion attack. The key can
    /// be [PEM](crate::Key::public_pem), [DER](crate::Key::public_der) or [JWK](crate::Key::to_jwk)
    /// text.
    #[must_use]
    pub fn hs256(&self, secret: impl AsRef<[u8]>) -> String {
        let header = self.header_json_as("HS256");
        jws::hmac_sha256(&header, &self.claims_json(), secret)
    }

    /// Returns the header text that [`sign`](Self::sign) uses.
    #[must_use]
    pub fn header_json(&self) -> String {
        self.header_json_as(self.algorithm.unwrap_or(self.key.algorithm()).as_str())
    }

    fn header_json_as(&self, alg: &str) -> String {
        let mut header = Map::new();
        header.insert("alg".to_owned(), alg.into());
        header.insert("kid".to_owned(), self.key.kid().into());
        apply(&mut header, &self.header);
        Value::Object(header).to_string()
    }

    /// Returns the claims text that [`sign`](Self::sign) would sign now. Each call has a new `jti`.
    #[must_use]
    pub fn claims_json(&self) -> String {
        let now = unix_seconds(self.clock.now());
        let expires = self.expires.map(|moment| moment.seconds(now));
        let issued = match (self.issued, expires) {
            (Some(issued), _) => issued.seconds(now),
            // An expired token was issued before it expired.
            (None, Some(expires)) if expires <= now => expires.saturating_sub(LIFETIME),
            (None, _) => now,
        };
        let expires = expires.unwrap_or(issued.saturating_add(LIFETIME));

        let mut claims = self.kind.claims(&self.audience);
        claims.insert("iss".to_owned(), self.issuer.as_str().into());
        claims.insert("iat".to_owned(), issued.into());
        claims.insert("exp".to_owned(), expires.into());
        claims.insert("auth_time".to_owned(), issued.into());
        if let Some(not_before) = self.not_before {
            claims.insert("nbf".to_owned(), not_before.seconds(now).into());
        }
        apply(&mut claims, &self.claims);
        Value::Object(claims).to_string()
    }
}

fn apply(object: &mut Map<String, Value>, changes: &[(String, Option<Value>)]) {
    for (name, value) in changes {
        match value {
            Some(value) => object.insert(name.clone(), value.clone()),
            None => object.remove(name),
        };
    }
}
