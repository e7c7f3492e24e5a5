//! Compact JWS text (RFC 7515 section 7.1) from any header and payload.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// Returns a token without a signature: `header.payload.` with an empty last part.
///
/// The header can say anything; [`TokenBuilder::unsigned`](crate::TokenBuilder::unsigned) sets
/// `alg: none`.
///
/// ```
/// let token = okta_tower_test::unsigned(r#"{"alg":"NoNe"}"#, r#"{"sub":"mallory"}"#);
/// assert!(token.ends_with('.'));
/// ```
#[must_use]
pub fn unsigned(header: &str, payload: &str) -> String {
    compact(header, payload, |_| Vec::new())
}

/// Returns a token whose signature is HMAC-SHA-256 with this secret.
///
/// With the bytes of a public key as the secret, the token is a key-confusion attack (RFC 8725
/// section 2.1).
///
/// ```
/// use okta_tower::Algorithm;
/// use okta_tower_test::{Key, hmac_sha256};
///
/// let key = Key::generate(Algorithm::Rs256);
/// let header = format!(r#"{{"alg":"HS256","kid":"{}"}}"#, key.kid());
/// let token = hmac_sha256(&header, r#"{"sub":"mallory"}"#, key.public_pem());
/// assert_eq!(token.split('.').count(), 3);
/// ```
#[must_use]
pub fn hmac_sha256(header: &str, payload: &str, secret: impl AsRef<[u8]>) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_ref());
    compact(header, payload, |message| {
        hmac::sign(&key, message).as_ref().to_vec()
    })
}

pub(crate) fn compact(header: &str, payload: &str, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let mut token = URL_SAFE_NO_PAD.encode(header);
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(payload, &mut token);
    let signature = sign(token.as_bytes());
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    token
}
