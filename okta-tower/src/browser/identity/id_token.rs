//! The checks of an ID token against a key set, a policy, the expectations of the sign-in, and a
//! moment (OpenID Connect Core section 3.1.3.7). Pure. Feature `sign-in`.
//!
//! [`verify_id_token`] lists the checks in their order. The checks of form, key and signature are
//! those of access tokens.

use std::time::Duration;

use aws_lc_rs::digest::{self, SHA256, SHA384, SHA512};

use super::id_payload::{self, IdPayload};
use crate::bearer::token::{CheckError, Policy, authenticate, split};
use crate::{
    error::TokenErrorKind,
    keys::jwk::{Algorithm, KeySet},
};

/// The longest `sub`, in bytes (OpenID Connect Core section 2).
const MAX_SUB_BYTES: usize = 255;

/// What an ID token must satisfy beyond the policy.
#[derive(Clone, Debug)]
pub(crate) struct IdExpectations<'e> {
    pub(crate) client_id: &'e str,
    pub(crate) nonce: Nonce<'e>,
    /// When the token was requested, in Unix seconds.
    pub(crate) requested_at: i64,
    /// The access token of the same response, for `at_hash`.
    pub(crate) access_token: Option<&'e str>,
    /// The requested `max_age`.
    pub(crate) max_age: Option<Duration>,
    /// The requested `acr_values`. Empty: none.
    pub(crate) acr_values: &'e [&'e str],
    /// The identity before, if this token refreshes a session.
    pub(crate) previous: Option<Previous<'e>>,
}

/// The expected `nonce`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Nonce<'e> {
    /// This one. It must be present, because the request contained it.
    Required(&'e str),
    /// This one, or none: a refresh may omit it (OpenID Connect Core section 12.2).
    IfPresent(&'e str),
    /// Any or none.
    NotChecked,
}

/// The identity of a session before its refresh.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Previous<'e> {
    pub(crate) issuer: &'e str,
    pub(crate) subject: &'e str,
}

/// An ID token that passed every check.
#[derive(Clone)]
pub(crate) struct IdToken {
    /// The claims as JSON text.
    pub(crate) payload: String,
    /// The provider's ID of its own session.
    pub(crate) sid: Option<Box<str>>,
    /// Whether the configured groups claim is present, even if empty.
    pub(crate) has_groups: bool,
}

/// Prints nothing from the token.
impl std::fmt::Debug for IdToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IdToken").finish_non_exhaustive()
    }
}

/// Verifies an ID token. `now` is in Unix seconds.
pub(crate) fn verify_id_token(
    token: &str,
    keys: &KeySet,
    policy: &Policy,
    expect: &IdExpectations<'_>,
    now: i64,
) -> Result<IdToken, CheckError> {
    // Checks 1 to 7: its form, that `typ` is absent or `JWT`, and that one of the keys signed it.
    // The key decides the algorithm.
    let jws = split(token.as_bytes(), policy)?;
    let key = authenticate(&jws, keys, policy, |header, _| header.check_id_type())?;
    let algorithm = key.algorithm();
    // 8. The payload is a plain object, each member once, and the claims have their types.
    let text = jws.into_payload()?;
    let payload = id_payload::read(&text, &policy.groups_claim)?;
    // 9. It is an ID token: not an access token, logout token or security event (RFC 8725
    //    section 3.12).
    payload.check_is_id_token()?;
    // 10. It comes from a configured issuer, and is for this client alone: there is no reason to
    //     trust another audience. `azp`, if present, names this client. It is required if `aud`
    //     has several elements.
    policy.check_issuer(payload.iss.as_deref())?;
    check_audience(&payload, expect.client_id)?;
    // 11. It is neither expired nor from the future. `exp` and `iat` are required.
    payload.window(policy)?.check(now)?;
    //     It is not older than the request for it.
    check_age(&payload, expect.requested_at, policy)?;
    // 12. It names a user.
    let subject = payload.subject()?;
    if subject.len() > MAX_SUB_BYTES || !subject.is_ascii() {
        return Err(TokenErrorKind::BadClaims.at("sub").into());
    }
    // 13. It belongs to the request of this browser: `nonce`.
    check_nonce(&payload, expect.nonce)?;
    // 14. It belongs to this access token: `at_hash` (section 3.1.3.8).
    check_access_token(&payload, expect.access_token, algorithm)?;
    // 15. The user signed in as requested: `acr`, `auth_time`.
    check_authentication(&payload, expect, policy, now)?;
    // 16. After a refresh, user and issuer are those from before (section 12.2). Check 10 covers
    //     `aud`.
    check_previous(&payload, subject, expect.previous)?;

    Ok(IdToken {
        sid: payload.sid.as_deref().map(Into::into),
        has_groups: payload.groups.is_some(),
        payload: {
            drop(payload);
            text
        },
    })
}

