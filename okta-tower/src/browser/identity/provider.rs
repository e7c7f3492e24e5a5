//! What sessions ask of the issuer: new tokens, with everything about them checked, and the end of old ones.

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use crate::browser::session::record::Record;
use crate::{
    base::secret::Secret,
    bearer::verifier::Verifier,
    browser::{
        identity::{IdExpectations, IdToken, Nonce, Previous, merge},
        settings::UserInfo,
    },
    claims::Verified,
    error::{AuthError, AuthErrorKind},
    oauth::{TokenFailure, TokenResponse, client::OAuthClient},
};

pub(crate) type IssuerFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What sessions ask of the issuer. A trait, so that tests need no network.
pub(crate) trait Issuer: fmt::Debug + Send + Sync {
    /// New tokens for a session, and the claims of its new ID token: verified in full, checked against the session's own, and
    /// merged with `userinfo`. Bounded in time.
    fn refresh<'a>(
        &'a self,
        before: &'a Record,
    ) -> IssuerFuture<'a, Result<Refreshed, TokenFailure>>;

    /// Revokes a refresh token, as well as can be.
    fn revoke<'a>(&'a self, refresh_token: &'a Secret) -> IssuerFuture<'a, ()>;
}

/// What a refresh has brought.
#[derive(Debug)]
pub(crate) struct Refreshed {
    pub(crate) tokens: TokenResponse,
    /// The merged claims of the new ID token, where one came.
    pub(crate) claims: Option<String>,
}

/// Okta, and whoever else speaks OpenID Connect.
#[derive(Debug)]
pub(crate) struct OpenIdIssuer {
    client: Arc<OAuthClient>,
    verifier: Arc<Verifier>,
    client_id: Box<str>,
    userinfo: UserInfo,
}

/// Why the tokens of a response say nothing about a person.
#[derive(Debug)]
pub(crate) enum NoIdentity {
    /// There is no ID token, it fails a check, or the keys to check it with are not there.
    IdToken(AuthError),
    /// `userinfo` could not be had.
    UserInfo(TokenFailure),
    /// `userinfo` is another person's, or no object.
    Unmergeable,
}

impl OpenIdIssuer {
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

    /// Verifies an ID token and merges its claims with those of `userinfo`, as far as that is to be asked: the ID token, and the
    /// merged claims as JSON text.
    pub(crate) async fn identify(
        &self,
        id_token: &Secret,
        access_token: &Secret,
        expect: &IdExpectations<'_>,
    ) -> Result<(IdToken, String), NoIdentity> {
        let token = (self.verifier)
            .verify_id_token(id_token.expose(), expect)
            .await
            .map_err(NoIdentity::IdToken)?;
        let asks = match self.userinfo {
            UserInfo::Never => false,
            UserInfo::WhenGroupsAreMissing => !token.has_groups,
            UserInfo::Always => true,
        };
        let userinfo = match asks {
            true => (self.client.userinfo(access_token).await).map_err(NoIdentity::UserInfo)?,
            false => None,
        };
        let claims =
            merge(&token.payload, userinfo.as_deref()).map_err(|_| NoIdentity::Unmergeable)?;
        Ok((token, claims))
    }

    async fn fetch(&self, before: &Record) -> Result<Refreshed, TokenFailure> {
        let Some(refresh_token) = &before.refresh_token else {
            return Err(TokenFailure::Refused("no_refresh_token"));
        };
        let tokens = self.client.refresh(refresh_token).await?;
        let Some(id_token) = &tokens.id_token else {
            // OpenID Connect Core section 12.2 allows that. Who it is was said before.
            return Ok(Refreshed {
                tokens,
                claims: None,
            });
        };
        let no_claims = TokenFailure::Refused("session_claims");
        let policy = self.verifier.policy();
        let claims = before.claims.to_string();
        let was = Verified::of_session(claims, [], &self.client_id, policy, 0, None)
            .ok_or_else(|| no_claims.clone())?;
        let expect = IdExpectations {
            client_id: &self.client_id,
            nonce: (before.nonce.as_deref()).map_or(Nonce::NotChecked, Nonce::IfPresent),
            access_token: Some(tokens.access_token.expose()),
            max_age: None,
            acr_values: &[],
            previous: Some(Previous {
                issuer: was.issuer(),
                subject: was.subject(),
            }),
        };
        let identified = self.identify(id_token, &tokens.access_token, &expect).await;
        let claims = match identified {
            Ok((_, claims)) => Some(claims),
            // The tokens are good, and the old refresh token may be no good any more: to throw them away would end the session
            // because something was out of reach for a moment. What was known of the person stands until the next refresh.
            Err(NoIdentity::UserInfo(_)) => None,
            Err(NoIdentity::IdToken(error)) if error.kind() == AuthErrorKind::Unavailable => None,
            Err(NoIdentity::IdToken(_)) => return Err(TokenFailure::Refused("id_token")),
            Err(NoIdentity::Unmergeable) => return Err(TokenFailure::Refused("userinfo")),
        };
        let mut tokens = tokens;
        if claims.is_none() {
            // Claims and ID token belong together.
            tokens.id_token = None;
        }
        Ok(Refreshed { tokens, claims })
    }
}

impl Issuer for OpenIdIssuer {
    fn refresh<'a>(
        &'a self,
        before: &'a Record,
    ) -> IssuerFuture<'a, Result<Refreshed, TokenFailure>> {
        Box::pin(self.fetch(before))
    }

    fn revoke<'a>(&'a self, refresh_token: &'a Secret) -> IssuerFuture<'a, ()> {
        Box::pin(async move {
            // What failed has been logged, and nothing more can be done about it.
            let _ = self.client.revoke(refresh_token).await;
        })
    }
}
