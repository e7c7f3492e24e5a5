//! The requirements on every token, fixed when the configuration is built.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use super::groups::GroupsClaim;
use crate::{
    error::{AuthError, TokenError, TokenErrorKind},
    keys::jwk::Algorithm,
};

/// The policy of [`verify`](super::verify): data only, fixed for the life of an `Okta`.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    /// The issuer as configured. Local data is keyed by it, whichever accepted issuer a token
    /// names.
    pub(crate) issuer: Arc<str>,
    /// Other values of `iss` of the same authorization server (custom domains).
    pub(crate) extra_issuers: Vec<Arc<str>>,
    /// At least one of these must be in `aud`.
    pub(crate) audiences: Vec<Box<str>>,
    /// `cid` must be one of these; empty allows every client.
    pub(crate) client_ids: BTreeSet<Box<str>>,
    /// The `alg` values accepted.
    pub(crate) algorithms: BTreeSet<Algorithm>,
    /// How far clocks may differ.
    pub(crate) leeway: Duration,
    /// Which `typ` header an access token has.
    pub(crate) token_type: TokenType,
    /// The claim that holds the groups.
    pub(crate) groups_claim: GroupsClaim,
    /// The longest token that is read, in bytes.
    pub(crate) max_token_bytes: usize,
}

impl Policy {
    /// Returns the error for a token, with what is configured where the token differs.
    pub(crate) fn refusal(&self, error: TokenError) -> AuthError {
        let configured = match (error.kind(), error.claim()) {
            (TokenErrorKind::TooLarge, _) => Some(format!("{} bytes", self.max_token_bytes)),
            (TokenErrorKind::WrongIssuer, _) | (_, Some("iss")) => {
                let issuers = std::iter::once(&self.issuer).chain(&self.extra_issuers);
                Some(list(issuers.map(|issuer| &**issuer)))
            }
            (TokenErrorKind::WrongAudience, _) | (_, Some("aud")) => {
                Some(list(self.audiences.iter().map(|name| &**name)))
            }
            (TokenErrorKind::ClientNotAllowed, _) => {
                Some(list(self.client_ids.iter().map(|id| &**id)))
            }
            (TokenErrorKind::AlgorithmNotAllowed, _) => Some(list(
                self.algorithms.iter().map(|algorithm| algorithm.as_str()),
            )),
            (TokenErrorKind::TypeNotAllowed | TokenErrorKind::MissingClaim, _) => {
                Some(format!("{:?}", self.token_type))
            }
            (_, Some("groups")) => Some(self.groups_claim.text().to_owned()),
            _ => None,
        };
        AuthError::token(error, configured)
    }

    /// Returns the accepted issuer that `iss` names, compared as text without normalization.
    pub(crate) fn check_issuer(&self, iss: Option<&str>) -> Result<Arc<str>, TokenError> {
        let iss = iss.ok_or(TokenErrorKind::MissingClaim.at("iss"))?;
        std::iter::once(&self.issuer)
            .chain(&self.extra_issuers)
            .find(|issuer| &***issuer == iss)
            .map(Arc::clone)
            .ok_or(TokenErrorKind::WrongIssuer.into())
    }
}

fn list<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.collect::<Vec<_>>().join(" ")
}

/// Which `typ` header an access token must have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenType {
    /// Absent, `JWT` or `at+jwt`, as Okta and most other issuers send. The default.
    #[default]
    Lenient,
    /// `at+jwt` or `application/at+jwt`, and all claims that RFC 9068 section 2.2 requires (`iss`,
    /// `exp`, `aud`, `sub`, `client_id`, `iat`, `jti`). Okta does not send this by default.
    Rfc9068,
}
