//! `GET /login`: an attempt begins, and the browser goes to Okta.

use http::{HeaderMap, Uri};

use super::{
    answer::{self, Answer},
    asked::Asked,
    attempt::{Attempt, Wish},
    host,
    parts::Parts,
    problem::Problem,
    state::State,
};
use crate::browser::{provision::Identity, settings::ResponseMode};

impl Parts {
    pub(super) async fn start(&self, uri: &Uri, headers: &HeaderMap) -> Answer {
        let settings = &self.settings;
        let query = uri.query().unwrap_or_default();
        let Ok(asked) = Asked::read(query, settings) else {
            return answer::page(&Problem::BadRequest, Some(&settings.paths.login));
        };
        let public = settings.redirect_uri.host_str().unwrap_or_default();
        if !asked.has_moved && host::is_other(public, uri, headers) {
            // Cookies that are set here would not be there when Okta sends the browser to the redirect URI.
            return match Asked::moved_query(query) {
                Ok(query) => answer::redirect(&format!(
                    "{}{}?{query}",
                    settings.origin, settings.paths.login
                )),
                Err(_) => answer::page(&Problem::BadRequest, Some(&settings.paths.login)),
            };
        }
        self.attempt(asked.wish, None, headers).await
    }

    /// Starts an attempt; where it is the second one, `in_place_of` the first: the browser had no cookie of that, or its code was
    /// refused.
    pub(super) async fn attempt(
        &self,
        wish: Wish,
        in_place_of: Option<&State>,
        headers: &HeaderMap,
    ) -> Answer {
        let settings = &self.settings;
        let state = State::new(in_place_of.is_some(), wish.is_popup);
        let attempt = Attempt::new(wish, self.now());
        let wish = &attempt.wish;
        let (text, challenge) = (state.write(&settings.seal), attempt.challenge());
        let scope = Asked::scope(wish, &settings.scopes);
        let prompt = wish.prompt.as_deref().or(settings.prompt.as_deref());
        let passed_on: Vec<_> = wish.passed_on(prompt).collect();
        let mut parameters = vec![
            ("scope", &*scope),
            ("state", &*text),
            ("nonce", &*attempt.nonce),
            ("code_challenge", &*challenge),
            ("code_challenge_method", "S256"),
        ];
        if settings.response_mode == ResponseMode::FormPost {
            parameters.push(("response_mode", "form_post"));
        }
        parameters.extend(passed_on.iter().map(|(name, value)| (*name, &**value)));
        let url = if settings.pushes_requests {
            match self.client.push(&parameters).await {
                Ok(url) => url,
                Err(failure) => return self.failed(wish, &Problem::of(&failure)),
            }
        } else {
            self.client.authorization_url(&parameters)
        };
        let mut answer = answer::redirect(url.as_str());
        let cookies = self.attempts.keep(&state, &attempt, in_place_of, headers);
        answer::set_cookies(answer.headers_mut(), cookies);
        if wish.is_popup {
            answer::keep_opener(&mut answer);
        }
        answer
    }

    /// The page that tells of a problem, and the opener where there is one.
    pub(super) fn failed(&self, wish: &Wish, problem: &Problem) -> Answer {
        self.failed_as(wish, problem, None)
    }

    /// The same, where it is known who it was.
    pub(super) fn failed_as(
        &self,
        wish: &Wish,
        problem: &Problem,
        identity: Option<Identity>,
    ) -> Answer {
        self.tell(problem, identity);
        let retry = match problem {
            // It may be these that Okta knows nothing of.
            Problem::Misconfigured => self.start_link(&Wish {
                login_hint: None,
                idp: None,
                ..wish.clone()
            }),
            _ => self.start_link(wish),
        };
        match &self.settings.opener {
            Some(opener) if wish.is_popup => super::popup::failed(opener, problem, &retry),
            _ => answer::page(problem, Some(&retry)),
        }
    }

    /// Where the same is started again.
    pub(super) fn start_link(&self, wish: &Wish) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if *wish.return_to != *self.settings.default_return_to {
            query.append_pair("return_to", &wish.return_to);
        }
        if wish.is_popup {
            query.append_pair("mode", "popup");
        }
        // Who presses "try again" wants to be asked.
        let prompt = match (wish.prompt.as_deref(), self.settings.prompt.as_deref()) {
            (Some("none") | None, Some("none")) => Some("login"),
            (Some("none"), _) => None,
            (asked, _) => asked,
        };
        query.extend_pairs(wish.passed_on(prompt));
        query.extend_pairs(wish.scope.as_deref().map(|scope| ("scope", scope)));
        let query = query.finish();
        let login = &self.settings.paths.login;
        if query.is_empty() {
            login.to_string()
        } else {
            format!("{login}?{query}")
        }
    }
}
