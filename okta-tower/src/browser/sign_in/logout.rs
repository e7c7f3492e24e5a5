//! `POST /logout`: ends the session here, then its refresh token at the issuer (RFC 7009), then
//! the issuer's own session (OpenID Connect RP-Initiated Logout 1.0). Then the browser returns.

use std::{sync::LazyLock, time::Duration};

use http::{HeaderMap, HeaderValue, Method, StatusCode};
use url::Url;

use super::{
    context::SignInContext,
    response::{self, PageResponse},
};
use crate::{
    base::{secret::Secret, telemetry},
    browser::{
        navigation::{accepts, is_script},
        origin,
        pages::{Action, ActionKind, Hashed, Page, PageKind, SignInProblem},
        session::EndedSession,
    },
};

/// How long the user waits for the revocation, which continues afterwards.
const REVOCATION: Duration = Duration::from_secs(2);

static SCRIPT: LazyLock<Hashed> =
    LazyLock::new(|| Hashed::new("document.getElementById('okta-tower-form').submit()"));

impl SignInContext {
    pub(super) async fn logout(&self, method: &Method, headers: &HeaderMap) -> PageResponse {
        let (session, own) = (&self.settings.session, &self.settings.origin);
        if session.checks_origin
            && *method != Method::GET
            && origin::check(method, headers, own, &session.allowed_origins).is_err()
        {
            self.report(SignInProblem::CrossOrigin);
            return response::page(&SignInProblem::CrossOrigin, None);
        }
        let EndedSession {
            set_cookies,
            refresh_token,
            id_token,
            store_error,
        } = self.sessions.end(headers).await;
        if let Some(revocation) = self.revoke(refresh_token) {
            tokio::select! {
                _ = revocation => {}
                () = self.clock.sleep(REVOCATION) => {}
            }
        }
        let request = self.logout_request(id_token.as_ref());
        let mark = (store_error.is_some() || is_script(headers) || request.is_none())
            .then(|| self.signed_out.set());
        let mut response = if store_error.is_some() {
            self.report(SignInProblem::NotDeleted);
            response::page(&SignInProblem::NotDeleted, None)
        } else if is_script(headers) {
            if accepts(headers, "application/json") {
                self.leave_by_script(request)
            } else {
                response::empty()
            }
        } else {
            self.leave(request)
        };
        response::set_cookies(response.headers_mut(), set_cookies);
        response::set_cookies(response.headers_mut(), mark);
        response
    }

    /// Returns the request that ends the issuer's session, if the issuer supports this.
    pub(super) fn logout_request(&self, id_token: Option<&Secret>) -> Option<LogoutRequest> {
        let (endpoint, id_token) = self.client.end_session().zip(id_token)?;
        let home = &self.settings.post_logout_redirect_uri;
        let (state, cookie) = self.logout_return.begin().unzip();
        Some(LogoutRequest::new(endpoint, id_token, home, state, cookie))
    }

    /// Returns the response that ends the issuer's session, else leads home.
    fn leave(&self, request: Option<LogoutRequest>) -> PageResponse {
        match request {
            Some(request) => goodbye(request),
            None => response::redirect(self.settings.post_logout_redirect_uri.as_str()),
        }
    }

    /// Returns the URL that ends the issuer's session, for a script that goes there.
    fn leave_by_script(&self, request: Option<LogoutRequest>) -> PageResponse {
        let (url, cookie) = match request {
            Some(LogoutRequest {
                mut endpoint,
                parameters,
                cookie,
            }) => {
                endpoint.query_pairs_mut().extend_pairs(parameters);
                (endpoint, cookie)
            }
            None => (self.settings.post_logout_redirect_uri.clone(), None),
        };
        let json = serde_json::json!({ "url": url.as_str() });
        let mut response = response::json(StatusCode::OK, json.to_string());
        response::set_cookies(response.headers_mut(), cookie);
        response
    }

    /// Answers the browser's return from the issuer's logout.
    pub(super) async fn returned(&self, query: &str, headers: &HeaderMap) -> PageResponse {
        let logout = &self.logout_return;
        let checked = logout.check(query, headers);
        if let Err(Some(reason)) = checked {
            telemetry::logout_return_unproven(reason);
        }
        let next = match logout.has_own_page() {
            true => self.return_pages.url(&self.return_pages.default_page()),
            false => self.settings.post_logout_redirect_uri.to_string(),
        };
        // A page must not say that a user is signed out who has signed in again.
        let leads_on = checked.is_ok() || matches!(self.sessions.peek(headers).await, Ok(Some(_)));
        let mut response = if leads_on {
            response::redirect(&next)
        } else {
            let next = Action::link(ActionKind::Continue, next);
            response::html(Page::new(PageKind::SignedOut, vec![next]))
        };
        response::set_cookies(response.headers_mut(), logout.forget(headers));
        response
    }
}

/// A logout request (RP-Initiated Logout 1.0 section 2) that the browser sends.
pub(super) struct LogoutRequest {
    endpoint: Url,
    parameters: Vec<(&'static str, String)>,
    /// Binds `state` to the browser.
    pub(super) cookie: Option<HeaderValue>,
}

impl LogoutRequest {
    fn new(
        endpoint: Url,
        id_token: &Secret,
        home: &Url,
        state: Option<String>,
        cookie: Option<HeaderValue>,
    ) -> Self {
        let mut parameters = vec![
            ("id_token_hint", id_token.expose().to_owned()),
            ("post_logout_redirect_uri", home.to_string()),
        ];
        parameters.extend(state.map(|state| ("state", state)));
        Self {
            endpoint,
            parameters,
            cookie,
        }
    }

    /// Returns the form that sends the request. A URL would leave the ID token in histories and
    /// logs.
    pub(super) fn form(&self, kind: ActionKind) -> Action {
        Action::form(kind, self.endpoint.as_str(), self.parameters.clone())
    }
}

/// Returns a page that posts the request to the issuer.
fn goodbye(request: LogoutRequest) -> PageResponse {
    let form = request.form(ActionKind::Continue);
    let page = Page::new(PageKind::SigningOut, vec![form]).with_script(&SCRIPT);
    let mut response = response::html(page);
    response::show_origin(&mut response);
    response::set_cookies(response.headers_mut(), request.cookie);
    response
}

#[cfg(test)]
mod tests {
    use http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY};

    use super::*;

    #[test]
    fn id_token_is_posted_and_in_no_url() {
        let url = Url::parse("https://dev-1.okta.com/oauth2/default/v1/logout").unwrap();
        let home = Url::parse("https://app.example.com/bye").unwrap();
        let hint = Secret::new("eyJ0.e30.c2ln");
        let response = goodbye(LogoutRequest::new(url, &hint, &home, None, None));
        let response = response::by_default(response);
        let policy = response.headers()[CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        // The browser would hold every redirect after the form against it.
        assert!(!policy.contains("form-action"), "{policy}");
        assert!(policy.contains("default-src 'none'"));
        assert!(policy.contains(&format!("script-src {};", SCRIPT.source)));
        assert_eq!(response.headers()[REFERRER_POLICY], "strict-origin");
        let html = String::from_utf8(response.into_body().into_bytes()).unwrap();
        assert!(html.contains(
            "method=\"post\" action=\"https://dev-1.okta.com/oauth2/default/v1/logout\""
        ));
        assert!(html.contains("name=\"id_token_hint\" value=\"eyJ0.e30.c2ln\""));
        assert!(html.contains("id=\"okta-tower-form\""));
        assert!(!SCRIPT.text.contains('<'));
    }
}
