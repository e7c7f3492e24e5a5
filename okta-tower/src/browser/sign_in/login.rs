//! `GET` or `POST /login`: starts an attempt and redirects the browser to Okta.

use http::{HeaderMap, request::Parts};

use super::{
    attempt::{Attempt, LoginOptions},
    context::SignInContext,
    failure::SignInFailure,
    login_request::LoginRequest,
    popup,
    response::{self, PageResponse},
    state::State,
};
use crate::browser::{
    host,
    pages::{Action, ActionKind, Page, SignInProblem},
    settings::ResponseMode,
};

impl SignInContext {
    /// Answers a login link. `query` is its query, or the form of a third party.
    pub(super) async fn login(&self, head: &Parts, query: &str) -> PageResponse {
        let (uri, headers) = (&head.uri, &head.headers);
        let settings = &self.settings;
        let (pages, issuer) = (&self.return_pages, &self.issuer_text);
        let Ok(request) = LoginRequest::read(query, settings, pages, issuer, &head.method) else {
            return response::page(&SignInProblem::BadRequest, Some(&settings.paths.login));
        };
        let public = settings.redirect_uri.host_str().unwrap_or_default();
        if !request.has_moved
            && host::is_other(public, uri, headers)
            && let Ok(query) = LoginRequest::moved_query(query)
        {
            // The redirect URI's host would not receive the cookies that are set at this one.
            let (origin, login) = (&settings.origin, &settings.paths.login);
            return response::redirect(&format!("{origin}{login}?{query}"));
        }
        self.start_attempt(request.options, None, headers).await
    }

    /// Starts an attempt. A second one `replaces` the first, whose cookie was missing or whose code
    /// was rejected.
    pub(super) async fn start_attempt(
        &self,
        options: LoginOptions,
        replaces: Option<&State>,
        headers: &HeaderMap,
    ) -> PageResponse {
        let settings = &self.settings;
        let state = State::new(replaces.is_some(), options.is_popup);
        let attempt = Attempt::new(options, self.now());
        let options = &attempt.options;
        let (text, challenge) = (state.write(&settings.seal), attempt.challenge());
        let scope = options.scopes(&settings.scopes);
        let prompt = options.prompt.as_deref().or(settings.prompt.as_deref());
        let prompt = self.signed_out.prompt(prompt, headers);
        let forwarded: Vec<_> = options.forwarded(prompt).collect();
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
        parameters.extend(forwarded.iter().map(|(name, value)| (*name, &**value)));
        let url = if settings.pushes_requests {
            match self.client.push(&parameters).await {
                Ok(url) => url,
                Err(failure) => return self.fail(options, SignInFailure::of(&failure)),
            }
        } else {
            self.client.authorization_url(&parameters)
        };
        let mut response = response::redirect(url.as_str());
        let cookies = self.attempts.keep(&state, &attempt, replaces, headers);
        response::set_cookies(response.headers_mut(), cookies);
        if options.is_popup {
            response::keep_opener(&mut response);
        }
        response
    }

    /// Reports a failed sign-in and returns its page, which also notifies a popup's opener.
    pub(super) fn fail(&self, options: &LoginOptions, failure: SignInFailure) -> PageResponse {
        let problem = failure.problem.clone();
        let retry = match problem {
            // Okta may not know this user or this identity provider.
            SignInProblem::Misconfigured | SignInProblem::BadRequest => {
                self.login_link(&LoginOptions {
                    login_hint: None,
                    idp: None,
                    ..options.clone()
                })
            }
            _ => self.login_link(options),
        };
        let mut page = Page::of_problem(&problem, Some(&retry));
        let mut logout_cookie = None;
        if matches!(problem, SignInProblem::Cancelled | SignInProblem::Denied(_)) {
            // Okta's session is this account's: to try again is to be rejected again.
            let another = self.login_link(&LoginOptions {
                prompt: Some("login".into()),
                login_hint: None,
                ..options.clone()
            });
            page = page.with_action(Action::link(ActionKind::UseAnotherAccount, another));
            if let Some(logout) = self.logout_request(failure.id_token.as_ref()) {
                page = page.with_action(logout.form(ActionKind::SignOut));
                logout_cookie = logout.cookie;
            }
        }
        self.report(failure);
        let mut response = match &self.settings.opener {
            Some(opener) if options.is_popup => popup::failed(opener, &problem, page),
            _ => response::of_problem(&problem, page),
        };
        response::set_cookies(response.headers_mut(), logout_cookie);
        response
    }

    /// Returns the link that repeats a login request.
    pub(super) fn login_link(&self, options: &LoginOptions) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.return_pages.parameters(&options.return_to));
        if options.is_popup {
            query.append_pair("mode", "popup");
        }
        // A user who follows the link expects to be prompted.
        let prompt = match (options.prompt.as_deref(), self.settings.prompt.as_deref()) {
            (Some("none") | None, Some("none")) => Some("login"),
            (Some("none"), _) => None,
            (requested, _) => requested,
        };
        query.extend_pairs(options.forwarded(prompt));
        query.extend_pairs(options.scope.as_deref().map(|scope| ("scope", scope)));
        let query = query.finish();
        let login = &self.settings.paths.login;
        if query.is_empty() {
            login.to_string()
        } else {
            format!("{login}?{query}")
        }
    }
}
