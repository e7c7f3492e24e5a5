//! `POST /logout`: ends the session here, then its refresh token at the issuer (RFC 7009), then
//! the issuer's own session (OpenID Connect RP-Initiated Logout 1.0).

use std::{sync::LazyLock, time::Duration};

use http::{HeaderMap, HeaderName, Method, StatusCode};
use url::Url;

use super::{
    context::SignInContext,
    markup::{Action, Hashed, Page},
    problem::SignInProblem,
    response::{self, PageResponse},
};
use crate::{
    base::secret::Secret,
    browser::{origin, session::EndedSession},
};

/// How long the user waits for the revocation, which continues afterwards.
const REVOCATION: Duration = Duration::from_secs(2);

const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

static SCRIPT: LazyLock<Hashed> = LazyLock::new(|| Hashed::new("document.forms[0].submit()"));

impl SignInContext {
    pub(super) async fn logout(&self, method: &Method, headers: &HeaderMap) -> PageResponse {
        let (session, own) = (&self.settings.session, &self.settings.origin);
        if session.checks_origin
            && *method != Method::GET
            && origin::check(method, headers, own, &session.allowed_origins).is_err()
        {
            self.report(&SignInProblem::CrossOrigin, None);
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
            self.report(&SignInProblem::NotDeleted, None);
            response::page(&SignInProblem::NotDeleted, None)
        } else if is_script(headers) {
            response::empty()
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
}

/// Returns a page that posts the ID token to the issuer. A URL would leave the token in histories
/// and logs.
fn goodbye(url: &Url, home: &Url, id_token: &Secret) -> PageResponse {
    let fields = [
        ("id_token_hint", id_token.expose()),
        ("post_logout_redirect_uri", home.as_str()),
    ];
    let page = Page {
        title: "You are signed out of this application",
        text: "You are now being signed out of the identity provider.",
        action: Some(Action::Form {
            to: url.as_str(),
            fields: &fields,
            button: "Continue",
        }),
        script: Some(&SCRIPT),
        data: &[],
    };
    // The policy applies to redirects after the form, too.
    let sources = [url, home].map(|url| url.origin().ascii_serialization());
    let mut response = response::html(StatusCode::OK, &page, &sources.join(" "));
    response::show_origin(&mut response);
    response
}

/// Returns whether a script sent the request. A script wants no page and cannot open the issuer's.
fn is_script(headers: &HeaderMap) -> bool {
    (headers.get(SEC_FETCH_MODE)).is_some_and(|mode| mode != "navigate")
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
        let policy = response.headers()[CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        assert!(policy.contains("form-action https://dev-1.okta.com https://app.example.com"));
        assert_eq!(response.headers()[REFERRER_POLICY], "strict-origin");
        let html = String::from_utf8(response.into_body().into_bytes()).unwrap();
        assert!(html.contains(
            "method=\"post\" action=\"https://dev-1.okta.com/oauth2/default/v1/logout\""
        ));
        assert!(html.contains("name=\"id_token_hint\" value=\"eyJ0.e30.c2ln\""));
        assert!(!SCRIPT.text.contains('<'));
    }

    #[test]
    fn fetch_mode_tells_scripts_from_forms() {
        let with = |mode: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(SEC_FETCH_MODE, mode.parse().unwrap());
            headers
        };
        assert!(is_script(&with("cors")) && is_script(&with("same-origin")));
        assert!(!is_script(&with("navigate")) && !is_script(&HeaderMap::new()));
    }
}
