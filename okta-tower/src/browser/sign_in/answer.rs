//! The answers of the sign-in service: what they all carry, and how each kind is made.
//!
//! Nothing is stored, nobody frames them, no address is given away to other sites, and nothing is loaded from anywhere.

use http::{
    HeaderMap, HeaderName, HeaderValue, Response, StatusCode,
    header::{
        ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY,
        RETRY_AFTER, SET_COOKIE, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
    },
};

use super::{
    markup::{Action, Page, STYLE},
    problem::Problem,
};
use crate::browser::body::Body;

pub(super) type Answer = Response<Body>;

const POLICY: &str = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// An answer without content, with the headers that all have.
fn bare(status: StatusCode) -> Answer {
    let mut answer = Response::new(Body::default());
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    let fields = [
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
        ),
    ];
    for (name, value) in fields {
        headers.insert(name, HeaderValue::from_static(value));
    }
    answer
}

/// Sends the browser on, by GET whatever it came with (RFC 9700 section 4.12).
pub(super) fn redirect(to: &str) -> Answer {
    let Ok(to) = HeaderValue::try_from(to) else {
        // Our URLs are parsed ones, which hold nothing but printable ASCII.
        return page(&Problem::BadRequest, None);
    };
    let mut answer = bare(StatusCode::SEE_OTHER);
    answer.headers_mut().insert(LOCATION, to);
    answer
}

/// JSON for programs.
pub(super) fn json(status: StatusCode, json: String) -> Answer {
    let mut answer = bare(status);
    let media = HeaderValue::from_static("application/json");
    answer.headers_mut().insert(CONTENT_TYPE, media);
    *answer.body_mut() = json.into();
    answer
}

/// Done, and nothing to show.
pub(super) fn empty() -> Answer {
    bare(StatusCode::NO_CONTENT)
}

/// A path that is none of ours.
pub(super) fn nothing_here() -> Answer {
    bare(StatusCode::NOT_FOUND)
}

/// A page. `form_action` are the sources that its form may lead to, redirects included.
pub(super) fn html(status: StatusCode, page: &Page<'_>, form_action: &str) -> Answer {
    let mut answer = bare(status);
    let headers = answer.headers_mut();
    let media = HeaderValue::from_static("text/html; charset=utf-8");
    headers.insert(CONTENT_TYPE, media);
    let style = &STYLE.source;
    let script = page.script.map_or("'none'", |script| &script.source);
    let policy =
        format!("{POLICY}; style-src {style}; script-src {script}; form-action {form_action}");
    if let Ok(policy) = HeaderValue::try_from(policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    *answer.body_mut() = page.html().into();
    answer
}

/// The page that tells of a problem. `retry` is where to start again.
pub(super) fn page(problem: &Problem, retry: Option<&str>) -> Answer {
    let text = match problem {
        Problem::LoginRequired => "Sign in",
        _ => "Try again",
    };
    let page = Page {
        title: problem.title(),
        text: problem.text(),
        action: retry.map(|to| Action::Link {
            to: to.into(),
            text,
        }),
        script: None,
        data: &[],
    };
    let mut answer = html(problem.status(), &page, "'none'");
    hint_retry(problem, &mut answer);
    answer
}

/// `Retry-After`, where waiting helps.
pub(super) fn hint_retry(problem: &Problem, answer: &mut Answer) {
    if let Some(seconds) = problem.retry_after() {
        answer.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
}

/// A path of ours with a method that it does not take.
pub(super) fn wrong_method(allowed: &'static str, retry: &str) -> Answer {
    let mut answer = page(&Problem::WrongMethod, Some(retry));
    answer
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static(allowed));
    answer
}

/// Lets a page in a popup keep the window that opened it, whatever policy the application has for its other pages.
pub(super) fn keep_opener(answer: &mut Answer) {
    answer
        .headers_mut()
        .insert(OPENER_POLICY, HeaderValue::from_static("unsafe-none"));
}

/// What the address of a page may tell another site that its form goes to: the origin, which some servers ask for.
pub(super) fn show_origin(answer: &mut Answer) {
    answer
        .headers_mut()
        .insert(REFERRER_POLICY, HeaderValue::from_static("strict-origin"));
}

pub(super) fn set_cookies(headers: &mut HeaderMap, cookies: impl IntoIterator<Item = HeaderValue>) {
    for cookie in cookies {
        headers.append(SET_COOKIE, cookie);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(answer: &Answer) -> &str {
        answer.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap()
    }

    #[test]
    fn every_answer_is_kept_by_nobody_and_framed_by_nobody() {
        let page = page(&Problem::Cancelled, Some("/login"));
        for answer in [
            redirect("/a"),
            json(StatusCode::OK, "{}".into()),
            page,
            wrong_method("GET", "/login"),
        ] {
            let headers = answer.headers();
            assert_eq!(headers[CACHE_CONTROL], "no-store");
            assert_eq!(headers[REFERRER_POLICY], "no-referrer");
            assert_eq!(headers[X_CONTENT_TYPE_OPTIONS], "nosniff");
            assert_eq!(headers[X_FRAME_OPTIONS], "DENY");
            assert!(policy(&answer).contains("default-src 'none'"));
            assert!(policy(&answer).contains("frame-ancestors 'none'"));
            assert!(policy(&answer).contains("form-action 'none'"));
        }
    }

    #[test]
    fn a_page_may_use_its_own_style_and_no_script() {
        let answer = page(&Problem::Denied("<b>no</b>".into()), None);
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
        assert!(policy(&answer).contains("script-src 'none'"));
        assert!(policy(&answer).contains(&format!("style-src {}", STYLE.source)));
        let html = String::from_utf8(answer.into_body().into_bytes()).unwrap();
        assert!(html.contains("&lt;b&gt;no&lt;/b&gt;") && !html.contains("<b>"));
        assert!(!html.contains("http"), "nothing comes from elsewhere");
    }

    #[test]
    fn a_person_is_told_when_waiting_helps() {
        let after = |seconds| Problem::Unavailable {
            retry_after: Some(std::time::Duration::from_secs(seconds)),
        };
        for (problem, expected) in [
            (Problem::Unavailable { retry_after: None }, Some("5")),
            (after(30), Some("30")),
            (after(100_000), Some("600")),
            (after(0), Some("1")),
            (Problem::StoreUnavailable, Some("5")),
            (Problem::Cancelled, None),
        ] {
            let answer = page(&problem, Some("/login"));
            let found = answer
                .headers()
                .get(RETRY_AFTER)
                .map(|value| value.to_str().unwrap());
            assert_eq!(found, expected, "{problem:?}");
        }
    }

    #[test]
    fn a_redirect_that_could_not_be_sent_is_none() {
        assert_eq!(redirect("/a\nb").status(), StatusCode::BAD_REQUEST);
        assert_eq!(redirect("/a").headers()[LOCATION], "/a");
    }
}
