//! The JOSE header.

use std::borrow::Cow;

use serde::de::MapAccess;

use super::policy::{Policy, TokenType};
use crate::{
    base::json::{self, Member, Members, ReadResult},
    error::{TokenError, TokenErrorKind},
    keys::jwk::{Algorithm, MAX_KID_BYTES},
};

/// How many members a header may have, inner objects included. Okta's has two.
const MAX_MEMBERS: usize = 32;

/// The header members that decide anything.
#[derive(Debug, Default)]
pub(crate) struct Header<'h> {
    alg: Option<Cow<'h, str>>,
    typ: Option<Cow<'h, str>>,
    kid: Option<Cow<'h, str>>,
    /// `crit`, `b64` or `zip` is present. `zip` belongs to JWE: a JWS with it asks for something
    /// that this crate does not do.
    has_extension: bool,
}

/// Reads a header: an object with each member once, and strings where strings belong.
pub(crate) fn read(bytes: &[u8]) -> Result<Header<'_>, TokenError> {
    let text = std::str::from_utf8(bytes).map_err(|_| TokenErrorKind::BadHeader)?;
    let mut header = Header::default();
    json::read_object(text, MAX_MEMBERS, &mut header).map_err(|_| TokenErrorKind::BadHeader)?;
    if header.has_extension {
        return Err(TokenErrorKind::Critical.into());
    }
    Ok(header)
}

impl Header<'_> {
    /// Returns the algorithm, if it is allowed.
    pub(crate) fn algorithm(&self, policy: &Policy) -> Result<Algorithm, TokenError> {
        let name = (self.alg.as_deref()).ok_or(TokenErrorKind::BadHeader.at("alg"))?;
        (name.parse().ok())
            .filter(|algorithm| policy.algorithms.contains(algorithm))
            .ok_or(TokenErrorKind::AlgorithmNotAllowed.into())
    }

    /// Checks that `typ` is that of an access token.
    pub(crate) fn check_type(&self, policy: &Policy) -> Result<(), TokenError> {
        let allowed = match (policy.token_type, self.typ.as_deref()) {
            (TokenType::Lenient, None) => true,
            (TokenType::Lenient, Some(typ)) => is(typ, "at+jwt") || is(typ, "JWT"),
            (TokenType::Rfc9068, Some(typ)) => is(typ, "at+jwt"),
            (TokenType::Rfc9068, None) => false,
        };
        if allowed {
            Ok(())
        } else {
            Err(TokenErrorKind::TypeNotAllowed.into())
        }
    }

    /// Checks that `typ` is that of an ID token: Okta's have none.
    pub(crate) fn check_id_type(&self) -> Result<(), TokenError> {
        match self.typ.as_deref() {
            Some(typ) if !is(typ, "JWT") => Err(TokenErrorKind::NotAnIdToken.at("typ")),
            _ => Ok(()),
        }
    }

    /// Returns the ID of the signing key. It is used for look-up alone.
    pub(crate) fn key_id(&self) -> Result<&str, TokenError> {
        match self.kid.as_deref() {
            Some(kid) if !kid.is_empty() && kid.len() <= MAX_KID_BYTES => Ok(kid),
            _ => Err(TokenErrorKind::MissingKeyId.into()),
        }
    }
}

/// Returns whether `typ` is this media type: without case, and `application/` may be omitted (RFC
/// 7515 section 4.1.9).
fn is(typ: &str, name: &str) -> bool {
    let short = match typ.split_at_checked("application/".len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case("application/") => rest,
        _ => typ,
    };
    short.eq_ignore_ascii_case(name)
}

impl<'de> Members<'de> for Header<'de> {
    fn member<A: MapAccess<'de>>(
        &mut self,
        name: &str,
        value: Member<'_, A>,
    ) -> ReadResult<'de, A> {
        match name {
            "alg" => self.alg = Some(value.text()?),
            "typ" => self.typ = Some(value.text()?),
            "kid" => self.kid = Some(value.text()?),
            "crit" | "b64" | "zip" => {
                self.has_extension = true;
                value.skip()?;
            }
            _ => value.skip()?,
        }
        Ok(())
    }
}
