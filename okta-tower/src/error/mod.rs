//! Why a request was refused: plain values, made by the rooms above and read by responders, logs and tests.
//!
//! Every error here is for the *request* path: it is small, cheap to clone, and holds nothing that came
//! from the caller. Errors of the start-up are [`ConfigError`](crate::ConfigError) and
//! [`StartError`](crate::StartError).

mod credentials;
mod current_user;
mod denied;
mod keys;
mod reasons;
mod session;
mod token;

use std::{error::Error, fmt};

use self::reasons::reasons;
pub use self::{
    credentials::{CredentialsError, CredentialsErrorKind},
    current_user::CurrentUserError,
    denied::{Denied, DeniedKind},
    keys::{Endpoint, KeysUnavailable, RefreshErrorKind},
    session::SessionError,
    token::{TokenError, TokenErrorKind},
};

/// Why a request was not let through.
///
/// Opaque on purpose: [`kind`](Self::kind) says which row of the outcome table applies,
/// [`reason`](Self::reason) is a stable code for logs and metrics, and [`source`](Error::source) is the
/// typed cause ([`TokenError`], [`CredentialsError`], [`SessionError`], [`Denied`], [`CurrentUserError`] or [`KeysUnavailable`]). The layer puts one
/// of these into the extensions of every response with which it refuses.
#[derive(Clone)]
pub struct AuthError {
    cause: Cause,
}

#[derive(Clone, Debug)]
enum Cause {
    MissingCredentials(Absence),
    Credentials(CredentialsError),
    Token(TokenError),
    Session(SessionError),
    Denied(Denied),
    CurrentUser(CurrentUserError),
    Unavailable(KeysUnavailable),
    Misconfigured(Misconfigured),
}

/// The rows of the outcome table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuthErrorKind {
    /// No credentials of a kind we know: 401, a challenge without `error`; gRPC 16.
    MissingCredentials,
    /// Credentials that no parser should guess about: 400 `invalid_request`; gRPC 16.
    MalformedRequest,
    /// A token that failed a check, or a session that has ended: 401 `invalid_token`; gRPC 16.
    InvalidToken,
    /// Authenticated and not allowed: 403; gRPC 7.
    Forbidden,
    /// No keys to judge by, keys too old to trust, or an unknown key that the issuer cannot be asked for at the moment: 503
    /// with `Retry-After`; gRPC 14.
    Unavailable,
    /// The program is put together wrongly: 500; gRPC 13.
    Misconfigured,
}

impl AuthErrorKind {
    /// A stable code in snake case, the same as the `outcome` label of the metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MissingCredentials => "missing_credentials",
            Self::MalformedRequest => "malformed_request",
            Self::InvalidToken => "invalid_token",
            Self::Forbidden => "forbidden",
            Self::Unavailable => "unavailable",
            Self::Misconfigured => "misconfigured",
        }
    }
}

impl AuthError {
    const fn of(cause: Cause) -> Self {
        Self { cause }
    }

    /// That nobody is calling, where somebody must. For guards of your own in frameworks that do not hand out a request's
    /// extensions as a whole; where yours does, [`require_caller`](crate::auth::require_caller) tells a request without
    /// credentials from a layer that is missing.
    #[must_use]
    pub const fn missing_credentials() -> Self {
        Self::of(Cause::MissingCredentials(Absence::NoCredentials))
    }

    pub(crate) const fn other_scheme() -> Self {
        Self::of(Cause::MissingCredentials(Absence::OtherScheme))
    }

    pub(crate) const fn no_scheme() -> Self {
        Self::of(Cause::MissingCredentials(Absence::NoScheme))
    }

    /// Whether the request has no credentials to check: an optional layer takes that, or an ended
    /// session, for an anonymous caller.
    pub(crate) fn is_absence(&self) -> bool {
        match &self.cause {
            Cause::MissingCredentials(_) => true,
            Cause::Session(error) => error.is_final(),
            _ => false,
        }
    }

