//! `POST /logout`: ends the session here, then its refresh token at the issuer (RFC 7009), then
//! the issuer's own session (OpenID Connect RP-Initiated Logout 1.0).

use std::{sync::LazyLock, time::Duration};

use http::{HeaderMap, Method, StatusCode};
use url::Url;

use super::{
    context::SignInContext,
    response::{self, PageResponse},
};
use crate::{
    base::secret::Secret,
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
        let leaves_the_issuer = id_token.is_some() && self.client.end_session().is_some();
        let mark = (store_error.is_some() || is_script(headers) || !leaves_the_issuer)
            .then(|| self.signed_out.set());
        let mut response = if store_error.is_some() {
            self.report(SignInProblem::NotDeleted);
            response::page(&SignInProblem::NotDeleted, None)
        } else if is_script(headers) {
            if accepts(headers, "application/json") {
                self.leave_by_script(id_token.as_ref())
            } else {
                response::empty()
            }
        } else {
            self.leave(id_token)
        };
        response::set_cookies(response.headers_mut(), set_cookies);
        response::set_cookies(response.headers_mut(), mark);
        response
    }

    /// Returns the response that ends the issuer's session, if the issuer supports this.
    fn leave(&self, id_token: Option<Secret>) -> PageResponse {
        let home = &self.settings.post_logout_redirect_uri;
        match (self.client.end_session(), id_token) {
            (Some(url), Some(id_token)) => goodbye(&url, home, &id_token),
            _ => response::redirect(home.as_str()),
        }
    }

    /// Returns the form by which a user without a session here signs out of the issuer.
    pub(super) fn sign_out_action(&self, url: &Url, id_token: &Secret) -> Action {
        let fields = fields(&self.settings.post_logout_redirect_uri, id_token);
        Action::form(ActionKind::SignOut, url.as_str(), fields)
    }

    /// Returns the URL that ends the issuer's session, for a script that goes there.
    fn leave_by_script(&self, id_token: Option<&Secret>) -> PageResponse {
        let home = &self.settings.post_logout_redirect_uri;
        let url = match (self.client.end_session(), id_token) {
            (Some(mut url), Some(id_token)) => {
                url.query_pairs_mut()
                    .append_pair("id_token_hint", id_token.expose())
                    .append_pair("post_logout_redirect_uri", home.as_str());
                url
            }
            _ => home.clone(),
        };
        let json = serde_json::json!({ "url": url.as_str() });
        response::json(StatusCode::OK, json.to_string())
    }
}

/// Returns the parameters of RP-Initiated Logout 1.0 section 2.
fn fields(home: &Url, id_token: &Secret) -> Vec<(&'static str, String)> {
    vec![
        ("id_token_hint", id_token.expose().to_owned()),
        ("post_logout_redirect_uri", home.to_string()),
    ]
}

/// Returns a page that posts the ID token to the issuer. A URL would leave the token in histories
/// and logs.
fn goodbye(url: &Url, home: &Url, id_token: &Secret) -> PageResponse {
    let form = Action::form(ActionKind::Continue, url.as_str(), fields(home, id_token));
    let page = Page::new(PageKind::SigningOut, vec![form]).with_script(&SCRIPT);
    let mut response = response::html(page);
    response::show_origin(&mut response);
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
        let response = goodbye(&url, &home, &Secret::new("eyJ0.e30.c2ln"));
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
