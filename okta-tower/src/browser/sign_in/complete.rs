//! From a code to a session: tokens, ID token, `userinfo`, the application's hook, the session.

use std::time::Duration;

use http::HeaderMap;

use super::{
    attempt::{Attempt, LoginOptions},
    context::SignInContext,
    failure::SignInFailure,
    popup,
    response::{self, PageResponse},
    state::State,
};
use crate::{
    base::{secret::Secret, telemetry},
    browser::{
        audit::SignInEvent,
        identity::{IdExpectations, IdToken, IdentityError, Nonce},
        pages::SignInProblem,
        provision::{Decision, Identity},
        session::{CreateError, NewSession},
    },
    error::{AuthError, AuthErrorKind, TokenErrorKind},
    oauth::{TokenFailure, TokenResponse},
};

impl SignInContext {
    /// Redeems a code and signs its user in.
    pub(super) async fn complete(
        &self,
        state: &State,
        attempt: &Attempt,
        code: &str,
        headers: &HeaderMap,
    ) -> PageResponse {
        match self.sign_in(attempt, code, headers).await {
            Ok(response) => response,
            Err(SignInFailure {
                problem: SignInProblem::CodeRefused,
                ..
            }) => self.refused(state, &attempt.options, headers).await,
            Err(failure) => self.fail(&attempt.options, failure),
        }
    }

    /// Answers a callback whose code is rejected. Usually another tab that signed in at the same
    /// time was faster, and the provider rejects older codes. That tab's session is used if this
    /// browser already has it. Otherwise one more attempt starts, for which the provider usually
    /// needs no prompt.
    pub(super) async fn refused(
        &self,
        state: &State,
        options: &LoginOptions,
        headers: &HeaderMap,
    ) -> PageResponse {
        if let Some(response) = self.existing(options, headers).await {
            return response;
        }
        if state.is_retry {
            return self.fail(options, SignInProblem::CodeRefused.into());
        }
        // The sign-in continues, but an attacker may have injected the rejected code: report it.
        self.report(SignInProblem::CodeRefused);
        (self.start_attempt(options.clone(), Some(state), headers)).await
    }

    async fn sign_in(
        &self,
        attempt: &Attempt,
        code: &str,
        headers: &HeaderMap,
    ) -> Result<PageResponse, SignInFailure> {
        let tokens = (self.client.exchange(code, &attempt.verifier).await)
            .map_err(|failure| SignInFailure::of(&failure))?;
        let refresh_token = tokens.refresh_token.clone();
        let signed_in = self.create_session(attempt, tokens, headers).await;
        if signed_in.is_err() {
            // Sign-in failed: revoke the unused refresh token.
            self.revoke(refresh_token);
        }
        signed_in
    }

