//! The compact serialization of a JWS (RFC 7515 section 7.1).

use memchr::memchr_iter;

use crate::{
    base::base64url,
    error::{TokenError, TokenErrorKind},
};

/// The three parts of a token, decoded. Nothing in them is checked yet.
pub(crate) struct CompactJws<'t> {
    pub(crate) header: Vec<u8>,
    pub(crate) payload: Vec<u8>,
    pub(crate) signature: Vec<u8>,
    /// What the signature is over: the first two parts as they stand in the token.
    pub(crate) signed: &'t [u8],
}

impl<'t> CompactJws<'t> {
    /// Splits a token at its dots and decodes its parts.
    pub(crate) fn parse(token: &'t [u8]) -> Result<Self, TokenError> {
        let mut dots = memchr_iter(b'.', token);
        let (Some(first), Some(second)) = (dots.next(), dots.next()) else {
            return Err(TokenErrorKind::NotCompact.into());
        };
        match dots.take(3).count() {
            0 => {}
            // header.encrypted_key.iv.ciphertext.tag: RFC 7516 section 3.1.
            2 => return Err(TokenErrorKind::Encrypted.into()),
            _ => return Err(TokenErrorKind::NotCompact.into()),
        }
        let (header, payload) = (&token[..first], &token[first + 1..second]);
        let signature = &token[second + 1..];
        if header.is_empty() || payload.is_empty() || signature.is_empty() {
            return Err(TokenErrorKind::NotCompact.into());
        }
        Ok(Self {
            header: decode(header)?,
            payload: decode(payload)?,
            signature: decode(signature)?,
            signed: &token[..second],
        })
    }

    /// Returns the payload as text. For use after the signature check.
    pub(crate) fn into_payload(self) -> Result<String, TokenError> {
        String::from_utf8(self.payload).map_err(|_| TokenErrorKind::BadClaims.into())
    }
}

/// Decodes one part. A second spelling of the same bytes is rejected.
fn decode(part: &[u8]) -> Result<Vec<u8>, TokenError> {
    base64url::decode(part).ok_or(TokenErrorKind::BadEncoding.into())
}
