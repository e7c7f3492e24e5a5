//! Signing keys: the issuer's own, and keys for attacks.

mod der;
mod pool;

use std::{fmt, sync::Arc};

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rand::SystemRandom,
    rsa,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED,
        ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
        RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
        RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384,
        RSA_PSS_SHA512, RsaEncoding, UnparsedPublicKey, VerificationAlgorithm,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use okta_tower::Algorithm;
use serde_json::{Value, json};

use self::der::{modulus_and_exponent, pem};
use crate::{jws, random::random_id};

/// A private key with its `kid` and algorithm. Clones share the key material.
///
/// The issuer's own keys come from [`Issuer::active_key`](crate::Issuer::active_key) and the
/// methods next to it. [`generate`](Self::generate) creates a key that no issuer has published, as
/// an attacker would.
///
/// ```
/// use okta_tower::Algorithm;
/// use okta_tower_test::Key;
///
/// let key = Key::generate(Algorithm::Es256).with_kid("mine");
/// assert_eq!(key.to_jwk()["crv"], "P-256");
/// assert_eq!(key.to_jwk()["kid"], "mine");
/// assert!(key.to_jwk().get("d").is_none()); // the public half only
/// ```
#[derive(Clone)]
pub struct Key {
    kid: String,
    algorithm: Algorithm,
    pair: Pair,
}

#[derive(Clone)]
enum Pair {
    Rsa(Arc<rsa::KeyPair>),
    Ecdsa(Arc<EcdsaKeyPair>),
    Ed25519(Arc<Ed25519KeyPair>),
}