    async fn create_session(
        &self,
        attempt: &Attempt,
        tokens: TokenResponse,
        headers: &HeaderMap,
    ) -> Result<PageResponse, SignInFailure> {
        let (id_token, claims) = self.identify(attempt, &tokens).await?;
        let scopes = match &tokens.scope {
            Some(granted) => granted.clone(),
            None => (attempt.options.scopes(&self.settings.scopes)).into_owned(),
        };
        let identity = self.identity(&claims, &scopes)?;
        let id_text = tokens.id_token.clone();
        let identified = |problem| SignInFailure {
            identity: identity.clone(),
            id_token: id_text.clone(),
            ..SignInFailure::from(problem)
        };
        let local = self.admit(identity.as_ref()).await.map_err(identified)?;
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
            identified(match error {
                CreateError::TooLarge => SignInProblem::TooLarge,
                CreateError::Store => SignInProblem::StoreUnavailable,
                CreateError::Claims => SignInProblem::BadResponse,
            })
        })?;
        self.revoke(created.replaced);
        self.report_event(&SignInEvent {
            result: SignInEvent::SUCCESS,
            provider_error: None,
            identity,
        });
        let mut response = self.signed_in(attempt, &access_token, expires_in);
        response::set_cookies(response.headers_mut(), created.set_cookies);
        response::set_cookies(response.headers_mut(), self.signed_out.remove(headers));
        response::set_cookies(response.headers_mut(), self.logout_return.forget(headers));
        Ok(response)
    }

    /// Identifies the user: the ID token, fully checked against this attempt, and the merged
    /// claims.
    async fn identify(
        &self,
        attempt: &Attempt,
        tokens: &TokenResponse,
    ) -> Result<(IdToken, String), SignInFailure> {
        let Some(id_token) = &tokens.id_token else {
            telemetry::identity_refused("no_id_token", None, None);
            return Err(SignInProblem::BadResponse.into());
        };
        let options = &attempt.options;
        let acr_values: Vec<&str> = (options.acr_values.iter())
            .flat_map(|values| values.split(' '))
            .filter(|value| !value.is_empty())
            .collect();
        let max_age = (options.max_age).map(|seconds| Duration::from_secs(seconds.into()));
        let expect = IdExpectations {
            client_id: &self.settings.client_id,
            nonce: Nonce::Required(&attempt.nonce),
            requested_at: attempt.started_at,
            access_token: Some(tokens.access_token.expose()),
            max_age,
            acr_values: &acr_values,
            previous: None,
        };
        (self.issuer)
            .identify(id_token, &tokens.access_token, &expect)
            .await
            .map_err(|error| SignInFailure::of_identity(&error))
    }

    /// Returns the identity, if the application has a hook or an audit for it.
    fn identity(&self, claims: &str, scopes: &str) -> Result<Option<Identity>, SignInProblem> {
        if self.settings.on_sign_in.is_none() && self.settings.audit.is_none() {
            return Ok(None);
        }
        let claims = self.sessions.identity(claims, scopes);
        let claims = claims.ok_or(SignInProblem::BadResponse)?;
        Ok(Some(Identity { claims }))
    }

    /// Calls the application's hook, if there is one. Returns the application's session data.
    async fn admit(
        &self,
        identity: Option<&Identity>,
    ) -> Result<Option<serde_json::Value>, SignInProblem> {
        let (Some(hook), Some(identity)) = (&self.settings.on_sign_in, identity) else {
            return Ok(None);
        };
        match hook.on_sign_in(identity).await {
            Ok(admission) => match admission.0 {
                Decision::Allow(local) => Ok(local),
                Decision::Deny(reason) => Err(SignInProblem::Denied(reason.into())),
            },
            Err(error) => {
                telemetry::hook_failed(&*error);
                Err(SignInProblem::HookFailed)
            }
        }
    }

    /// Returns the response that leads on: a popup's last page, or a redirect.
    fn signed_in(
        &self,
        attempt: &Attempt,
        access_token: &Secret,
        expires_in: Option<Duration>,
    ) -> PageResponse {
        match &self.settings.opener {
            Some(opener) if attempt.options.is_popup => {
                let next = self.destination(&attempt.options);
                popup::signed_in(opener, access_token, expires_in, &next)
            }
            _ => response::redirect(&self.confirm_url(&attempt.options.return_to, &[])),
        }
    }
}

impl SignInFailure {
    /// Logs rejected identity claims and returns their problem.
    fn of_identity(error: &IdentityError) -> Self {
        error.log();
        match error {
            IdentityError::IdToken(error) => of_id_token(error).into(),
            IdentityError::UserInfo(failure @ TokenFailure::Transient { .. }) => Self::of(failure),
            IdentityError::UserInfo(_) | IdentityError::Merge => SignInProblem::BadResponse.into(),
        }
    }
}

/// Returns the problem for a rejected ID token.
fn of_id_token(error: &AuthError) -> SignInProblem {
    use TokenErrorKind::{AuthenticationTooOld, MissingClaim, WrongAssurance};
    if error.kind() == AuthErrorKind::Unavailable {
        return SignInProblem::Unavailable { retry_after: None };
    }
    match (error.token_error()).map(|error| (error.kind(), error.claim())) {
        Some(
            (WrongAssurance | AuthenticationTooOld, _) | (MissingClaim, Some("acr" | "auth_time")),
        ) => SignInProblem::AssuranceNotMet,
        _ => SignInProblem::BadResponse,
    }
}
