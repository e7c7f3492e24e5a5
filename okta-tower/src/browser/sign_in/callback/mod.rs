//! The callback: Okta's answer comes back through the browser, and is held against the attempt that this browser made.

pub(super) mod parameters;

use http::HeaderMap;

use self::parameters::Says;
use super::{
    answer::{self, Answer},
    attempt::{Attempt, Wish},
    attempts::Taken,
    parts::Parts,
    problem::Problem,
    return_to::ReturnTo,
    state::State,
};
use crate::browser::settings::ResponseMode;

impl Parts {
    /// Answers a callback, whose parameters are `text`: of a query or of a form.
    pub(super) async fn callback(&self, text: &str, headers: &HeaderMap) -> Answer {
        let login = Some(&*self.settings.paths.login);
        let Ok(callback) = parameters::read(text) else {
            self.tell(&Problem::BadRequest, None);
            return answer::page(&Problem::BadRequest, login);
        };
        let Some(state) = State::read(&callback.state, &self.settings.seal) else {
            self.tell(&Problem::UnknownState, None);
            return answer::page(&Problem::UnknownState, login);
        };
        let (taken, removal) = self.attempts.take(&state, headers, self.now());
        let mut answer = match taken {
            Taken::Live(attempt) => match self.judge(&attempt, &callback) {
                Ok(code) => self.complete(&state, &attempt, code, headers).await,
                Err(Problem::LoginRequired) => self.not_asked(&attempt.wish, headers).await,
                Err(problem) => self.failed(&attempt.wish, &problem),
            },
            Taken::Over(attempt) => match self.existing(&attempt.wish, headers).await {
                Some(answer) => answer,
                None => self.failed(&attempt.wish, &Problem::CodeRefused),
            },
            Taken::Missing => self.without_attempt(&state, &callback.says, headers).await,
        };
        answer::set_cookies(answer.headers_mut(), removal);
        answer
    }

    /// The code, where the answer is the issuer's and there is one.
    fn judge<'c>(
        &self,
        _: &Attempt,
        callback: &'c parameters::Callback,
    ) -> Result<&'c str, Problem> {
        // Before anything else is believed, an error too (RFC 9207 section 2.4).
        callback.check_issuer(&self.issuer_text, self.client.names_issuer_in_callback())?;
        match &callback.says {
            Says::Code(code) => Ok(code),
            Says::Error(problem) => Err(problem.clone()),
        }
    }

    /// `prompt=none` came to nothing: the session that exists is used, or the person is asked whether to sign in.
    async fn not_asked(&self, wish: &Wish, headers: &HeaderMap) -> Answer {
        match self.existing(wish, headers).await {
            Some(answer) => answer,
            None => self.failed(wish, &Problem::LoginRequired),
        }
    }

    /// This browser has no cookie of the attempt: it used it already (the Back button), it dropped it, or somebody else made
    /// the attempt. Nothing of the answer is used.
    async fn without_attempt(&self, state: &State, says: &Says, headers: &HeaderMap) -> Answer {
        let wish = Wish {
            return_to: self.settings.default_return_to.clone(),
            is_popup: state.is_popup && self.settings.opener.is_some(),
            ..Wish::default()
        };
        if let Some(answer) = self.existing(&wish, headers).await {
            return answer;
        }
        match says {
            // One clean attempt in its place. That it is one is said in the authenticated state, so there is no third.
            Says::Code(_) if !state.is_retry => self.attempt(wish, Some(state), headers).await,
            _ => {
                let settings = &self.settings;
                let needs_secure_on_http =
                    settings.response_mode == ResponseMode::FormPost && !settings.is_https;
                self.failed(
                    &wish,
                    &Problem::AttemptCookie {
                        needs_secure_on_http,
                    },
                )
            }
        }
    }

    /// The way on for somebody who is signed in already, where that is all that was asked for.
    pub(super) async fn existing(&self, wish: &Wish, headers: &HeaderMap) -> Option<Answer> {
        // Popups are opened to sign in; their opener asks `/session` by itself.
        if wish.is_popup || wish.is_for_more_than_a_session() {
            return None;
        }
        self.sessions.current(headers).await.ok()??;
        Some(answer::redirect(&self.destination(wish)))
    }

    /// The whole URL of the page that was asked for. What was sealed was checked then, and is again.
    pub(super) fn destination(&self, wish: &Wish) -> String {
        let settings = &self.settings;
        let return_to = ReturnTo::parse(&wish.return_to, &settings.origin, &settings.paths)
            .unwrap_or_else(|| ReturnTo::trusted(&settings.default_return_to));
        return_to.url(&settings.origin)
    }
}
