//! From a code to a session: tokens, ID token, `userinfo`, the application's hook, and the session itself.

use std::{sync::Arc, time::Duration};

use http::HeaderMap;

use super::{
    answer::{self, Answer},
    asked::Asked,
    attempt::{Attempt, Wish},
    parts::Parts,
    popup,
    problem::Problem,
    state::State,
};
use crate::{
    base::{secret::Secret, telemetry},
    browser::{
        audit::Ended,
        identity::{IdExpectations, IdToken, IdentityError, Nonce},
        provision::{Identity, Verdict},
        session::{CreateError, NewSession},
    },
    error::{AuthError, AuthErrorKind, TokenError, TokenErrorKind},
    oauth::{TokenFailure, TokenResponse},
};

/// Why a code came to nothing, and who it was where that has been verified.
struct NotSignedIn {
    problem: Problem,
    identity: Option<Identity>,
}

impl From<Problem> for NotSignedIn {
    fn from(problem: Problem) -> Self {
        Self {
            problem,
            identity: None,
        }
    }
}

impl Parts {
    /// Signs the person in whom this code stands for.
    pub(super) async fn complete(
        &self,
        state: &State,
        attempt: &Attempt,
        code: &str,
        headers: &HeaderMap,
    ) -> Answer {
        match self.sign_in(attempt, code, headers).await {
            Ok(answer) => answer,
            Err(NotSignedIn {
                problem: Problem::CodeRefused,
                ..
            }) => self.refused(state, &attempt.wish, headers).await,
            Err(NotSignedIn { problem, identity }) => {
                self.failed_as(&attempt.wish, &problem, identity)
            }
        }
    }

    /// The code is refused. Mostly another of several tabs that sign in at once was faster, and the provider takes no code from
    /// before. Its session is used where this browser has it already; else there is one clean attempt more, for which the
    /// provider need not ask anything, unless it was told to.
    async fn refused(&self, state: &State, wish: &Wish, headers: &HeaderMap) -> Answer {
        if let Some(answer) = self.existing(wish, headers).await {
            return answer;
        }
        if state.is_retry {
            return self.failed(wish, &Problem::CodeRefused);
        }
        // No end of the sign-in, but a code that was refused may be one that somebody has put there.
        self.tell(&Problem::CodeRefused, None);
        self.attempt(wish.clone(), Some(state), headers).await
    }

    async fn sign_in(
        &self,
        attempt: &Attempt,
        code: &str,
        headers: &HeaderMap,
    ) -> Result<Answer, NotSignedIn> {
        let tokens = self
            .client
            .exchange(code, &attempt.verifier)
            .await
            .map_err(|failure| Problem::of(&failure))?;
        let refresh_token = tokens.refresh_token.clone();
        let signed_in = self.begin(attempt, tokens, headers).await;
        if signed_in.is_err() {
            // Nobody will use it: let it not lie around at the issuer.
            self.revoke_later(refresh_token);
        }
        signed_in
    }

    async fn begin(
        &self,
        attempt: &Attempt,
        tokens: TokenResponse,
        headers: &HeaderMap,
    ) -> Result<Answer, NotSignedIn> {
        let (id_token, claims) = self.identify(attempt, &tokens).await?;
        let scopes = match &tokens.scope {
            Some(granted) => granted.clone(),
            None => Asked::scope(&attempt.wish, &self.settings.scopes).into_owned(),
        };
        let identity = self.identity(&claims, &scopes)?;
        let somebody = |problem| NotSignedIn {
            problem,
            identity: identity.clone(),
        };
        let local = self.admit(identity.as_ref()).await.map_err(somebody)?;
        let (access_token, expires_in) = (tokens.access_token.clone(), tokens.expires_in);
        let new = NewSession {
            claims,
            scopes,
            tokens,
            sid: id_token.sid,
            nonce: Some(attempt.nonce.clone()),
            local,
        };
        let created = self.sessions.create(new, headers).await.map_err(|error| {
            somebody(match error {
                CreateError::TooLarge => Problem::TooLarge,
                CreateError::Store => Problem::StoreUnavailable,
                CreateError::Claims => Problem::BadAnswer,
            })
        })?;
        self.revoke_later(created.replaced);
        self.ended(Ended::SUCCESS, identity);
        let mut answer = self.arrived(attempt, &access_token, expires_in);
        answer::set_cookies(answer.headers_mut(), created.set_cookies);
        Ok(answer)
    }

