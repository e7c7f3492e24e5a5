//! The callback: Okta's response returns through the browser and is checked against the attempt
//! that this browser started.

pub(crate) mod parameters;

use http::HeaderMap;

use self::parameters::{Callback, Outcome};
use super::{
    attempt::LoginOptions,
    attempts::Taken,
    context::SignInContext,
    failure::SignInFailure,
    response::{self, PageResponse},
    state::State,
};
use crate::browser::{pages::SignInProblem, settings::ResponseMode};

impl SignInContext {
    /// Answers a callback. `text` is its query or form.
    pub(super) async fn callback(&self, text: &str, headers: &HeaderMap) -> PageResponse {
        let reject = |problem: SignInProblem| {
            self.report(problem.clone());
            response::page(&problem, Some(&self.settings.paths.login))
        };
        let Ok(callback) = parameters::read(text) else {
            return reject(SignInProblem::BadRequest);
        };
        let Some(state) = State::read(&callback.state, &self.settings.seal) else {
            return reject(SignInProblem::UnknownState);
        };
        let (taken, removal) = self.attempts.take(&state, headers, self.now());
        let mut response = match &taken {
            Taken::Live(attempt) | Taken::Expired(attempt) => {
                match self.check(&callback, &attempt.options) {
                    Ok(code) if matches!(taken, Taken::Live(_)) && self.redeemed.insert(state) => {
                        self.complete(&state, attempt, code, headers).await
                    }
                    // The code is too old, or the issuer would reject it at the cost of a request.
                    Ok(_) => self.refused(&state, &attempt.options, headers).await,
                    Err(failure) if failure.problem == SignInProblem::LoginRequired => {
                        match self.existing(&attempt.options, headers).await {
                            Some(response) => response,
                            None => self.fail(&attempt.options, failure),
                        }
                    }
                    Err(failure) => self.fail(&attempt.options, failure),
                }
            }
            Taken::Missing => self.without_attempt(&state, &callback, headers).await,
        };
        response::set_cookies(response.headers_mut(), removal);
        response::warn_if_large(&response);
        response
    }

    /// Returns the code of a callback that is the issuer's.
    fn check<'c>(
        &self,
        callback: &'c Callback,
        options: &LoginOptions,
    ) -> Result<&'c str, SignInFailure> {
        // Check the issuer first: even an error of another issuer is not to be believed (RFC 9207
        // section 2.4).
        callback.check_issuer(&self.issuer_text, self.client.names_issuer_in_callback())?;
        match &callback.outcome {
            Outcome::Code(code) => Ok(code),
            // The link has asked for something that the provider does not know.
            Outcome::Error(error @ "invalid_request") if options.asks_for_more() => {
                Err(SignInFailure {
                    provider_error: Some(error),
                    ..SignInProblem::BadRequest.into()
                })
            }
            Outcome::Error(error) => Err(SignInFailure::of_provider(error)),
        }
    }

    /// Answers a callback without an attempt: the cookie is used (Back button) or dropped, or
    /// another browser started the attempt. Nothing of Okta's response is used.
    async fn without_attempt(
        &self,
        state: &State,
        callback: &Callback,
        headers: &HeaderMap,
    ) -> PageResponse {
        let settings = &self.settings;
        let options = LoginOptions {
            return_to: self.return_pages.default_page(),
            is_popup: state.is_popup && settings.opener.is_some(),
            ..LoginOptions::default()
        };
        if let Some(response) = self.existing(&options, headers).await {
            return response;
        }
        // Retry once. The authenticated state says that an attempt is a retry: there is no third.
        if matches!(callback.outcome, Outcome::Code(_)) && !state.is_retry {
            return self.start_attempt(options, Some(state), headers).await;
        }
        let needs_secure_on_http =
            settings.response_mode == ResponseMode::FormPost && !settings.is_https;
        let problem = SignInProblem::AttemptCookie {
            needs_secure_on_http,
        };
        self.fail(&options, problem.into())
    }

    /// Redirects a user who has a session, if a session is all that was requested.
    pub(super) async fn existing(
        &self,
        options: &LoginOptions,
        headers: &HeaderMap,
    ) -> Option<PageResponse> {
        // A popup signs in; its opener queries `/session` by itself.
        if options.is_popup || options.needs_new_sign_in() {
            return None;
        }
        self.sessions.current(headers).await.ok()??;
        Some(response::redirect(&self.destination(options)))
    }

    /// Returns the whole URL of the requested page.
    pub(super) fn destination(&self, options: &LoginOptions) -> String {
        self.return_pages.url(&options.return_to)
    }
}
