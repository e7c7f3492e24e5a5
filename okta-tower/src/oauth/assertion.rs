//! The assertion of `private_key_jwt` (RFC 7523 sections 2.2 and 3, OpenID Connect Core section 9).

use aws_lc_rs::{rand::SystemRandom, signature::RSA_PKCS1_SHA256};
use serde_json::json;
use url::Url;

use super::failure::RequestError;
use crate::{
    base::{base64url::encode, random::random},
    oauth::private_key::{KeyPair, PrivateKey},
};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How long an assertion is valid, in seconds. Okta accepts up to an hour, and one use.
const LIFETIME: i64 = 120;
/// How far `iat` is in the past, in seconds: Okta rejects assertions from the future, and this
/// machine's clock may be ahead.
const SET_BACK: i64 = 10;

/// Returns the form parameters of one request to `endpoint`, at `now` in Unix seconds.
pub(super) fn form(
    key: &PrivateKey,
    client_id: &str,
    endpoint: &Url,
    now: i64,
) -> Result<[(&'static str, String); 2], RequestError> {
    let jti = encode(&random::<16>());
    let assertion = sign(key, client_id, endpoint.as_str(), now, &jti)
        .ok_or_else(|| RequestError::refused("assertion_not_signed"))?;
    Ok([
        ("client_assertion_type", TYPE.into()),
        ("client_assertion", assertion),
    ])
}

/// Returns a signed assertion for one request to `audience`, the URL of the endpoint. Returns
/// `None` if the key does not sign.
fn sign(key: &PrivateKey, client_id: &str, audience: &str, now: i64, jti: &str) -> Option<String> {
    let alg = match &key.pair {
        KeyPair::Rs256(_) => "RS256",
        KeyPair::Es256(_) => "ES256",
    };
    let mut header = json!({ "alg": alg, "typ": "JWT" });
    if let Some(kid) = &key.kid {
        header["kid"] = (**kid).into();
    }
    let claims = json!({
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "iat": now.saturating_sub(SET_BACK),
        "exp": now.saturating_add(LIFETIME),
        "jti": jti,
    });
    let signed = format!(
        "{}.{}",
        encode(header.to_string().as_bytes()),
        encode(claims.to_string().as_bytes())
    );
    let random = SystemRandom::new();
    let signature = match &key.pair {
        KeyPair::Rs256(pair) => {
            let mut signature = vec![0; pair.public_modulus_len()];
            let signed = signed.as_bytes();
            pair.sign(&RSA_PKCS1_SHA256, &random, signed, &mut signature)
                .ok()?;
            signature
        }
        KeyPair::Es256(pair) => pair
            .sign(&random, signed.as_bytes())
            .ok()?
            .as_ref()
            .to_vec(),
    };
    Some(format!("{signed}.{}", encode(&signature)))
}