    /// Which row of the outcome table applies.
    #[must_use]
    pub const fn kind(&self) -> AuthErrorKind {
        match &self.cause {
            Cause::MissingCredentials(_) => AuthErrorKind::MissingCredentials,
            Cause::Credentials(_) => AuthErrorKind::MalformedRequest,
            Cause::Token(_) => AuthErrorKind::InvalidToken,
            Cause::Session(error) => error.outcome(),
            Cause::Denied(_) => AuthErrorKind::Forbidden,
            Cause::CurrentUser(error) => error.outcome(),
            Cause::Unavailable(_) => AuthErrorKind::Unavailable,
            Cause::Misconfigured(_) => AuthErrorKind::Misconfigured,
        }
    }

    /// A stable code for the exact reason, such as `expired` or `two_headers`. For logs and metrics: it says
    /// more than a caller should be told.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match &self.cause {
            Cause::MissingCredentials(absence) => absence.as_str(),
            Cause::Credentials(error) => error.kind().as_str(),
            Cause::Token(error) => error.kind().as_str(),
            Cause::Session(error) => error.as_str(),
            Cause::Denied(denied) => denied.kind().as_str(),
            Cause::CurrentUser(error) => error.as_str(),
            Cause::Unavailable(error) => error.as_str(),
            Cause::Misconfigured(error) => error.as_str(),
        }
    }

    /// Returns every [`reason`](Self::reason), each once.
    pub(crate) fn reasons() -> impl Iterator<Item = &'static str> {
        (Absence::ALL.iter().map(|absence| absence.as_str()))
            .chain(TokenErrorKind::ALL.iter().map(|kind| kind.as_str()))
            .chain(CredentialsErrorKind::ALL.iter().map(|kind| kind.as_str()))
            .chain(SessionError::ALL.iter().map(|kind| kind.as_str()))
            .chain(DeniedKind::ALL.iter().map(|kind| kind.as_str()))
            .chain(CurrentUserError::ALL.iter().map(|kind| kind.as_str()))
            .chain(KeysUnavailable::ALL.iter().map(|kind| kind.as_str()))
            .chain(Misconfigured::ALL.iter().map(|kind| kind.as_str()))
    }

    /// The token check that failed, where that was the reason.
    #[must_use]
    pub const fn token_error(&self) -> Option<&TokenError> {
        match &self.cause {
            Cause::Token(error) => Some(error),
            _ => None,
        }
    }

    /// What was wrong with the session, where that was the reason.
    #[must_use]
    pub const fn session_error(&self) -> Option<SessionError> {
        match &self.cause {
            Cause::Session(error) => Some(*error),
            _ => None,
        }
    }

    /// What is the matter with the caller's own account at Okta, where that was the reason. Feature `api`.
    #[must_use]
    pub const fn current_user_error(&self) -> Option<CurrentUserError> {
        match &self.cause {
            Cause::CurrentUser(error) => Some(*error),
            _ => None,
        }
    }

    /// The requirement that was not met, where that was the reason.
    #[must_use]
    pub const fn denied(&self) -> Option<&Denied> {
        match &self.cause {
            Cause::Denied(denied) => Some(denied),
            _ => None,
        }
    }
}

impl fmt::Debug for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AuthError").field(&self.cause).finish()
    }
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind() {
            AuthErrorKind::MissingCredentials => "the request carries no credentials",
            AuthErrorKind::MalformedRequest => "the request's credentials are malformed",
            AuthErrorKind::InvalidToken => "the access token or session is not valid",
            AuthErrorKind::Forbidden => "the caller is not allowed to do this",
            AuthErrorKind::Unavailable => "the caller cannot be judged at the moment",
            AuthErrorKind::Misconfigured => "authentication is not set up correctly",
        })
    }
}

impl Error for AuthError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.cause {
            Cause::MissingCredentials(_) => None,
            Cause::Credentials(error) => Some(error),
            Cause::Token(error) => Some(error),
            Cause::Session(error) => Some(error),
            Cause::Denied(denied) => Some(denied),
            Cause::CurrentUser(error) => Some(error),
            Cause::Unavailable(error) => Some(error),
            Cause::Misconfigured(error) => Some(error),
        }
    }
}

impl From<CredentialsError> for AuthError {
    fn from(error: CredentialsError) -> Self {
        Self::of(Cause::Credentials(error))
    }
}

