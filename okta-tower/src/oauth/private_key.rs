//! The key of `private_key_jwt`, parsed from PEM.

use std::fmt;

use aws_lc_rs::{
    rsa::KeyPair as RsaKeyPair,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    base::secret::Secret,
    config::{ConfigError, ConfigErrorKind as Kind, setting::Setting},
    keys::jwk::MAX_KID_BYTES,
};

/// A key that signs assertions.
pub(crate) struct PrivateKey {
    pub(crate) kid: Option<Box<str>>,
    pub(crate) pair: KeyPair,
}

/// A key pair, by the algorithm that it signs with.
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
    /// Parses a key and checks its ID. No error shows a value.
    pub(crate) fn checked(pem: &Setting<Secret>, kid: Option<&str>) -> Result<Self, ConfigError> {
        let pair = parse_private_key(pem.value.expose())
            .map_err(|problem| pem.error(Kind::Invalid, problem))?;
        if kid.is_some_and(|kid| kid.is_empty() || kid.len() > MAX_KID_BYTES) {
            let problem = format!("must have a key ID of 1 to {MAX_KID_BYTES} bytes");
            return Err(pem.error(Kind::Invalid, problem));
        }
        let kid = kid.map(Into::into);
        Ok(Self { kid, pair })
    }
}

/// Parses the first private key of a PEM text (RFC 7468). Other blocks are ignored, such as a
/// certificate or the parameters that OpenSSL writes before an EC key.
fn parse_private_key(pem: &str) -> Result<KeyPair, &'static str> {
    const FORM: &str = "must be PEM: `-----BEGIN PRIVATE KEY-----` and so on; quotes keep the line \
                        breaks of a variable";
    const UNUSABLE: &str = "must be an RSA key of 2048 to 8192 bits or an EC key on P-256; make \
                            one with `openssl genpkey -algorithm RSA -pkeyopt \
                            rsa_keygen_bits:2048`";
    let (label, body) = blocks(pem)
        .find(|(label, _)| label.ends_with("PRIVATE KEY"))
        .ok_or(FORM)?;
    if label.starts_with("ENCRYPTED") || body.contains("ENCRYPTED") {
        return Err("is encrypted with a passphrase; decrypt it with `openssl pkey`");
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

/// Returns label and body of each block of a PEM text.
fn blocks(pem: &str) -> impl Iterator<Item = (&str, &str)> {
    pem.split("-----BEGIN ").skip(1).filter_map(|block| {
        let (label, rest) = block.split_once("-----")?;
        let (body, end) = rest.split_once("-----END ")?;
        end.strip_prefix(label)?
            .starts_with("-----")
            .then_some((label, body))
    })
}
