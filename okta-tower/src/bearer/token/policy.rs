//! The requirements on every token, fixed when the configuration is built.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use crate::{
    error::{TokenError, TokenErrorKind},
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
    pub(crate) groups_claim: Box<str>,
    /// The longest token that is read, in bytes.
    pub(crate) max_token_bytes: usize,
}

impl Policy {
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
