//! Why a request was refused: plain values, made by the rooms above and read by responders, logs and tests.
//!
//! Every error here is for the *request* path: it is small, cheap to clone, and holds nothing that came
//! from the caller. Errors of the start-up are [`ConfigError`](crate::ConfigError) and
//! [`StartError`](crate::StartError).

use std::{error::Error, fmt, sync::Arc};

/// Why a request was not let through.
///
/// Opaque on purpose: [`kind`](Self::kind) says which row of the outcome table applies,
/// [`reason`](Self::reason) is a stable code for logs and metrics, and [`source`](Error::source) is the
/// typed cause ([`TokenError`], [`CredentialsError`], [`Denied`] or [`KeysUnavailable`]). The layer puts one
/// of these into the extensions of every response with which it refuses.
#[derive(Clone, Debug)]
pub struct AuthError(Cause);

#[derive(Clone, Debug)]
enum Cause {
    MissingCredentials,
    Credentials(CredentialsError),
    Token(TokenError),
    Denied(Denied),
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
    /// A token that failed a check: 401 `invalid_token`; gRPC 16.
    InvalidToken,
    /// Authenticated and not allowed: 403; gRPC 7.
    Forbidden,
    /// No keys to judge by, or keys too old to trust: 503 with `Retry-After`; gRPC 14.
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
    pub(crate) const fn missing_credentials() -> Self {
        Self(Cause::MissingCredentials)
    }

    /// Which row of the outcome table applies.
    #[must_use]
    pub const fn kind(&self) -> AuthErrorKind {
        match &self.0 {
            Cause::MissingCredentials => AuthErrorKind::MissingCredentials,
            Cause::Credentials(_) => AuthErrorKind::MalformedRequest,
            Cause::Token(_) => AuthErrorKind::InvalidToken,
            Cause::Denied(_) => AuthErrorKind::Forbidden,
            Cause::Unavailable(_) => AuthErrorKind::Unavailable,
            Cause::Misconfigured(_) => AuthErrorKind::Misconfigured,
        }
    }

    /// A stable code for the exact reason, such as `expired` or `two_headers`. For logs and metrics: it says
    /// more than a caller should be told.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match &self.0 {
            Cause::MissingCredentials => "missing_credentials",
            Cause::Credentials(error) => error.kind.as_str(),
            Cause::Token(error) => error.kind.as_str(),
            Cause::Denied(denied) => denied.kind.as_str(),
            Cause::Unavailable(error) => error.as_str(),
            Cause::Misconfigured(error) => error.as_str(),
        }
    }

    /// The token check that failed, where that was the reason.
    #[must_use]
    pub const fn token_error(&self) -> Option<&TokenError> {
        match &self.0 {
            Cause::Token(error) => Some(error),
            _ => None,
        }
    }

    /// The requirement that was not met, where that was the reason.
    #[must_use]
    pub const fn denied(&self) -> Option<&Denied> {
        match &self.0 {
            Cause::Denied(denied) => Some(denied),
            _ => None,
        }
    }
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind() {
            AuthErrorKind::MissingCredentials => "the request carries no credentials",
            AuthErrorKind::MalformedRequest => "the request's credentials are malformed",
            AuthErrorKind::InvalidToken => "the access token is not valid",
            AuthErrorKind::Forbidden => "the caller is not allowed to do this",
            AuthErrorKind::Unavailable => "the access token cannot be judged at the moment",
            AuthErrorKind::Misconfigured => "authentication is not set up correctly",
        })
    }
}

impl Error for AuthError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0 {
            Cause::MissingCredentials => None,
            Cause::Credentials(error) => Some(error),
            Cause::Token(error) => Some(error),
            Cause::Denied(denied) => Some(denied),
            Cause::Unavailable(error) => Some(error),
            Cause::Misconfigured(error) => Some(error),
        }
    }
}

impl From<CredentialsError> for AuthError {
    fn from(error: CredentialsError) -> Self {
        Self(Cause::Credentials(error))
    }
}

impl From<TokenError> for AuthError {
    fn from(error: TokenError) -> Self {
        Self(Cause::Token(error))
    }
}

