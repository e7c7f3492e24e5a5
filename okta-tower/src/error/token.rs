//! The checks that a token can fail.

use std::{error::Error, fmt};

use super::{kind::AuthErrorKind, reasons::reasons};

reasons! {
    /// The checks that a token can fail, in their order: those of access tokens, then those that
    /// only ID tokens have.
    pub enum TokenErrorKind {
        TooLarge = "too_large", "the token is longer than the limit";
        Encrypted = "encrypted", "the token is encrypted (JWE, five parts), which is not supported";
        NotCompact = "not_compact", "the token is not three non-empty parts separated by dots";
        BadEncoding = "bad_encoding",
            "a part of the token is not canonical base64url without padding";
        BadHeader = "bad_header", "the header is not a plain JSON object with each member once";
        Critical = "critical",
            "the header asks for an extension (`crit`, `b64`, `zip`) that must not be ignored";
        AlgorithmNotAllowed = "algorithm_not_allowed",
            "the header's `alg` is not on the list of allowed algorithms";
        TypeNotAllowed = "type_not_allowed", "the header's `typ` is not that of an access token";
        MissingKeyId = "missing_key_id", "the header has no `kid`";
        UnknownKey = "unknown_key", "no current signing key has the header's `kid`";
        KeyMismatch = "key_mismatch", "the key named by `kid` is not for the header's `alg`";
        BadSignature = "bad_signature", "the signature is not valid";
        BadClaims = "bad_claims",
            "the payload is not a plain JSON object with each member once, or a claim has the \
             wrong type";
        NotAnAccessToken = "not_an_access_token", "the token is an ID token or a logout token";
        SenderConstrained = "sender_constrained",
            "the token is bound to a key (`cnf`) and may not be used as a plain bearer token";
        MissingClaim = "missing_claim", "a required claim is missing";
        WrongIssuer = "wrong_issuer", "`iss` is not a configured issuer";
        WrongAudience = "wrong_audience", "`aud` holds no configured audience";
        Expired = "expired", "the token has expired";
        NotYetValid = "not_yet_valid", "`nbf` is in the future";
        IssuedInFuture = "issued_in_future", "`iat` is in the future";
        ClientNotAllowed = "client_not_allowed", "`cid` is not on the list of allowed clients";
        NotAnIdToken = "not_an_id_token", "the token is not an ID token";
        UntrustedAudience = "untrusted_audience", "`aud` holds audiences other than this client";
        WrongAuthorizedParty = "wrong_authorized_party", "`azp` is another client";
        IssuedBeforeRequest = "issued_before_request",
            "`iat` is before the request that the token answers";
        WrongNonce = "wrong_nonce", "`nonce` is not the one that was sent";
        WrongAccessTokenHash = "wrong_access_token_hash",
            "`at_hash` is not that of the access token";
        WrongAssurance = "wrong_assurance", "`acr` is none of the requested values";
        AuthenticationTooOld = "authentication_too_old",
            "`auth_time` is longer ago than `max_age` allows";
        OtherPerson = "other_person", "the refreshed token belongs to another user or issuer";
        ClaimsUnreadable = "claims_unreadable",
            "the payload does not fit the application's claim type";
    }
}

impl TokenErrorKind {
    /// Returns whether the check comes after those of a token's form.
    pub(crate) const fn is_beyond_form(self) -> bool {
        !matches!(
            self,
            Self::TooLarge | Self::Encrypted | Self::NotCompact | Self::BadEncoding
        )
    }
}

impl TokenErrorKind {
    /// Returns the row of the outcome table that applies.
    pub(super) const fn outcome(self) -> AuthErrorKind {
        match self {
            Self::TooLarge => AuthErrorKind::TooLarge,
            _ => AuthErrorKind::InvalidToken,
        }
    }

    /// Returns the error with the claim or header member at fault.
    pub(crate) const fn at(self, claim: &'static str) -> TokenError {
        TokenError {
            kind: self,
            claim: Some(claim),
        }
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

    /// Returns the check that failed.
    #[must_use]
    pub const fn kind(&self) -> TokenErrorKind {
        self.kind
    }

    /// Returns the name of the claim or header member at fault, if there is one.
    ///
    /// Always a name that this crate knows, never text of the token.
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
