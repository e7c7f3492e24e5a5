//! Why a request was rejected: plain values for responders, logs and tests.
//!
//! Every error here is for the *request* path: small, cheap to clone, and without anything that
//! came from the client. Start-up errors are [`ConfigError`](crate::ConfigError) and
//! [`StartError`](crate::StartError).

mod credentials;
mod current_user;
mod denied;
mod keys;
mod kind;
mod reasons;
mod session;
mod token;

use std::{error::Error, fmt, sync::Arc};

use self::reasons::reasons;
pub use self::{
    credentials::{CredentialsError, CredentialsErrorKind},
    current_user::CurrentUserError,
    denied::{Denied, DeniedKind},
    keys::{Endpoint, KeysUnavailable, RefreshErrorKind},
    kind::AuthErrorKind,
    session::SessionError,
    token::{TokenError, TokenErrorKind},
};

/// Why a request was rejected.
///
/// Opaque, so that reasons can be added: [`kind`](Self::kind) is the row of the outcome table,
/// [`reason`](Self::reason) a stable code for logs and metrics, and [`source`](Error::source) the
/// typed cause ([`TokenError`], [`CredentialsError`], [`SessionError`], [`Denied`],
/// [`CurrentUserError`] or [`KeysUnavailable`]). The layer puts one into the extensions of every
/// rejection.
#[derive(Clone)]
pub struct AuthError {
    cause: Cause,
}

#[derive(Clone, Debug)]
enum Cause {
    MissingCredentials(Absence),
    Credentials(CredentialsError),
    /// What is configured, where the token differs.
    Token(TokenError, Option<Arc<str>>),
    Session(SessionError),
    Denied(Denied),
    CurrentUser(CurrentUserError),
    Unavailable(KeysUnavailable),
    Misconfigured(Misconfigured),
}

impl AuthError {
    const fn of(cause: Cause) -> Self {
        Self { cause }
    }

    /// Returns the error for a request without the required credentials.
    ///
    /// For your own guards in frameworks that do not expose a request's extensions as a whole. If
    /// yours does, [`require_caller`](crate::auth::require_caller) also detects a missing layer.
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

    /// Returns the error for a token, with what is configured where the token differs.
    pub(crate) fn token(error: TokenError, configured: Option<String>) -> Self {
        Self::of(Cause::Token(error, configured.map(Into::into)))
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

    /// Returns the row of the outcome table that applies.
    #[must_use]
    pub const fn kind(&self) -> AuthErrorKind {
        match &self.cause {
            Cause::MissingCredentials(_) => AuthErrorKind::MissingCredentials,
            Cause::Credentials(_) => AuthErrorKind::MalformedRequest,
            Cause::Token(error, _) => error.kind().outcome(),
            Cause::Session(error) => error.outcome(),
            Cause::Denied(_) => AuthErrorKind::Forbidden,
            Cause::CurrentUser(error) => error.outcome(),
            Cause::Unavailable(_) => AuthErrorKind::Unavailable,
            Cause::Misconfigured(_) => AuthErrorKind::Misconfigured,
        }
    }

    /// Returns a stable code for the exact reason, such as `expired` or `two_headers`.
    ///
    /// For logs and metrics: it says more than a client should learn.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match &self.cause {
            Cause::MissingCredentials(absence) => absence.as_str(),
            Cause::Credentials(error) => error.kind().as_str(),
            Cause::Token(error, _) => error.kind().as_str(),
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

    /// Returns the token check that failed, if that was the reason.
    #[must_use]
    pub const fn token_error(&self) -> Option<&TokenError> {
        match &self.cause {
            Cause::Token(error, _) => Some(error),
            _ => None,
        }
    }

    /// Returns what is configured where the token differs: the accepted issuers or audiences, the
    /// groups claim, a limit. `None` for a check without a setting, and for other reasons.
    ///
    /// For logs: never text of the token, and more than a client should learn.
    #[must_use]
    pub fn configured(&self) -> Option<&str> {
        match &self.cause {
            Cause::Token(_, configured) => configured.as_deref(),
            _ => None,
        }
    }

    /// Returns what was wrong with the session, if that was the reason.
    #[must_use]
    pub const fn session_error(&self) -> Option<SessionError> {
        match &self.cause {
            Cause::Session(error) => Some(*error),
            _ => None,
        }
    }

    /// Returns what was wrong with the caller's account at Okta, if that was the reason. Feature
    /// `api`.
    #[must_use]
    pub const fn current_user_error(&self) -> Option<CurrentUserError> {
        match &self.cause {
            Cause::CurrentUser(error) => Some(*error),
            _ => None,
        }
    }

    /// Returns the requirement that was not met, if that was the reason.
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
            AuthErrorKind::TooLarge => "the access token is longer than the limit",
            AuthErrorKind::Forbidden => "the caller is not allowed to do this",
            AuthErrorKind::Unavailable => "the caller cannot be verified at the moment",
            AuthErrorKind::Misconfigured => "authentication is not set up correctly",
        })
    }
}

impl Error for AuthError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.cause {
            Cause::MissingCredentials(_) => None,
            Cause::Credentials(error) => Some(error),
            Cause::Token(error, _) => Some(error),
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
        Self::token(error, None)
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
    /// Misconfigurations that show only when a request arrives.
    pub enum Misconfigured {
        LayerMissing = "layer_missing",
            "a guard or extractor is used without an okta-tower layer around it";
        WrongClaimsType = "wrong_claims_type",
            "an extractor asks for a claim type that the layer was not configured with; add \
             `.claims::<C>()`";
        ApiMissing = "api_missing",
            "the caller's account at Okta is needed, and the management API is off; turn it on \
             with `OktaBuilder::api`";
        OtherIssuer = "other_issuer", "a caller of one issuer is looked up in the org of another";
    }
}

impl Error for Misconfigured {}

#[cfg(test)]
impl AuthError {
    /// An error for every reason.
    pub(crate) fn all() -> Vec<Self> {
        let errors = (Absence::ALL.iter())
            .map(|absence| Self::of(Cause::MissingCredentials(*absence)))
            .chain((TokenErrorKind::ALL.iter()).map(|kind| TokenError::from(*kind).into()))
            .chain(
                (CredentialsErrorKind::ALL.iter()).map(|kind| CredentialsError::new(*kind).into()),
            )
            .chain((SessionError::ALL.iter()).map(|error| (*error).into()))
            .chain((DeniedKind::ALL.iter()).map(|kind| Denied::new(*kind).into()))
            .chain((CurrentUserError::ALL.iter()).map(|error| (*error).into()))
            .chain((KeysUnavailable::ALL.iter()).map(|error| (*error).into()))
            .chain((Misconfigured::ALL.iter()).map(|error| (*error).into()));
        errors.collect()
    }
}

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
        let errors = AuthError::all();
        assert_eq!(errors.len(), AuthError::reasons().count());
        for error in errors {
            let mut listed = AuthError::reasons();
            assert!(listed.any(|reason| reason == error.reason()), "{error:?}");
        }
    }

    #[test]
    fn source_is_the_typed_cause() {
        let error = AuthError::from(TokenErrorKind::MissingClaim.at("exp"));
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