impl From<Denied> for AuthError {
    fn from(denied: Denied) -> Self {
        Self(Cause::Denied(denied))
    }
}

impl From<KeysUnavailable> for AuthError {
    fn from(error: KeysUnavailable) -> Self {
        Self(Cause::Unavailable(error))
    }
}

impl From<Misconfigured> for AuthError {
    fn from(error: Misconfigured) -> Self {
        Self(Cause::Misconfigured(error))
    }
}

/// Declares an enum of reasons together with their stable codes and their sentences.
macro_rules! reasons {
    (
        $(#[$doc:meta])*
        pub enum $name:ident {
            $($(#[$variant_doc:meta])* $variant:ident = $code:literal, $sentence:literal;)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $(#[doc = concat!("`", $code, "`: ", $sentence, ".")] $(#[$variant_doc])* $variant,)+
        }

        impl $name {
            /// Every reason there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable code.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }

            const fn sentence(self) -> &'static str {
                match self {
                    $(Self::$variant => $sentence,)+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.sentence())
            }
        }
    };
}

reasons! {
    /// The checks that a token can fail, in the order in which they are made.
    pub enum TokenErrorKind {
        TooLarge = "too_large", "the token is longer than the limit";
        Encrypted = "encrypted", "the token is encrypted (JWE, five parts), which is not supported";
        NotCompact = "not_compact", "the token is not three non-empty parts separated by dots";
        BadEncoding = "bad_encoding", "a part of the token is not canonical base64url without padding";
        BadHeader = "bad_header", "the header is not a plain JSON object with each member once";
        Critical = "critical", "the header asks for an extension (`crit`, `b64`, `zip`) that must not be ignored";
        AlgorithmNotAllowed = "algorithm_not_allowed", "the header's `alg` is not on the list of allowed algorithms";
        TypeNotAllowed = "type_not_allowed", "the header's `typ` is not that of an access token";
        MissingKeyId = "missing_key_id", "the header has no `kid`";
        UnknownKey = "unknown_key", "no current signing key has the header's `kid`";
        KeyMismatch = "key_mismatch", "the key named by `kid` is not for the header's `alg`";
        BadSignature = "bad_signature", "the signature is wrong";
        BadClaims = "bad_claims", "the payload is not a plain JSON object with each member once, or a claim has the wrong type";
        NotAnAccessToken = "not_an_access_token", "the token is an ID token or a logout token";
        SenderConstrained = "sender_constrained", "the token is bound to a key (`cnf`) and may not be used as a plain bearer token";
        MissingClaim = "missing_claim", "a required claim is missing";
        WrongIssuer = "wrong_issuer", "`iss` is not a configured issuer";
        WrongAudience = "wrong_audience", "`aud` holds no configured audience";
        Expired = "expired", "the token has expired";
        NotYetValid = "not_yet_valid", "`nbf` is in the future";
        IssuedInFuture = "issued_in_future", "`iat` is in the future";
        ClientNotAllowed = "client_not_allowed", "`cid` is not on the list of allowed clients";
        ClaimsUnreadable = "claims_unreadable", "the payload does not fit the application's claim type";
    }
}

/// A check that a token failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenError {
    kind: TokenErrorKind,
    claim: Option<&'static str>,
}

impl TokenError {
    pub(crate) const fn new(kind: TokenErrorKind) -> Self {
        Self { kind, claim: None }
    }

    pub(crate) const fn claim_at_fault(kind: TokenErrorKind, claim: &'static str) -> Self {
        Self {
            kind,
            claim: Some(claim),
        }
    }

    /// Which check failed.
    #[must_use]
    pub const fn kind(&self) -> TokenErrorKind {
        self.kind
    }

    /// The name of the claim or header member at fault, where one is. Always one of the names this crate
    /// knows, never text from the token.
    #[must_use]
    pub const fn claim(&self) -> Option<&'static str> {
        self.claim
    }
}

impl From<TokenErrorKind> for TokenError {
    fn from(kind: TokenErrorKind) -> Self {
        Self::new(kind)
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.claim {
            Some(claim) => write!(f, "{} (`{claim}`)", self.kind),
            None => self.kind.fmt(f),
        }
    }
}

