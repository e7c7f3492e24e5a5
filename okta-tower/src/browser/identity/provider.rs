//! The identity provider: the verified identity behind tokens, new tokens for a session, and the
//! revocation of old ones.

use std::{fmt, sync::Arc};

use super::{
    BoxFuture, IdExpectations, IdToken, Nonce, Previous, merge, session_claims, verify_id_token,
};
use crate::{
    base::{secret::Secret, telemetry},
    bearer::{token::CheckError, verifier::Verifier},
    browser::settings::UserInfo,
    error::{AuthError, AuthErrorKind, KeysUnavailable, TokenError, TokenErrorKind},
    oauth::{TokenFailure, TokenResponse, client::OAuthClient},
};

/// What sessions need from the identity provider. A trait, so that tests need no network.
pub(crate) trait Provider: fmt::Debug + Send + Sync {
    /// Returns new tokens for a session, and the claims of its new ID token: verified in full,
    /// compared with the session's claims, and merged with `userinfo`. Bounded in time.
    fn refresh<'a>(
        &'a self,
        renewal: Renewal<'a>,
    ) -> BoxFuture<'a, Result<Refreshed, RefreshFailure>>;

    /// Revokes a refresh token, if possible.
    fn revoke<'a>(&'a self, refresh_token: &'a Secret) -> BoxFuture<'a, ()>;
}

/// The session to refresh.
#[derive(Clone, Copy)]
pub(crate) struct Renewal<'r> {
    pub(crate) refresh_token: &'r Secret,
    /// The session's claims, as JSON text.
    pub(crate) claims: &'r str,
    /// The nonce of the sign-in.
    pub(crate) nonce: Option<&'r str>,
}

/// The result of a refresh.
#[derive(Debug)]
pub(crate) struct Refreshed {
    pub(crate) tokens: TokenResponse,
    /// The merged claims of the new ID token, if there is one.
    pub(crate) claims: Option<String>,
}

/// Why a refresh brought no usable tokens.
#[derive(Debug)]
pub(crate) struct RefreshFailure {
    pub(crate) failure: TokenFailure,
    /// The refresh token that replaced the session's own.
    pub(crate) rotated: Option<Secret>,
}

impl RefreshFailure {
    fn rejected(part: &'static str, rotated: Option<Secret>) -> Self {
        Self {
            failure: TokenFailure::Refused(part),
            rotated,
        }
    }
}

impl From<TokenFailure> for RefreshFailure {
    fn from(failure: TokenFailure) -> Self {
        Self {
            failure,
            rotated: None,
        }
    }
}

/// Okta, or another provider of OpenID Connect.
#[derive(Debug)]
pub(crate) struct OpenIdProvider {
    client: Arc<OAuthClient>,
    verifier: Arc<Verifier>,
    client_id: Box<str>,
    userinfo: UserInfo,
}

/// Why the tokens of a response identify no user.
#[derive(Debug)]
pub(crate) enum IdentityError {
    /// The ID token fails a check, or the keys for the checks are unavailable.
    IdToken(AuthError),
    /// The request to `userinfo` failed.
    UserInfo(TokenFailure),
    /// The response of `userinfo` is about another user, or not an object.
    Merge,
}

impl IdentityError {
    /// Logs the rejection. The client has logged a transient failure.
    pub(crate) fn log(&self) {
        match self {
            Self::IdToken(error) => {
                let claim = error.token_error().and_then(TokenError::claim);
                telemetry::identity_refused(error.reason(), claim, error.configured());
            }
            Self::UserInfo(TokenFailure::Transient { .. }) => {}
            Self::UserInfo(_) => telemetry::identity_refused("no_userinfo", None, None),
            Self::Merge => telemetry::identity_refused("userinfo_of_another", None, None),
        }
    }
}

impl OpenIdProvider {
    pub(crate) fn new(
        client: Arc<OAuthClient>,
        verifier: Arc<Verifier>,
        client_id: &str,
        userinfo: UserInfo,
    ) -> Self {
        Self {
            client,
            verifier,
            client_id: client_id.into(),
            userinfo,
        }
    }

    /// Verifies an ID token and merges its claims with those of `userinfo`, if that is configured.
    /// Returns the ID token, and the merged claims as JSON text.
    pub(crate) async fn identify(
        &self,
        id_token: &Secret,
        access_token: &Secret,
        expect: &IdExpectations<'_>,
    ) -> Result<(IdToken, String), IdentityError> {
        let token = self.verify(id_token, expect).await;
        let token = token.map_err(IdentityError::IdToken)?;
        let asks = match self.userinfo {
            UserInfo::Never => false,
            UserInfo::WhenGroupsAreMissing => !token.has_groups,
            UserInfo::Always => true,
        };
        let userinfo = match asks {
            true => (self.client.userinfo(access_token).await).map_err(IdentityError::UserInfo)?,
            false => None,
        };
        let claims =
            merge(&token.payload, userinfo.as_deref()).map_err(|_| IdentityError::Merge)?;
        Ok((token, claims))
    }

