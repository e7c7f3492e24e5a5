//! `POST /logout`: the session ends here first and for certain, then its refresh token at the issuer (RFC 7009), then the
//! issuer's own session (OpenID Connect RP-Initiated Logout 1.0).

use std::{sync::LazyLock, time::Duration};

use http::{HeaderMap, HeaderName, Method, StatusCode};
use url::Url;

use super::{
    answer::{self, Answer},
    markup::{Action, Hashed, Page},
    parts::Parts,
    problem::Problem,
};
use crate::{
    base::secret::Secret,
    browser::{origin, session::EndedSession},
};

/// How long a person waits for the revocation. It goes on without them.
const REVOCATION: Duration = Duration::from_secs(2);

const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

static SCRIPT: LazyLock<Hashed> = LazyLock::new(|| Hashed::new("document.forms[0].submit()"));

impl Parts {
    pub(super) async fn logout(&self, method: &Method, headers: &HeaderMap) -> Answer {
        let settings = &self.settings;
        let is_foreign = settings.session.checks_origin
            && *method != Method::GET
            && origin::check(
                method,
                headers,
                &settings.origin,
                &settings.session.allowed_origins,
            )
            .is_err();
        if is_foreign {
            self.tell(&Problem::CrossOrigin, None);
            return answer::page(&Problem::CrossOrigin, None);
        }
        let EndedSession {
            set_cookies,
            refresh_token,
            id_token,
            store_error,
        } = self.sessions.end(headers).await;
        self.revoke(refresh_token).await;
        let mut answer = if store_error.is_some() {
            self.tell(&Problem::NotDeleted, None);
            answer::page(&Problem::NotDeleted, None)
        } else if is_script(headers) {
            answer::empty()
        } else {
            self.leave(id_token)
        };
        answer::set_cookies(answer.headers_mut(), set_cookies);
        answer
    }

    async fn revoke(&self, refresh_token: Option<Secret>) {
        let Some(token) = refresh_token else { return };
        let client = std::sync::Arc::clone(&self.client);
        // In a task of its own: whoever goes away, or has waited long enough, does not stop it.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        let revoked = runtime.spawn(async move { client.revoke(&token).await });
        tokio::select! {
            _ = revoked => {}
            () = self.clock.sleep(REVOCATION) => {}
        }
    }

    /// On to the issuer, to end its session too, where it can be told whose.
    fn leave(&self, id_token: Option<Secret>) -> Answer {
        let home = &self.settings.post_logout_redirect_uri;
        match (self.client.end_session(), id_token) {
            (Some(url), Some(id_token)) => goodbye(&url, home, &id_token),
            _ => answer::redirect(home.as_str()),
        }
    }
}

/// A page that posts the ID token to the issuer: in a URL it would end up in histories and logs.
fn goodbye(url: &Url, home: &Url, id_token: &Secret) -> Answer {
    let fields = [
        ("id_token_hint", id_token.expose()),
        ("post_logout_redirect_uri", home.as_str()),
    ];
    let page = Page {
        title: "You are signed out here",
        text: "One moment: your sign-in at the identity provider is being ended, too.",
        action: Some(Action::Form {
            to: url.as_str(),
            fields: &fields,
            button: "Continue",
        }),
        script: Some(&SCRIPT),
        data: &[],
    };
    // Redirects that the form leads to are held against the policy, too.
    let sources = format!(
        "{} {}",
        url.origin().ascii_serialization(),
        home.origin().ascii_serialization()
    );
    let mut answer = answer::html(StatusCode::OK, &page, &sources);
    answer::show_origin(&mut answer);
    answer
}

/// A script has asked, not a form: it wants no page, and can open none at the issuer.
fn is_script(headers: &HeaderMap) -> bool {
    headers
        .get(SEC_FETCH_MODE)
        .is_some_and(|mode| mode != "navigate")
}

#[cfg(test)]
mod tests {
    use http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY};

    use super::*;

    #[test]
    fn the_id_token_is_posted_and_is_in_no_url() {
        let url = Url::parse("https://dev-1.okta.com/oauth2/default/v1/logout").unwrap();
        let home = Url::parse("https://app.example.com/bye").unwrap();
        let answer = goodbye(&url, &home, &Secret::new("eyJ0.e30.c2ln"));
        let policy = answer.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("form-action https://dev-1.okta.com https://app.example.com"));
        assert_eq!(answer.headers()[REFERRER_POLICY], "strict-origin");
        let html = String::from_utf8(answer.into_body().into_bytes()).unwrap();
        assert!(html.contains(
            "method=\"post\" action=\"https://dev-1.okta.com/oauth2/default/v1/logout\""
        ));
        assert!(html.contains("name=\"id_token_hint\" value=\"eyJ0.e30.c2ln\""));
        assert!(!SCRIPT.text.contains('<'));
    }

    #[test]
    fn scripts_are_told_from_forms_by_the_browser() {
        let with = |mode: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(SEC_FETCH_MODE, mode.parse().unwrap());
            headers
        };
        assert!(is_script(&with("cors")) && is_script(&with("same-origin")));
        assert!(!is_script(&with("navigate")) && !is_script(&HeaderMap::new()));
    }
}
