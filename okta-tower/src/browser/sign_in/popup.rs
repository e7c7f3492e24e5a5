//! The page at the end of a sign-in in a popup: notifies the opener and closes itself.
//!
//! The page calls `postMessage` with exactly the configured origin: if another site opened the
//! popup, the browser delivers nothing. The messages:
//!
//! ```text
//! { "type": "okta-tower:signed-in" }
//! { "type": "okta-tower:signed-in", "accessToken": "…", "expiresIn": 3600 }   if turned on
//! { "type": "okta-tower:sign-in-failed", "error": "cancelled" }               a fixed name
//! ```

use std::{sync::LazyLock, time::Duration};

use serde::Serialize;

use super::response::{self, PageResponse};
use crate::{
    base::secret::Secret,
    browser::{
        pages::{Action, ActionKind, Hashed, Page, PageKind, SignInProblem},
        settings::Opener,
    },
};

/// Without an opener, or with one in another browsing context group, the page stays open.
static SCRIPT: LazyLock<Hashed> = LazyLock::new(|| {
    Hashed::new(
        "(()=>{const{message,origin}=document.body.dataset,opener=window.opener;\
         if(!opener||opener.closed)return;\
         opener.postMessage(JSON.parse(message),origin);window.close()})()",
    )
});

#[derive(Default, Serialize)]
struct Message<'m> {
    r#type: &'static str,
    #[serde(rename = "accessToken", skip_serializing_if = "Option::is_none")]
    access_token: Option<&'m str>,
    #[serde(rename = "expiresIn", skip_serializing_if = "Option::is_none")]
    expires_in: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
}

/// Returns the page of a completed sign-in. The opener gets the token only if configured. `next` is
/// for users whose opener is gone.
pub(super) fn signed_in(
    opener: &Opener,
    access_token: &Secret,
    expires_in: Option<Duration>,
    next: &str,
) -> PageResponse {
    let mut message = Message {
        r#type: "okta-tower:signed-in",
        ..Message::default()
    };
    if opener.receives_token {
        message.access_token = Some(access_token.expose());
        message.expires_in = expires_in.map(|left| left.as_secs());
    }
    let next = Action::link(ActionKind::Continue, next);
    respond(opener, &message, Page::new(PageKind::SignedIn, vec![next]))
}

/// Returns the page of a failed sign-in.
pub(super) fn failed(opener: &Opener, problem: &SignInProblem, page: Page) -> PageResponse {
    let message = Message {
        r#type: "okta-tower:sign-in-failed",
        error: Some(problem.code()),
        ..Message::default()
    };
    let mut response = respond(opener, &message, page);
    response::hint_retry(problem, &mut response);
    response
}

fn respond(opener: &Opener, message: &Message<'_>, page: Page) -> PageResponse {
    // Strings and numbers always serialize.
    let message = serde_json::to_string(message).unwrap_or_default();
    let page = page
        .with_script(&SCRIPT)
        .with_data("message", message)
        .with_data("origin", opener.origin.to_string());
    let mut response = response::html(page);
    response::keep_opener(&mut response);
    response
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::{response::by_default, *};

    fn opener(receives_token: bool) -> Opener {
        Opener {
            origin: "https://spa.example.com".into(),
            receives_token,
        }
    }

    fn text(response: PageResponse) -> String {
        String::from_utf8(by_default(response).into_body().into_bytes()).unwrap()
    }

    const HOUR: Option<Duration> = Some(Duration::from_secs(3600));

    #[test]
    fn opener_is_notified_at_its_origin_without_a_token() {
        let response = signed_in(&opener(false), &Secret::new("s3cr3t"), HOUR, "/a");
        let response = by_default(response);
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(
            response.headers()["cross-origin-opener-policy"],
            "unsafe-none"
        );
        let policy = response.headers()["content-security-policy"]
            .to_str()
            .unwrap();
        assert!(
            policy.contains(&format!("script-src {}", SCRIPT.source)),
            "{policy}"
        );
        let html = String::from_utf8(response.into_body().into_bytes()).unwrap();
        assert!(html.contains("data-origin=\"https://spa.example.com\""));
        assert!(
            html.contains("data-message=\"{&quot;type&quot;:&quot;okta-tower:signed-in&quot;}\"")
        );
        assert!(!html.contains("s3cr3t") && !html.contains("'*'") && !html.contains("\"*\""));
    }

    #[test]
    fn token_is_handed_over_if_configured() {
        let html = text(signed_in(&opener(true), &Secret::new("s3cr3t"), HOUR, "/a"));
        assert!(
            html.contains("&quot;accessToken&quot;:&quot;s3cr3t&quot;,&quot;expiresIn&quot;:3600")
        );
    }

    #[test]
    fn failure_is_sent_to_the_opener_by_its_name() {
        let problem = SignInProblem::Denied("<because>".into());
        let page = Page::of_problem(&problem, Some("/login?mode=popup"));
        let response = failed(&opener(true), &problem, page);
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        let html = text(response);
        assert!(html.contains(
            "{&quot;type&quot;:&quot;okta-tower:sign-in-failed&quot;,\
             &quot;error&quot;:&quot;denied&quot;}"
        ));
        assert!(html.contains("&lt;because&gt;") && !html.contains("<because>"));
        assert!(html.contains("href=\"/login?mode=popup\""));
    }

    #[test]
    fn script_does_not_end_its_element() {
        assert!(!SCRIPT.text.contains('<'));
    }
}
