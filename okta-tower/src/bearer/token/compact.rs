//! The three parts of a JWS in compact form.

use std::borrow::Cow;

use memchr::memchr_iter;

use crate::{
    base::base64url,
    error::{TokenError, TokenErrorKind},
};

/// A token taken apart. Nothing in it has been decoded or checked yet.
#[derive(Clone, Copy)]
pub(crate) struct Parts<'t> {
    pub(crate) header: &'t [u8],
    payload: &'t [u8],
    signature: &'t [u8],
    /// What the signature is over: the first two parts as they stand in the token.
    pub(crate) signed: &'t [u8],
}

impl Parts<'_> {
    /// Whether every part is canonical base64url. An odd spelling anywhere is refused before the header is believed, and
    /// before a signature is computed.
    pub(crate) fn check_spelling(&self) -> Result<(), TokenError> {
        let are_canonical =
            [self.header, self.payload, self.signature].map(base64url::is_canonical);
        if are_canonical == [true; 3] {
            Ok(())
        } else {
            Err(TokenErrorKind::BadEncoding.into())
        }
    }

    pub(crate) fn payload(&self) -> Result<Vec<u8>, TokenError> {
        decode(self.payload)
    }

    /// The signature: in `room`, where that is large enough.
    pub(crate) fn signature<'r>(&self, room: &'r mut [u8]) -> Result<Cow<'r, [u8]>, TokenError> {
        base64url::decode_in(self.signature, room).ok_or(TokenErrorKind::BadEncoding.into())
    }
}

/// The bytes that a part stands for.
pub(crate) fn decode(part: &[u8]) -> Result<Vec<u8>, TokenError> {
    base64url::decode(part).ok_or(TokenErrorKind::BadEncoding.into())
}

/// Splits a token at its dots.
pub(crate) fn split(token: &[u8]) -> Result<Parts<'_>, TokenError> {
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
    let (signed, signature) = (&token[..second], &token[second + 1..]);
    if header.is_empty() || payload.is_empty() || signature.is_empty() {
        return Err(TokenErrorKind::NotCompact.into());
    }
    Ok(Parts {
        header,
        payload,
        signature,
        signed,
    })
}