impl Error for TokenError {}

reasons! {
    /// The ways in which a request can carry credentials wrongly.
    pub enum CredentialsErrorKind {
        TwoHeaders = "two_headers", "there is more than one Authorization header field";
        TwoMethods = "two_methods", "there is a token in the Authorization header and another in the query";
        NotText = "not_text", "the Authorization header holds bytes that are not visible ASCII";
        BadForm = "bad_form", "the Authorization header is not a scheme, a space, and for `Bearer` a token of the allowed characters";
    }
}

/// Credentials that are there and cannot be read without guessing (RFC 6750 section 3.1, `invalid_request`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CredentialsError {
    kind: CredentialsErrorKind,
}

impl CredentialsError {
    /// For a [`CredentialFinder`](crate::auth::CredentialFinder) of your own.
    #[must_use]
    pub const fn new(kind: CredentialsErrorKind) -> Self {
        Self { kind }
    }

    /// What is wrong with them.
    #[must_use]
    pub const fn kind(&self) -> CredentialsErrorKind {
        self.kind
    }
}

impl fmt::Display for CredentialsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl Error for CredentialsError {}

reasons! {
    /// The kinds of requirement that an authenticated caller can fail.
    pub enum DeniedKind {
        Scope = "scope", "a required scope was not granted";
        Group = "group", "a required group is not held";
        Claim = "claim", "a required claim is missing or has another value";
        Client = "client", "the client is not one of those required";
        CallerType = "caller_type", "a person is required and this is a service, or the reverse";
        Predicate = "predicate", "the application's own check said no";
        Unlisted = "unlisted", "no rule names this method and path";
        AmbiguousPath = "ambiguous_path", "the path can be read in two ways that different rules apply to";
        Nobody = "nobody", "nobody is allowed here";
    }
}

/// A requirement that an authenticated caller did not meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    kind: DeniedKind,
    /// The scopes that would have been enough, separated by spaces: RFC 6750 lets the challenge name them.
    scope: Option<Arc<str>>,
}

impl Denied {
    pub(crate) const fn new(kind: DeniedKind) -> Self {
        Self { kind, scope: None }
    }

    pub(crate) const fn scope(needed: Arc<str>) -> Self {
        Self {
            kind: DeniedKind::Scope,
            scope: Some(needed),
        }
    }

    /// What kind of requirement it was.
    #[must_use]
    pub const fn kind(&self) -> DeniedKind {
        self.kind
    }

    /// The scopes that would have been enough, for [`DeniedKind::Scope`]. Group names are never told.
    #[must_use]
    pub fn needed_scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl Error for Denied {}

reasons! {
    /// Why no token can be judged at the moment.
    pub enum KeysUnavailable {
        NotLoaded = "keys_not_loaded", "the issuer's signing keys have not been loaded yet";
        TooStale = "keys_too_stale", "the issuer's signing keys are too old to be trusted";
    }
}

impl Error for KeysUnavailable {}

reasons! {
    /// Mistakes of the program that show only when a request arrives.
    pub enum Misconfigured {
        LayerMissing = "layer_missing", "a guard or extractor is used without an okta-tower layer around it";
        WrongClaimsType = "wrong_claims_type", "an extractor asks for a claim type that the layer was not given with `.claims::<C>()`";
    }
}

impl Error for Misconfigured {}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_reason_has_its_own_code() {
        let codes: Vec<&str> = (TokenErrorKind::ALL.iter().map(|kind| kind.as_str()))
            .chain(CredentialsErrorKind::ALL.iter().map(|kind| kind.as_str()))
            .chain(DeniedKind::ALL.iter().map(|kind| kind.as_str()))
            .chain(KeysUnavailable::ALL.iter().map(|kind| kind.as_str()))
            .chain(Misconfigured::ALL.iter().map(|kind| kind.as_str()))
            .collect();
        let distinct: HashSet<&str> = codes.iter().copied().collect();
        assert_eq!(distinct.len(), codes.len());
        assert!(
            codes
                .iter()
                .all(|code| code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
        );
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