impl From<TokenError> for AuthError {
    fn from(error: TokenError) -> Self {
        Self::of(Cause::Token(error))
    }
}

impl From<SessionError> for AuthError {
    fn from(error: SessionError) -> Self {
        Self::of(Cause::Session(error))
    }
}

impl From<Denied> for AuthError {
    fn from(denied: Denied) -> Self {
        Self::of(Cause::Denied(denied))
    }
}

impl From<CurrentUserError> for AuthError {
    fn from(error: CurrentUserError) -> Self {
        Self::of(Cause::CurrentUser(error))
    }
}

impl From<KeysUnavailable> for AuthError {
    fn from(error: KeysUnavailable) -> Self {
        Self::of(Cause::Unavailable(error))
    }
}

impl From<Misconfigured> for AuthError {
    fn from(error: Misconfigured) -> Self {
        Self::of(Cause::Misconfigured(error))
    }
}

/// Why a request has no credentials to check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Absence {
    NoCredentials,
    OtherScheme,
    NoScheme,
}

impl Absence {
    const ALL: &'static [Self] = &[Self::NoCredentials, Self::OtherScheme, Self::NoScheme];

    const fn as_str(self) -> &'static str {
        match self {
            Self::NoCredentials => "missing_credentials",
            Self::OtherScheme => "other_scheme",
            Self::NoScheme => "no_scheme",
        }
    }
}

reasons! {
    /// Mistakes of the program that show only when a request arrives.
    pub enum Misconfigured {
        LayerMissing = "layer_missing", "a guard or extractor is used without an okta-tower layer around it";
        WrongClaimsType = "wrong_claims_type", "an extractor asks for a claim type that the layer was not given with `.claims::<C>()`";
        ApiMissing = "api_missing", "a caller's account at Okta is asked for, and the management API is not turned on with `OktaBuilder::api`";
        OtherIssuer = "other_issuer", "a caller of one issuer is looked up in the org of another";
    }
}

impl Error for Misconfigured {}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_reason_has_its_own_code() {
        let codes: Vec<&str> = AuthError::reasons().collect();
        let distinct: HashSet<&str> = codes.iter().copied().collect();
        assert_eq!(distinct.len(), codes.len());
        assert!(
            codes
                .iter()
                .all(|code| code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
        );
    }

    #[test]
    fn every_reason_is_listed() {
        let errors = (Absence::ALL.iter())
            .map(|absence| AuthError::of(Cause::MissingCredentials(*absence)))
            .chain((TokenErrorKind::ALL.iter()).map(|kind| TokenError::from(*kind).into()))
            .chain(
                (CredentialsErrorKind::ALL.iter()).map(|kind| CredentialsError::new(*kind).into()),
            )
            .chain((SessionError::ALL.iter()).map(|error| (*error).into()))
            .chain((DeniedKind::ALL.iter()).map(|kind| Denied::new(*kind).into()))
            .chain((CurrentUserError::ALL.iter()).map(|error| (*error).into()))
            .chain((KeysUnavailable::ALL.iter()).map(|error| (*error).into()))
            .chain((Misconfigured::ALL.iter()).map(|error| (*error).into()));
        let errors: Vec<AuthError> = errors.collect();
        assert_eq!(errors.len(), AuthError::reasons().count());
        for error in errors {
            let mut listed = AuthError::reasons();
            assert!(listed.any(|reason| reason == error.reason()), "{error:?}");
        }
    }

    #[test]
    fn an_error_leads_to_its_typed_cause() {
        let error = AuthError::from(TokenError::claim_at_fault(
            TokenErrorKind::MissingClaim,
            "exp",
        ));
        assert_eq!(error.kind(), AuthErrorKind::InvalidToken);
        assert_eq!(error.reason(), "missing_claim");
        let source = error
            .source()
            .unwrap()
            .downcast_ref::<TokenError>()
            .unwrap();
        assert_eq!(source.claim(), Some("exp"));
        assert_eq!(source.to_string(), "a required claim is missing (`exp`)");
        assert!(AuthError::missing_credentials().source().is_none());
    }
}