    /// Verifies an ID token. If its key is unknown, waits for the key, for the configured time at
    /// most. ID tokens are not cached: each is verified once.
    async fn verify(
        &self,
        token: &Secret,
        expect: &IdExpectations<'_>,
    ) -> Result<IdToken, AuthError> {
        let keys = self.verifier.keys();
        let kid = match self.verify_now(token, expect)? {
            Err(CheckError::UnknownKey(kid)) => kid,
            Err(CheckError::Token(error)) => return Err(self.refusal(error)),
            Ok(token) => return Ok(token),
        };
        let asked_at = self.verifier.clock().uptime();
        let Some(wait) = self.verifier.request_key(&kid) else {
            return Err(keys.unknown(&kid, asked_at));
        };
        wait.await;
        self.verify_now(token, expect)?
            .map_err(|refused| match refused {
                CheckError::Token(error) => self.refusal(error),
                CheckError::UnknownKey(kid) => keys.unknown(&kid, asked_at),
            })
    }

    /// Returns the error for an ID token, with what is configured where the token differs.
    fn refusal(&self, error: TokenError) -> AuthError {
        match (error.kind(), error.claim()) {
            (TokenErrorKind::WrongAudience, _) | (_, Some("aud" | "azp")) => {
                AuthError::token(error, Some(self.client_id.to_string()))
            }
            _ => self.verifier.policy().refusal(error),
        }
    }

    fn verify_now(
        &self,
        token: &Secret,
        expect: &IdExpectations<'_>,
    ) -> Result<Result<IdToken, CheckError>, KeysUnavailable> {
        let (snapshot, now) = self.verifier.current_keys()?;
        let (keys, policy) = (&snapshot.keys, self.verifier.policy());
        Ok(verify_id_token(token.expose(), keys, policy, expect, now))
    }

    async fn refresh(&self, renewal: Renewal<'_>) -> Result<Refreshed, RefreshFailure> {
        let requested_at = self.client.now();
        let mut tokens = self.client.refresh(renewal.refresh_token).await?;
        let Some(id_token) = &tokens.id_token else {
            // OpenID Connect Core section 12.2 allows that. The session's claims stay.
            return Ok(Refreshed {
                tokens,
                claims: None,
            });
        };
        let policy = self.verifier.policy();
        let before = session_claims(renewal.claims, "", &self.client_id, policy, 0, None)
            .ok_or(TokenFailure::Refused("session_claims"))?;
        let expect = IdExpectations {
            client_id: &self.client_id,
            nonce: renewal.nonce.map_or(Nonce::NotChecked, Nonce::IfPresent),
            requested_at,
            access_token: Some(tokens.access_token.expose()),
            max_age: None,
            acr_values: &[],
            previous: Some(Previous {
                issuer: before.issuer(),
                subject: before.subject(),
            }),
        };
        let identified = self.identify(id_token, &tokens.access_token, &expect).await;
        if let Err(error) = &identified {
            error.log();
        }
        let claims = match identified {
            Ok((_, claims)) => Some(claims),
            // The tokens are valid, and the old refresh token may be used up: to drop the tokens
            // would end the session because of a short outage. The claims stay until the next
            // refresh.
            Err(IdentityError::UserInfo(_)) => None,
            Err(IdentityError::IdToken(error)) if error.kind() == AuthErrorKind::Unavailable => {
                None
            }
            // A clock that runs ahead here must not end the session either.
            Err(IdentityError::IdToken(error))
                if is(&error, TokenErrorKind::IssuedBeforeRequest) =>
            {
                None
            }
            // The tokens of another user: none of them may enter the session.
            Err(IdentityError::IdToken(error)) if is(&error, TokenErrorKind::OtherPerson) => {
                return Err(TokenFailure::Refused("id_token").into());
            }
            // No ID token vouches for the access token, which is dropped too. The refresh token
            // belongs to this session by RFC 6749 section 6, whatever came with it.
            Err(IdentityError::IdToken(_)) => {
                return Err(RefreshFailure::rejected("id_token", tokens.refresh_token));
            }
            Err(IdentityError::Merge) => {
                return Err(RefreshFailure::rejected("userinfo", tokens.refresh_token));
            }
        };
        if claims.is_none() {
            // Claims and ID token belong together.
            tokens.id_token = None;
        }
        Ok(Refreshed { tokens, claims })
    }
}

fn is(error: &AuthError, kind: TokenErrorKind) -> bool {
    let error = error.token_error();
    error.is_some_and(|error| error.kind() == kind)
}

impl Provider for OpenIdProvider {
    fn refresh<'a>(
        &'a self,
        renewal: Renewal<'a>,
    ) -> BoxFuture<'a, Result<Refreshed, RefreshFailure>> {
        Box::pin(self.refresh(renewal))
    }

    fn revoke<'a>(&'a self, refresh_token: &'a Secret) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            // The client has logged a failure. There is nothing else to do about it.
            let _ = self.client.revoke(refresh_token).await;
        })
    }
}
