//! The compact serialization of a JWS (RFC 7515 section 7.1).

use crate::{
    base::base64url,
    error::{TokenError, TokenErrorKind},
};

/// The three parts of a token, decoded. Nothing in them is checked yet.
pub(crate) struct CompactJws<'t> {
    pub(super) header: Vec<u8>,
    pub(super) payload: Vec<u8>,
    pub(super) signature: Vec<u8>,
    /// What the signature is over: the first two parts as they stand in the token.
    pub(super) signed: &'t [u8],
}

impl<'t> CompactJws<'t> {
    /// Splits a token at its dots and decodes its parts.
    pub(super) fn parse(token: &'t [u8]) -> Result<Self, TokenError> {
        let mut parts = token.split(|byte| *byte == b'.');
        let (Some(header), Some(payload), Some(signature)) =
            (parts.next(), parts.next(), parts.next())
        else {
            return Err(TokenErrorKind::NotCompact.into());
        };
        match parts.take(3).count() {
            0 => {}
            // header.encrypted_key.iv.ciphertext.tag: RFC 7516 section 3.1.
            2 => return Err(TokenErrorKind::Encrypted.into()),
            _ => return Err(TokenErrorKind::NotCompact.into()),
        }
        if header.is_empty() || payload.is_empty() || signature.is_empty() {
            return Err(TokenErrorKind::NotCompact.into());
        }
        let signed = &token[..header.len() + 1 + payload.len()];
        Ok(Self {
            header: decode(header)?,
            payload: decode(payload)?,
            signature: decode(signature)?,
            signed,
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
