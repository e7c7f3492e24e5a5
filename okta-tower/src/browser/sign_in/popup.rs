//! The page at the end of a sign-in in a popup: it tells the window that opened it, and closes itself.
//!
//! The opener is told by `postMessage`, to exactly the configured origin: where another site has opened the popup, the browser
//! delivers nothing. What is told:
//!
//! ```text
//! { "type": "okta-tower:signed-in" }
//! { "type": "okta-tower:signed-in", "accessToken": "…", "expiresIn": 3600 }      where that was switched on
//! { "type": "okta-tower:sign-in-failed", "error": "cancelled" }                  a name from a closed list
//! ```

use std::{sync::LazyLock, time::Duration};

use http::StatusCode;
use serde::Serialize;

use super::{
    answer::{self, Answer},
    markup::{Action, Hashed, Page},
    problem::Problem,
};
use crate::{base::secret::Secret, browser::settings::Opener};

/// An opener that is gone, or that lives in another browsing context group, is none; then the person reads the page.
static SCRIPT: LazyLock<Hashed> = LazyLock::new(|| {
    Hashed::new(
        "(()=>{const{message,origin}=document.body.dataset,opener=window.opener;\
         if(!opener||opener.closed)return;\
         opener.postMessage(JSON.parse(message),origin);window.close()})()",
    )
});

#[derive(Serialize)]
struct Message<'m> {
    r#type: &'static str,
    #[serde(rename = "accessToken", skip_serializing_if = "Option::is_none")]
    access_token: Option<&'m str>,
    #[serde(rename = "expiresIn", skip_serializing_if = "Option::is_none")]
    expires_in: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
}

/// The sign-in is complete. The token is handed over only where the configuration says so; `next` is for people whose opener is
/// gone.
pub(super) fn signed_in(
    opener: &Opener,
    access_token: &Secret,
    expires_in: Option<Duration>,
    next: &str,
) -> Answer {
    let message = Message {
        r#type: "okta-tower:signed-in",
        access_token: opener.receives_token.then(|| access_token.expose()),
        expires_in: expires_in
            .filter(|_| opener.receives_token)
            .map(|left| left.as_secs()),
        error: None,
    };
    let page = Page {
        title: "You are signed in",
        text: "You can close this window.",
        action: Some(Action::Link {
            to: next.into(),
            text: "Continue",
        }),
        script: Some(&SCRIPT),
        data: &[],
    };
    tell(opener, &message, page, StatusCode::OK)
}

/// There is no session, and why.
pub(super) fn failed(opener: &Opener, problem: &Problem, retry: &str) -> Answer {
    let message = Message {
        r#type: "okta-tower:sign-in-failed",
        access_token: None,
        expires_in: None,
        error: Some(problem.code()),
    };
    let page = Page {
        title: problem.title(),
        text: problem.text(),
        action: Some(Action::Link {
            to: retry.into(),
            text: "Try again",
        }),
        script: Some(&SCRIPT),
        data: &[],
    };
    let mut answer = tell(opener, &message, page, problem.status());
    answer::hint_retry(problem, &mut answer);
    answer
}

fn tell(opener: &Opener, message: &Message<'_>, page: Page<'_>, status: StatusCode) -> Answer {
    // Strings and numbers alone: there is nothing that could not be written.
    let message = serde_json::to_string(message).unwrap_or_default();
    let data = [("message", &*message), ("origin", &*opener.origin)];
    let page = Page {
        data: &data,
        ..page
    };
    let mut answer = answer::html(status, &page, "'none'");
    answer::keep_opener(&mut answer);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opener(receives_token: bool) -> Opener {
        Opener {
            origin: "https://spa.example.com".into(),
            receives_token,
        }
    }

    fn text(answer: Answer) -> String {
        String::from_utf8(answer.into_body().into_bytes()).unwrap()
    }

    const HOUR: Option<Duration> = Some(Duration::from_secs(3600));

    #[test]
    fn the_opener_is_told_at_its_exact_origin_and_gets_no_token() {
        let answer = signed_in(&opener(false), &Secret::new("s3cr3t"), HOUR, "/a");
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(
            answer.headers()["cross-origin-opener-policy"],
            "unsafe-none"
        );
        let policy = answer.headers()["content-security-policy"]
            .to_str()
            .unwrap();
        assert!(
            policy.contains(&format!("script-src {}", SCRIPT.source)),
            "{policy}"
        );
        let html = text(answer);
        assert!(html.contains("data-origin=\"https://spa.example.com\""));
        assert!(
            html.contains("data-message=\"{&quot;type&quot;:&quot;okta-tower:signed-in&quot;}\"")
        );
        assert!(!html.contains("s3cr3t") && !html.contains("'*'") && !html.contains("\"*\""));
    }

    #[test]
    fn the_token_is_handed_over_where_that_is_configured() {
        let html = text(signed_in(&opener(true), &Secret::new("s3cr3t"), HOUR, "/a"));
        assert!(
            html.contains("&quot;accessToken&quot;:&quot;s3cr3t&quot;,&quot;expiresIn&quot;:3600")
        );
    }

    #[test]
    fn the_opener_is_told_of_a_failure_by_a_name_alone() {
        let answer = failed(
            &opener(true),
            &Problem::Denied("<because>".into()),
            "/login?mode=popup",
        );
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
        let html = text(answer);
        assert!(html.contains("{&quot;type&quot;:&quot;okta-tower:sign-in-failed&quot;,&quot;error&quot;:&quot;denied&quot;}"));
        assert!(html.contains("&lt;because&gt;") && !html.contains("<because>"));
        assert!(html.contains("href=\"/login?mode=popup\""));
    }

    #[test]
    fn no_script_can_end_its_element_early() {
        assert!(!SCRIPT.text.contains('<'));
    }
}