    /// Who it is: the ID token, checked in full against this attempt, and the merged claims.
    async fn identify(
        &self,
        attempt: &Attempt,
        tokens: &TokenResponse,
    ) -> Result<(IdToken, String), Problem> {
        let Some(id_token) = &tokens.id_token else {
            telemetry::identity_refused("no_id_token", None);
            return Err(Problem::BadAnswer);
        };
        let acr_values = attempt.wish.acr_values.as_deref().unwrap_or_default();
        let acr_values: Vec<&str> = acr_values
            .split(' ')
            .filter(|value| !value.is_empty())
            .collect();
        let max_age = attempt
            .wish
            .max_age
            .map(|seconds| Duration::from_secs(seconds.into()));
        let expect = IdExpectations {
            client_id: &self.settings.client_id,
            nonce: Nonce::Required(&attempt.nonce),
            access_token: Some(tokens.access_token.expose()),
            max_age,
            acr_values: &acr_values,
            previous: None,
        };
        let identified = self
            .issuer
            .identify(id_token, &tokens.access_token, &expect)
            .await;
        identified.map_err(|nobody| match nobody {
            IdentityError::IdToken(error) => {
                let claim = error.token_error().and_then(TokenError::claim);
                telemetry::identity_refused(error.reason(), claim);
                of_id_token(&error)
            }
            IdentityError::UserInfo(failure @ TokenFailure::Transient { .. }) => {
                Problem::of(&failure)
            }
            IdentityError::UserInfo(_) => {
                telemetry::identity_refused("no_userinfo", None);
                Problem::BadAnswer
            }
            IdentityError::Merge => {
                telemetry::identity_refused("userinfo_of_another", None);
                Problem::BadAnswer
            }
        })
    }

    /// Who it is, where the application wants to know before there is a session.
    fn identity(&self, claims: &str, scopes: &str) -> Result<Option<Identity>, Problem> {
        if self.settings.on_sign_in.is_none() && self.settings.audit.is_none() {
            return Ok(None);
        }
        let claims = self.sessions.identity(claims, scopes);
        let claims = claims.ok_or(Problem::BadAnswer)?;
        Ok(Some(Identity { claims }))
    }

    /// Asks the application's own hook, where there is one.
    async fn admit(
        &self,
        identity: Option<&Identity>,
    ) -> Result<Option<serde_json::Value>, Problem> {
        let (Some(hook), Some(identity)) = (&self.settings.on_sign_in, identity) else {
            return Ok(None);
        };
        match hook.on_sign_in(identity).await {
            Ok(admission) => match admission.0 {
                Verdict::Allow(local) => Ok(local),
                Verdict::Deny(reason) => Err(Problem::Denied(reason)),
            },
            Err(error) => {
                telemetry::hook_failed(&*error);
                Err(Problem::HookFailed)
            }
        }
    }

    /// Where the browser goes with its new session.
    fn arrived(
        &self,
        attempt: &Attempt,
        access_token: &Secret,
        expires_in: Option<Duration>,
    ) -> Answer {
        match &self.settings.opener {
            Some(opener) if attempt.wish.is_popup => {
                let next = self.destination(&attempt.wish);
                popup::signed_in(opener, access_token, expires_in, &next)
            }
            _ => answer::redirect(&self.done_url(&attempt.wish.return_to, &[])),
        }
    }

    /// Revokes a refresh token without anybody waiting for it. Bounded by the time-outs of the client.
    pub(super) fn revoke_later(&self, refresh_token: Option<Secret>) {
        let (Some(token), Ok(runtime)) = (refresh_token, tokio::runtime::Handle::try_current())
        else {
            return;
        };
        let client = Arc::clone(&self.client);
        runtime.spawn(async move {
            // What failed has been logged, and nothing more can be done about it.
            let _ = client.revoke(&token).await;
        });
    }
}

/// An ID token that is not accepted: mostly nobody's fault who is sitting in front of it.
fn of_id_token(error: &AuthError) -> Problem {
    if error.kind() == AuthErrorKind::Unavailable {
        return Problem::Unavailable { retry_after: None };
    }
    match error
        .token_error()
        .map(|error| (error.kind(), error.claim()))
    {
        Some(
            (TokenErrorKind::WrongAssurance | TokenErrorKind::AuthenticationTooOld, _)
            | (TokenErrorKind::MissingClaim, Some("acr" | "auth_time")),
        ) => Problem::AssuranceNotMet,
        _ => Problem::BadAnswer,
    }
}

impl Problem {
    /// What a failure of the issuer's endpoints means to the person.
    pub(super) fn of(failure: &TokenFailure) -> Self {
        match failure {
            TokenFailure::InvalidGrant => Self::CodeRefused,
            TokenFailure::InvalidClient => {
                telemetry::client_not_recognised();
                Self::Misconfigured
            }
            TokenFailure::Refused("access_denied") => Self::Cancelled,
            TokenFailure::Refused(_) => Self::Misconfigured,
            TokenFailure::Transient { retry_after } => Self::Unavailable {
                retry_after: *retry_after,
            },
        }
    }
}
