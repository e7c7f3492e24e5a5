//! Verifies one token against a key set, a policy and a time. Pure: no clock, no network, no lock.
//!
//! [`verify`] is the list of checks, in their order: cheap checks of form first, the signature
//! before anything in the payload, the claims last.

pub(crate) mod compact;
pub(crate) mod groups;
pub(crate) mod header;
pub(crate) mod payload;
mod policy;
pub(crate) mod values;
pub(crate) mod window;

#[cfg(test)]
mod claims_tests;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod form_tests;
#[cfg(test)]
mod header_tests;
#[cfg(test)]
mod kinds_tests;
#[cfg(test)]
mod lists_tests;
#[cfg(test)]
mod times_tests;
#[cfg(test)]
mod wycheproof;

use std::sync::Arc;

pub use policy::TokenType;

pub(crate) use self::{compact::CompactJws, policy::Policy, window::Window};

use self::header::Header;
use crate::{
    claims::{SpanBuilder, Verified},
    error::{TokenError, TokenErrorKind},
    keys::jwk::{KeySet, PreparedKey, Selection},
};

/// A token that passed every check, and what that depends on.
#[derive(Debug)]
pub(crate) struct VerifiedToken<'k> {
    pub(crate) verified: Verified,
    /// The key that signed it. If the key leaves the set, the token is no longer valid.
    pub(crate) key: &'k Arc<PreparedKey>,
    /// When it is valid.
    pub(crate) window: Window,
}

/// Why a token is rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CheckError {
    /// It fails a check, whatever the keys.
    Token(TokenError),
    /// Its form is right, and no current key has this `kid`. A newly published key may.
    UnknownKey(String),
}

impl From<TokenError> for CheckError {
    fn from(error: TokenError) -> Self {
        Self::Token(error)
    }
}

impl From<TokenErrorKind> for CheckError {
    fn from(kind: TokenErrorKind) -> Self {
        Self::Token(kind.into())
    }
}

/// Makes the checks that need no key: a token that fails one fails by any key.
pub(crate) fn split<'t>(token: &'t [u8], policy: &Policy) -> Result<CompactJws<'t>, TokenError> {
    // 1. Its length is within the limit.
    if token.len() > policy.max_token_bytes {
        return Err(TokenErrorKind::TooLarge.into());
    }
    // 2. It is a JWS in compact form: three parts of canonical base64url (RFC 7515 section 7.1).
    //    Five parts would be a JWE.
    CompactJws::parse(token)
}

/// Verifies an access token. `now` is in Unix seconds.
pub(crate) fn verify<'k>(
    jws: CompactJws<'_>,
    keys: &'k KeySet,
    policy: &Policy,
    now: i64,
) -> Result<VerifiedToken<'k>, CheckError> {
    // Checks 1 and 2 are in `split`, 3 to 7 in `authenticate`.
    let key = authenticate(&jws, keys, policy, |header, policy| {
        header.check_type(policy)
    })?;
    // 8. The payload is a plain object, each member once, and the claims have their types.
    let text = jws.into_payload()?;
    let payload = payload::read(&text, policy)?;
    // 9. It is a plain bearer access token: not an ID token, not a logout token, not bound to a key
    //    (RFC 8725 section 3.12; RFC 9449 section 7.2).
    payload.check_is_bearer_access_token()?;
    // 10. It comes from a configured issuer and is for a configured audience.
    let issuer = policy.check_issuer(payload.iss.as_deref())?;
    payload.check_audience(policy)?;
    // 11. It is neither expired nor from the future. `exp` is required.
    let window = payload.window(policy)?;
    window.check(now)?;
    // 12. It was issued to an allowed client and, if RFC 9068 is required, is complete.
    payload.check_client(policy)?;
    payload.check_complete(policy)?;

    let mut spans = SpanBuilder::of(&text);
    let core = payload.core(issuer, policy, &mut spans)?;
    let behind = spans.behind();
    Ok(VerifiedToken {
        verified: Verified::new(core, text, &behind),
        key,
        window,
    })
}

/// Makes the checks that need no claims, and returns the key that signed the token.
///
/// The payload is genuine after this; its claims are not checked yet.
pub(crate) fn authenticate<'k>(
    jws: &CompactJws<'_>,
    keys: &'k KeySet,
    policy: &Policy,
    check_type: impl FnOnce(&Header<'_>, &Policy) -> Result<(), TokenError>,
) -> Result<&'k Arc<PreparedKey>, CheckError> {
    // 3. The header is a plain object, each member once, without critical extensions (RFC 7515
    //    section 4.1.11; RFC 7797 `b64`). `jku`, `jwk`, `x5u` and `x5c` are never followed (RFC
    //    8725 section 3.10).
    let header = header::read(&jws.header)?;
    // 4. `alg` is allowed, by exact name (RFC 8725 section 3.1). `none` and HMAC have no name here.
    let algorithm = header.algorithm(policy)?;
    // 5. `typ` is that of the expected kind of token (RFC 9068 section 4; RFC 8725 section 3.11).
    check_type(&header, policy)?;
    // 6. `kid` names a current key, and the key is for this `alg`: the key decides, not the token.
    let kid = header.key_id()?;
    let key = match keys.select(kid, algorithm) {
        Selection::Key(key) => key,
        Selection::OtherAlgorithm => return Err(TokenErrorKind::KeyMismatch.into()),
        Selection::Unknown => return Err(CheckError::UnknownKey(kid.to_owned())),
    };
    // 7. The signature is valid.
    if !key.verifies(jws.signed, &jws.signature) {
        return Err(TokenErrorKind::BadSignature.into());
    }
    Ok(key)
}