impl Key {
    /// Creates a key with a random `kid`. RSA keys have 2048 bits.
    ///
    /// Creating RSA keys is slow (a few tenths of a second). The process therefore reuses the
    /// material of RSA keys that have been dropped, under a new `kid`. Two live keys never share
    /// their material.
    ///
    /// # Panics
    ///
    /// Panics if the operating system has no random bytes, or if this version of the crate does not
    /// support the algorithm.
    #[must_use]
    pub fn generate(algorithm: Algorithm) -> Self {
        let pair = match algorithm {
            Algorithm::Es256 => Pair::Ecdsa(Arc::new(
                EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
                    .expect("failed to generate a P-256 key"),
            )),
            Algorithm::Es384 => Pair::Ecdsa(Arc::new(
                EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING)
                    .expect("failed to generate a P-384 key"),
            )),
            Algorithm::EdDsa => Pair::Ed25519(Arc::new(
                Ed25519KeyPair::generate().expect("failed to generate an Ed25519 key"),
            )),
            rsa if padding(rsa).is_some() => Pair::Rsa(pool::take()),
            other => panic!("cannot generate a key for {other}"),
        };
        Self {
            kid: random_id(32),
            algorithm,
            pair,
        }
    }

    /// Sets another `kid`. With the `kid` of the issuer's key, this is a forged key.
    #[must_use]
    pub fn with_kid(mut self, kid: impl Into<String>) -> Self {
        self.kid = kid.into();
        self
    }

    /// Returns the `kid` of the published key and of token headers.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Returns the algorithm that the published key names.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Returns the public key as a JWK with the members that Okta publishes (RFC 7517; RFC 8037 for
    /// Ed25519).
    #[must_use]
    pub fn to_jwk(&self) -> Value {
        let (kid, alg) = (&self.kid, self.algorithm.as_str());
        match &self.pair {
            Pair::Rsa(pair) => {
                let (n, e) = modulus_and_exponent(pair.public_key().as_ref());
                let (n, e) = (encode(n), encode(e));
                json!({ "kty": "RSA", "alg": alg, "kid": kid, "use": "sig", "e": e, "n": n })
            }
            Pair::Ecdsa(pair) => {
                // An uncompressed point (SEC 1, section 2.3.3): the byte 4, then x and y of equal
                // length.
                let point = &pair.public_key().as_ref()[1..];
                let (x, y) = point.split_at(point.len() / 2);
                let crv = if x.len() == 32 { "P-256" } else { "P-384" };
                json!({
                    "kty": "EC", "crv": crv, "alg": alg, "kid": kid, "use": "sig",
                    "x": encode(x), "y": encode(y),
                })
            }
            Pair::Ed25519(pair) => {
                let x = encode(pair.public_key().as_ref());
                json!({
                    "kty": "OKP", "crv": "Ed25519", "alg": alg, "kid": kid, "use": "sig", "x": x,
                })
            }
        }
    }

    /// Returns the public key as DER (`SubjectPublicKeyInfo`).
    #[must_use]
    pub fn public_der(&self) -> Vec<u8> {
        let der: Result<PublicKeyX509Der<'static>, _> = match &self.pair {
            Pair::Rsa(pair) => pair.public_key().as_der(),
            Pair::Ecdsa(pair) => pair.public_key().as_der(),
            Pair::Ed25519(pair) => pair.public_key().as_der(),
        };
        der.expect("a generated key can be encoded")
            .as_ref()
            .to_vec()
    }

    /// Returns the public key as PEM. With an RSA key, this text is the secret of HS256 key
    /// confusion.
    #[must_use]
    pub fn public_pem(&self) -> String {
        pem("PUBLIC KEY", &self.public_der())
    }

    /// Returns the private key as PEM (PKCS #8), for an application that authenticates with
    /// `private_key_jwt`.
    #[must_use]
    pub fn private_pem(&self) -> String {
        const WRITABLE: &str = "a generated key can be encoded";
        match &self.pair {
            Pair::Rsa(pair) => {
                let der: Result<Pkcs8V1Der<'static>, _> = pair.as_der();
                pem("PRIVATE KEY", der.expect(WRITABLE).as_ref())
            }
            Pair::Ecdsa(pair) => pem("PRIVATE KEY", pair.to_pkcs8v1().expect(WRITABLE).as_ref()),
            Pair::Ed25519(pair) => pem("PRIVATE KEY", pair.to_pkcs8v1().expect(WRITABLE).as_ref()),
        }
    }

    /// Returns whether this key made the signature with this algorithm of RFC 7518.
    ///
    /// An algorithm for another key type never matches.
    pub(crate) fn has_signed(&self, algorithm: &str, message: &[u8], signature: &[u8]) -> bool {
        let (rules, key): (&'static dyn VerificationAlgorithm, &[u8]) =
            match (&self.pair, algorithm) {
                (Pair::Rsa(pair), "RS256") => {
                    (&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref())
                }
                (Pair::Rsa(pair), "RS384") => {
                    (&RSA_PKCS1_2048_8192_SHA384, pair.public_key().as_ref())
                }
                (Pair::Rsa(pair), "RS512") => {
                    (&RSA_PKCS1_2048_8192_SHA512, pair.public_key().as_ref())
                }
                (Pair::Ecdsa(pair), "ES256") if self.algorithm == Algorithm::Es256 => {
                    (&ECDSA_P256_SHA256_FIXED, pair.public_key().as_ref())
                }
                (Pair::Ecdsa(pair), "ES384") if self.algorithm == Algorithm::Es384 => {
                    (&ECDSA_P384_SHA384_FIXED, pair.public_key().as_ref())
                }
                _ => return false,
            };
        UnparsedPublicKey::new(rules, key)
            .verify(message, signature)
            .is_ok()
    }

    /// Returns the signature over `message` in JWS form (RFC 7518 section 3).
    #[must_use]
    pub fn signature(&self, message: &[u8]) -> Vec<u8> {
        self.signature_as(self.algorithm, message)
    }

    /// Signs a header and a payload exactly as they are written.
    ///
    /// The signature is valid whatever the text says. Nothing is parsed, so the text need not be
    /// JSON.
    ///
    /// ```
    /// use okta_tower::Algorithm;
    /// use okta_tower_test::Key;
    ///
    /// let key = Key::generate(Algorithm::EdDsa);
    /// let twice = key.sign_raw(r#"{"alg":"EdDSA","alg":"none"}"#, r#"{"sub":"ada"}"#);
    /// assert_eq!(twice.split('.').count(), 3);
    /// ```
    #[must_use]
    pub fn sign_raw(&self, header: &str, payload: &str) -> String {
        self.sign_raw_as(self.algorithm, header, payload)
    }

    pub(crate) fn sign_raw_as(&self, algorithm: Algorithm, header: &str, payload: &str) -> String {
        jws::compact(header, payload, |message| {
            self.signature_as(algorithm, message)
        })
    }

    /// Signs with an algorithm. An RSA key can sign with each RSA algorithm.
    fn signature_as(&self, algorithm: Algorithm, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match (&self.pair, padding(algorithm)) {
            (Pair::Rsa(pair), Some(padding)) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &random, message, &mut signature)
                    .expect("RSA signing failed");
                signature
            }
            (Pair::Ecdsa(pair), None) if algorithm == self.algorithm => pair
                .sign(&random, message)
                .expect("ECDSA signing failed")
                .as_ref()
                .to_vec(),
            (Pair::Ed25519(pair), None) if algorithm == self.algorithm => {
                pair.sign(message).as_ref().to_vec()
            }
            _ => panic!(
                "a key for {} cannot sign with {algorithm}: start the issuer with that algorithm, \
                 or publish a `Key::generate` of it and sign with `.key(…)`",
                self.algorithm
            ),
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("kid", &self.kid)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

/// Returns the padding of an RSA algorithm, or `None` for other algorithms.
fn padding(algorithm: Algorithm) -> Option<&'static dyn RsaEncoding> {
    Some(match algorithm {
        Algorithm::Rs256 => &RSA_PKCS1_SHA256,
        Algorithm::Rs384 => &RSA_PKCS1_SHA384,
        Algorithm::Rs512 => &RSA_PKCS1_SHA512,
        Algorithm::Ps256 => &RSA_PSS_SHA256,
        Algorithm::Ps384 => &RSA_PSS_SHA384,
        Algorithm::Ps512 => &RSA_PSS_SHA512,
        _ => return None,
    })
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
