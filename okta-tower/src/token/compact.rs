//! The three parts of a JWS in compact form.

use memchr::memchr_iter;

use crate::{
    base64url,
    error::{TokenError, TokenErrorKind},
};

/// A token taken apart and decoded. Nothing in it has been checked yet.
pub(super) struct Parts<'t> {
    pub(super) header: Vec<u8>,
    payload: Vec<u8>,
    pub(super) signature: Vec<u8>,
    /// What the signature is over: the first two parts as they stand in the token.
    pub(super) signed: &'t str,
}

impl Parts<'_> {
    /// The payload as text. Asked for after the signature was found right.
    pub(super) fn into_payload(self) -> Result<String, TokenError> {
        String::from_utf8(self.payload).map_err(|_| TokenErrorKind::BadClaims.into())
    }
}

/// Splits and decodes. Every part is decoded here, so that a token with an odd spelling anywhere is refused
/// before a signature is computed.
pub(super) fn split(token: &str) -> Result<Parts<'_>, TokenError> {
    let mut dots = memchr_iter(b'.', token.as_bytes());
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
    let (signed, signature) = (&token[..second], &token[second + 1..]);
    if header.is_empty() || payload.is_empty() || signature.is_empty() {
        return Err(TokenErrorKind::NotCompact.into());
    }
    let decode =
        |part: &str| base64url::decode(part).ok_or(TokenError::from(TokenErrorKind::BadEncoding));
    Ok(Parts {
        header: decode(header)?,
        payload: decode(payload)?,
        signature: decode(signature)?,
        signed,
    })
}
