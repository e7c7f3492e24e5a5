//! Key material, checked and parsed for verification.

use std::fmt;

use aws_lc_rs::signature::{
    self, ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, ParsedPublicKey,
    RsaParameters, RsaPublicKeyComponents,
};

use super::{algorithm::Algorithm, skip_reason::SkipReason};

/// The smallest and largest RSA moduli, in bits. A smaller one is breakable, a larger one costs too
/// much time.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// The smallest RSA exponent (FIPS 186-5 section A.1.1: above 2^16), and one past the largest that
/// the crypto library takes.
const RSA_EXPONENTS: std::ops::Range<u64> = 65_537..(1 << 33);

/// The public numbers of a key, in one spelling: equal material compares equal.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Material {
    /// Modulus and exponent, big-endian without leading zeros.
    Rsa { n: Box<[u8]>, e: Box<[u8]> },
    /// An uncompressed point on P-256: `04 ‖ x ‖ y`.
    P256(Box<[u8]>),
    /// An uncompressed point on P-384.
    P384(Box<[u8]>),
    /// An Ed25519 public key.
    Ed25519(Box<[u8]>),
}

impl Material {
    /// Returns the material of RSA numbers as in a JWK.
    pub(super) fn rsa(n: &[u8], e: &[u8]) -> Result<Self, SkipReason> {
        let (n, e) = (without_leading_zeros(n), without_leading_zeros(e));
        let bits =
            (n.len() * 8).saturating_sub(n.first().map_or(0, |top| top.leading_zeros() as usize));
        if !RSA_BITS.contains(&bits) {
            return Err(SkipReason::RsaSize);
        }
        let exponent = e.iter().try_fold(0_u64, |number, byte| {
            Some(number.checked_mul(256)? | u64::from(*byte))
        });
        if !exponent.is_some_and(|e| e % 2 == 1 && RSA_EXPONENTS.contains(&e)) {
            return Err(SkipReason::RsaExponent);
        }
        Ok(Self::Rsa {
            n: n.into(),
            e: e.into(),
        })
    }

    /// A curve point as a JWK has it. RFC 7518 section 6.2.1.2: coordinates have the curve's full
    /// length.
    pub(super) fn ec(curve: &str, x: &[u8], y: &[u8]) -> Result<Self, SkipReason> {
        let length = match curve {
            "P-256" => 32,
            "P-384" => 48,
            _ => return Err(SkipReason::UnknownCurve),
        };
        if x.len() != length || y.len() != length {
            return Err(SkipReason::BadNumbers);
        }
        let point = [&[0x04], x, y].concat().into();
        Ok(match length {
            32 => Self::P256(point),
            _ => Self::P384(point),
        })
    }

    /// Returns the material of an Ed25519 key as in a JWK (RFC 8037 section 2).
    pub(super) fn okp(curve: &str, x: &[u8]) -> Result<Self, SkipReason> {
        if curve != "Ed25519" {
            return Err(SkipReason::UnknownCurve);
        }
        if x.len() != 32 {
            return Err(SkipReason::BadNumbers);
        }
        Ok(Self::Ed25519(x.into()))
    }

    /// Returns whether a key of this kind can be used with `algorithm`.
    pub(super) fn fits(&self, algorithm: Algorithm) -> bool {
        match self {
            Self::Rsa { .. } => rsa_parameters(algorithm).is_some(),
            Self::P256(_) => algorithm == Algorithm::Es256,
            Self::P384(_) => algorithm == Algorithm::Es384,
            Self::Ed25519(_) => algorithm == Algorithm::EdDsa,
        }
    }
}

fn without_leading_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

fn rsa_parameters(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    Some(match algorithm {
        Algorithm::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        Algorithm::Rs384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        Algorithm::Rs512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        Algorithm::Ps256 => &signature::RSA_PSS_2048_8192_SHA256,
        Algorithm::Ps384 => &signature::RSA_PSS_2048_8192_SHA384,
        Algorithm::Ps512 => &signature::RSA_PSS_2048_8192_SHA512,
        Algorithm::Es256 | Algorithm::Es384 | Algorithm::EdDsa => return None,
    })
}

/// One key for one algorithm, ready to verify with.
pub(crate) struct PreparedKey {
    kid: Box<str>,
    algorithm: Algorithm,
    material: Material,
    parsed: ParsedPublicKey,
}

impl PreparedKey {
    /// Parses the material. The crypto library rejects points that are not on their curve.
    pub(super) fn new(
        kid: &str,
        algorithm: Algorithm,
        material: Material,
    ) -> Result<Self, SkipReason> {
        let parsed = match &material {
            Material::Rsa { n, e } => {
                let parameters = rsa_parameters(algorithm).ok_or(SkipReason::ForeignAlgorithm)?;
                RsaPublicKeyComponents { n, e }.to_parsed_public_key(parameters)
            }
            Material::P256(point) => ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point),
            Material::P384(point) => ParsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, point),
            Material::Ed25519(key) => ParsedPublicKey::new(&ED25519, key),
        }
        .map_err(|_| SkipReason::BadNumbers)?;
        Ok(Self {
            kid: kid.into(),
            algorithm,
            material,
            parsed,
        })
    }

    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(super) fn material(&self) -> &Material {
        &self.material
    }

    /// Returns whether the two are the same key in everything that verification depends on.
    pub(super) fn is_same_as(&self, kid: &str, algorithm: Algorithm, material: &Material) -> bool {
        *self.kid == *kid && self.algorithm == algorithm && self.material == *material
    }

    /// Returns whether `signature` is this key's signature of `message`.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.parsed.verify_sig(message, signature).is_ok()
    }
}

impl fmt::Debug for PreparedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedKey")
            .field("kid", &self.kid)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}
