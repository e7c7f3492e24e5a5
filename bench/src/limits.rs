//! The bare signature check with aws-lc-rs and ring: the lower limit of every verification.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RsaPublicKeyComponents, VerificationAlgorithm,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use okta_tower::Algorithm;
use okta_tower_test::Key;
use serde_json::Value;

/// The signed text of a token, and its decoded signature.
pub(crate) struct Signed<'t> {
    pub(crate) text: &'t [u8],
    pub(crate) signature: Vec<u8>,
}

impl<'t> Signed<'t> {
    pub(crate) fn new(token: &'t str) -> Self {
        let (text, signature) = token.rsplit_once('.').expect("a token");
        Self {
            text: text.as_bytes(),
            signature: decoded(signature),
        }
    }
}

/// Returns the parsed key of aws-lc-rs. A check with it is the fastest possible one.
pub(crate) fn parsed(key: &Key) -> ParsedPublicKey {
    let jwk = key.to_jwk();
    let parse = |algorithm: &'static dyn VerificationAlgorithm, bytes: Vec<u8>| {
        ParsedPublicKey::new(algorithm, bytes).expect("a public key")
    };
    match key.algorithm() {
        Algorithm::Rs256 => components(key)
            .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
            .expect("a public key"),
        Algorithm::Es256 => parse(
            &ECDSA_P256_SHA256_FIXED,
            [vec![4], member(&jwk, "x"), member(&jwk, "y")].concat(),
        ),
        Algorithm::EdDsa => parse(&ED25519, member(&jwk, "x")),
        other => panic!("no bare check for {other}"),
    }
}

/// Returns the modulus and the exponent: an RSA key before parsing.
pub(crate) fn components(key: &Key) -> RsaPublicKeyComponents<Vec<u8>> {
    let jwk = key.to_jwk();
    RsaPublicKeyComponents {
        n: member(&jwk, "n"),
        e: member(&jwk, "e"),
    }
}

/// Checks a signature with ring, which accepts only unparsed keys.
pub(crate) fn ring(key: &RsaPublicKeyComponents<Vec<u8>>, signed: &Signed<'_>) -> bool {
    let key = ring::signature::RsaPublicKeyComponents {
        n: &key.n,
        e: &key.e,
    };
    key.verify(
        &ring::signature::RSA_PKCS1_2048_8192_SHA256,
        signed.text,
        &signed.signature,
    )
    .is_ok()
}

fn member(jwk: &Value, name: &str) -> Vec<u8> {
    decoded(jwk[name].as_str().expect("a member of the key"))
}

fn decoded(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).expect("base64url")
}