fn check_audience(payload: &IdPayload<'_>, client_id: &str) -> Result<(), CheckError> {
    let aud = (payload.aud.as_deref()).ok_or(TokenErrorKind::MissingClaim.at("aud"))?;
    if !aud.iter().any(|audience| audience == client_id) {
        return Err(TokenErrorKind::WrongAudience.into());
    }
    if aud.iter().any(|audience| audience != client_id) {
        return Err(TokenErrorKind::UntrustedAudience.into());
    }
    match payload.azp.as_deref() {
        Some(party) if party != client_id => Err(TokenErrorKind::WrongAuthorizedParty.into()),
        None if aud.len() > 1 => Err(TokenErrorKind::MissingClaim.at("azp").into()),
        _ => Ok(()),
    }
}

/// Rejects a token that was issued before it was requested: it answers another request.
fn check_age(
    payload: &IdPayload<'_>,
    requested_at: i64,
    policy: &Policy,
) -> Result<(), CheckError> {
    let leeway = i64::try_from(policy.leeway.as_secs()).unwrap_or(i64::MAX);
    let earliest = requested_at.saturating_sub(leeway);
    match payload.iat {
        Some(iat) if iat.rounded_down() < earliest => {
            Err(TokenErrorKind::IssuedBeforeRequest.at("iat").into())
        }
        _ => Ok(()),
    }
}

fn check_nonce(payload: &IdPayload<'_>, expected: Nonce<'_>) -> Result<(), CheckError> {
    match (expected, payload.nonce.as_deref()) {
        (Nonce::NotChecked, _) | (Nonce::IfPresent(_), None) => Ok(()),
        (Nonce::Required(_), None) => Err(TokenErrorKind::MissingClaim.at("nonce").into()),
        (Nonce::Required(sent) | Nonce::IfPresent(sent), Some(nonce)) if sent == nonce => Ok(()),
        _ => Err(TokenErrorKind::WrongNonce.into()),
    }
}

fn check_access_token(
    payload: &IdPayload<'_>,
    access_token: Option<&str>,
    algorithm: Algorithm,
) -> Result<(), CheckError> {
    match (payload.at_hash.as_deref(), access_token) {
        (Some(hash), Some(token)) if access_token_hash(token, algorithm) != hash => {
            Err(TokenErrorKind::WrongAccessTokenHash.into())
        }
        _ => Ok(()),
    }
}

/// Returns `at_hash`: the left half of the access token's hash, by the hash function of the ID
/// token's `alg`.
pub(crate) fn access_token_hash(access_token: &str, algorithm: Algorithm) -> String {
    let function = match algorithm {
        Algorithm::Rs256 | Algorithm::Ps256 | Algorithm::Es256 => &SHA256,
        Algorithm::Rs384 | Algorithm::Ps384 | Algorithm::Es384 => &SHA384,
        // Ed25519 hashes with SHA-512 (RFC 8032 section 5.1).
        Algorithm::Rs512 | Algorithm::Ps512 | Algorithm::EdDsa => &SHA512,
    };
    let hash = digest::digest(function, access_token.as_bytes());
    let (left, _) = hash.as_ref().split_at(hash.as_ref().len() / 2);
    crate::base::base64url::encode(left)
}

fn check_authentication(
    payload: &IdPayload<'_>,
    expect: &IdExpectations<'_>,
    policy: &Policy,
    now: i64,
) -> Result<(), CheckError> {
    if !expect.acr_values.is_empty() {
        match payload.acr.as_deref() {
            None => return Err(TokenErrorKind::MissingClaim.at("acr").into()),
            Some(acr) if !expect.acr_values.contains(&acr) => {
                return Err(TokenErrorKind::WrongAssurance.into());
            }
            Some(_) => {}
        }
    }
    let Some(max_age) = expect.max_age else {
        return Ok(());
    };
    let auth_time = (payload.auth_time).ok_or(TokenErrorKind::MissingClaim.at("auth_time"))?;
    let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    let leeway = seconds(policy.leeway);
    let oldest = now.saturating_sub(seconds(max_age)).saturating_sub(leeway);
    if auth_time.rounded_down() < oldest {
        return Err(TokenErrorKind::AuthenticationTooOld.into());
    }
    if auth_time.rounded_up() > now.saturating_add(leeway) {
        return Err(TokenErrorKind::IssuedInFuture.at("auth_time").into());
    }
    Ok(())
}

fn check_previous(
    payload: &IdPayload<'_>,
    subject: &str,
    previous: Option<Previous<'_>>,
) -> Result<(), CheckError> {
    match previous {
        Some(previous) if previous.issuer != payload.iss.as_deref().unwrap_or_default() => {
            Err(TokenErrorKind::OtherPerson.at("iss").into())
        }
        Some(previous) if previous.subject != subject => {
            Err(TokenErrorKind::OtherPerson.at("sub").into())
        }
        _ => Ok(()),
    }
}
