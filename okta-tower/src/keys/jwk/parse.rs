//! Reads one JWK.

use std::borrow::Cow;

use serde::de::MapAccess;

use super::{algorithm::Algorithm, material::Material, skip_reason::SkipReason};
use crate::base::{
    base64url,
    json::{self, Member, Members, ReadResult},
};

/// The longest `kid` that is kept, in bytes. Okta's have 43.
pub(crate) const MAX_KID_BYTES: usize = 256;

/// How many members a key may have, inner objects included.
const MAX_MEMBERS: usize = 64;

/// A usable JWK: its name, the algorithm it is bound to if it says so, and its numbers.
pub(super) struct Jwk<'a> {
    pub(super) kid: Cow<'a, str>,
    pub(super) algorithm: Option<Algorithm>,
    pub(super) material: Material,
}

impl<'a> Jwk<'a> {
    /// Reads one element of a JWKS. The order of the checks decides which reason an odd key is
    /// given.
    pub(super) fn parse(text: &'a str) -> Result<Self, SkipReason> {
        let mut members = Found::default();
        json::read_object(text, MAX_MEMBERS, &mut members).map_err(|_| SkipReason::Malformed)?;
        let kty = members.kty.as_deref().ok_or(SkipReason::UnknownType)?;
        if members.is_private || kty == "oct" {
            return Err(SkipReason::PrivateMembers);
        }
        let kid = members.kid.ok_or(SkipReason::MissingKeyId)?;
        if kid.is_empty() || kid.len() > MAX_KID_BYTES {
            return Err(SkipReason::MissingKeyId);
        }
        if members.usage.is_some_and(|usage| usage != "sig") || members.operations == Some(false) {
            return Err(SkipReason::NotForSignatures);
        }
        let number = |member: &Option<Cow<'_, str>>| {
            let text = member.as_deref().ok_or(SkipReason::BadNumbers)?;
            base64url::decode(text).ok_or(SkipReason::BadNumbers)
        };
        let curve = members.crv.as_deref().unwrap_or_default();
        let material = match kty {
            "RSA" => Material::rsa(&number(&members.n)?, &number(&members.e)?)?,
            "EC" => Material::ec(curve, &number(&members.x)?, &number(&members.y)?)?,
            "OKP" => Material::okp(curve, &number(&members.x)?)?,
            _ => return Err(SkipReason::UnknownType),
        };
        let algorithm = match members.alg {
            None => None,
            Some(name) => {
                let algorithm = name.parse().map_err(|_| SkipReason::ForeignAlgorithm)?;
                if !material.fits(algorithm) {
                    return Err(SkipReason::ForeignAlgorithm);
                }
                Some(algorithm)
            }
        };
        Ok(Self {
            kid,
            algorithm,
            material,
        })
    }
}

/// The members that are used, as text. All others are checked for form and dropped.
#[derive(Default)]
struct Found<'a> {
    kty: Option<Cow<'a, str>>,
    kid: Option<Cow<'a, str>>,
    alg: Option<Cow<'a, str>>,
    usage: Option<Cow<'a, str>>,
    /// Whether `key_ops` is there, and if so whether it holds `verify`.
    operations: Option<bool>,
    crv: Option<Cow<'a, str>>,
    n: Option<Cow<'a, str>>,
    e: Option<Cow<'a, str>>,
    x: Option<Cow<'a, str>>,
    y: Option<Cow<'a, str>>,
    is_private: bool,
}

impl<'a> Members<'a> for Found<'a> {
    fn member<A: MapAccess<'a>>(&mut self, name: &str, value: Member<'_, A>) -> ReadResult<'a, A> {
        match name {
            "kty" => self.kty = Some(value.get()?),
            "kid" => self.kid = Some(value.get()?),
            "alg" => self.alg = Some(value.get()?),
            "use" => self.usage = Some(value.get()?),
            "key_ops" => {
                let operations: Vec<Cow<'a, str>> = value.get()?;
                self.operations = Some(operations.iter().any(|operation| operation == "verify"));
            }
            "crv" => self.crv = Some(value.get()?),
            "n" => self.n = Some(value.get()?),
            "e" => self.e = Some(value.get()?),
            "x" => self.x = Some(value.get()?),
            "y" => self.y = Some(value.get()?),
            // RFC 7518 sections 6.2.2, 6.3.2 and 6.4: private keys and shared secrets.
            "d" | "p" | "q" | "dp" | "dq" | "qi" | "oth" | "k" => {
                self.is_private = true;
                value.ignore()?;
            }
            _ => value.skip()?,
        }
        Ok(())
    }
}
