//! Published keys that are not used, and why.

use std::fmt;

/// A published key that is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SkippedKey {
    /// Where it stands in the document, counted from 0.
    pub index: usize,
    /// Why it is not used.
    pub reason: SkipReason,
}

impl fmt::Display for SkippedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key {}: {}", self.index, self.reason)
    }
}

/// Why a key of a JWKS is not used. The other keys of the set are not affected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SkipReason {
    /// Not an object with each member once, or a member of the wrong type.
    Malformed,
    /// No `kid`, an empty one, or one over 256 bytes.
    MissingKeyId,
    /// `use` is there and is not `sig`, or `key_ops` is there without `verify`.
    NotForSignatures,
    /// It holds private or symmetric key members. A published secret proves nothing.
    PrivateMembers,
    /// `kty` is none of `RSA`, `EC`, `OKP`.
    UnknownType,
    /// `crv` is none of `P-256`, `P-384`, `Ed25519`.
    UnknownCurve,
    /// `alg` is there and is not an allowed algorithm for this type, or no allowed algorithm fits
    /// the type.
    ForeignAlgorithm,
    /// The numbers are missing, not canonical base64url, of the wrong length, or no point of the
    /// curve.
    BadNumbers,
    /// The RSA modulus has under 2048 or over 8192 bits.
    RsaSize,
    /// The RSA exponent is even, under 65537, or over 33 bits long.
    RsaExponent,
    /// Another key of the set has the same `kid` and `alg` and differs: neither is used.
    Conflict,
    /// The set holds more keys than are read.
    TooMany,
}

impl SkipReason {
    /// Returns a stable code in snake case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::MissingKeyId => "missing_key_id",
            Self::NotForSignatures => "not_for_signatures",
            Self::PrivateMembers => "private_members",
            Self::UnknownType => "unknown_type",
            Self::UnknownCurve => "unknown_curve",
            Self::ForeignAlgorithm => "foreign_algorithm",
            Self::BadNumbers => "bad_numbers",
            Self::RsaSize => "rsa_size",
            Self::RsaExponent => "rsa_exponent",
            Self::Conflict => "conflict",
            Self::TooMany => "too_many",
        }
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
