//! The key of `private_key_jwt`: from PEM to something that signs.

use std::fmt;

use aws_lc_rs::{
    rsa::KeyPair as RsaKeyPair,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use base64::{Engine, engine::general_purpose::STANDARD};

use crate::config::{ConfigError, ConfigErrorKind as Kind};
use crate::keys::jwk::MAX_KID_BYTES;

/// A key that signs assertions.
pub(crate) struct PrivateKey {
    pub(crate) kid: Option<Box<str>>,
    pub(crate) pair: KeyPair,
}

/// By the algorithm that it signs with.
pub(crate) enum KeyPair {
    Rs256(RsaKeyPair),
    Es256(EcdsaKeyPair),
}

/// Prints nothing of the key.
impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey").finish_non_exhaustive()
    }
}

impl PrivateKey {
    /// Reads a key and checks its id. No value is shown: all but the id is a secret.
    pub(crate) fn checked(
        setting: &'static str,
        pem: &str,
        kid: Option<&str>,
    ) -> Result<Self, ConfigError> {
        let pair = parse_private_key(pem)
            .map_err(|(kind, problem)| ConfigError::new(kind, setting, problem))?;
        if kid.is_some_and(|kid| kid.is_empty() || kid.len() > MAX_KID_BYTES) {
            let problem = format!("a key's id has 1 to {MAX_KID_BYTES} bytes");
            return Err(ConfigError::new(Kind::Invalid, setting, problem));
        }
        let kid = kid.map(Into::into);
        Ok(Self { kid, pair })
    }
}

type Problem = (Kind, &'static str);

/// Reads the first private key of a PEM text (RFC 7468). What else stands in it, such as a certificate or the parameters that
/// OpenSSL writes before an EC key, is passed over.
fn parse_private_key(pem: &str) -> Result<KeyPair, Problem> {
    const FORM: Problem = (
        Kind::Invalid,
        "the key must be PEM: `-----BEGIN PRIVATE KEY-----` and so on; line breaks in a variable are kept by quotes",
    );
    const UNUSABLE: Problem = (
        Kind::Invalid,
        "the key must be an RSA key of 2048 to 8192 bits or an EC key on P-256; make one with `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048`",
    );
    let (label, body) = blocks(pem)
        .find(|(label, _)| label.ends_with("PRIVATE KEY"))
        .ok_or(FORM)?;
    if label.starts_with("ENCRYPTED") || body.contains("ENCRYPTED") {
        let problem = "the key is encrypted with a passphrase; decrypt it with `openssl pkey`";
        return Err((Kind::Invalid, problem));
    }
    let text: String = body.split_ascii_whitespace().collect();
    let der = STANDARD.decode(text).map_err(|_| FORM)?;
    let ec = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let pair = match label {
        "PRIVATE KEY" => (RsaKeyPair::from_pkcs8(&der).map(KeyPair::Rs256))
            .or_else(|_| EcdsaKeyPair::from_pkcs8(ec, &der).map(KeyPair::Es256)),
        "RSA PRIVATE KEY" => RsaKeyPair::from_der(&der).map(KeyPair::Rs256),
        "EC PRIVATE KEY" => EcdsaKeyPair::from_private_key_der(ec, &der).map(KeyPair::Es256),
        _ => return Err(FORM),
    };
    match pair.map_err(|_| UNUSABLE)? {
        KeyPair::Rs256(pair) if !(256..=1024).contains(&pair.public_modulus_len()) => Err(UNUSABLE),
        pair => Ok(pair),
    }
}

/// The blocks of a PEM text: label and body.
fn blocks(pem: &str) -> impl Iterator<Item = (&str, &str)> {
    pem.split("-----BEGIN ").skip(1).filter_map(|block| {
        let (label, rest) = block.split_once("-----")?;
        let (body, end) = rest.split_once("-----END ")?;
        end.strip_prefix(label)?
            .starts_with("-----")
            .then_some((label, body))
    })
}
