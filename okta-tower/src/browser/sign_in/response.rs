//! The responses of the sign-in service.
//!
//! Responses are not stored, not framed, reveal no address to other sites, and load nothing.

use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode,
    header::{
        ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY,
        RETRY_AFTER, SET_COOKIE, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
    },
    request,
};

use crate::{
    base::telemetry,
    browser::{
        body::Body,
        pages::{Page, Pages, SignInProblem, preferred},
    },
};

pub(super) type PageResponse = Response<Content>;

/// The content of a response.
pub(super) enum Content {
    Whole(Body),
    /// A page that [`render`] writes in the application's look and language.
    Page(Box<Page>),
}

impl From<Page> for Content {
    fn from(page: Page) -> Self {
        Self::Page(Box::new(page))
    }
}

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// Completes the response to a request: with its page, or without content for HEAD.
pub(super) fn render(
    response: PageResponse,
    pages: &dyn Pages,
    request: &request::Parts,
) -> Response<Body> {
    let response = response.map(|content| match content {
        Content::Page(page) => page.with_languages(preferred(&request.headers)).into(),
        whole => whole,
    });
    let response = write(response, pages);
    match request.method {
        Method::HEAD => response.map(|_| Body::default()),
        _ => response,
    }
}

/// Writes the page of a response, if it is one.
pub(super) fn write(response: PageResponse, pages: &dyn Pages) -> Response<Body> {
    let (mut head, content) = response.into_parts();
    let body = match content {
        Content::Whole(body) => body,
        Content::Page(page) => {
            let document = pages.write(&page);
            if let Ok(policy) = HeaderValue::try_from(document.policy(&page)) {
                head.headers.insert(CONTENT_SECURITY_POLICY, policy);
            }
            document.html(&page).into()
        }
    };
    Response::from_parts(head, body)
}

/// Returns a response without content, with the headers that all responses have.
fn bare(status: StatusCode) -> PageResponse {
    let mut response = Response::new(Content::Whole(Body::default()));
    *response.status_mut() = status;
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
        ),
    ] {
        set(&mut response, name, value);
    }
    response
}

fn set(response: &mut PageResponse, name: HeaderName, value: &'static str) {
    response
        .headers_mut()
        .insert(name, HeaderValue::from_static(value));
}

/// Redirects the browser, always with GET (RFC 9700 section 4.12).
pub(super) fn redirect(to: &str) -> PageResponse {
    let Ok(to) = HeaderValue::try_from(to) else {
        // Parsed URLs contain only printable ASCII.
        return bare(StatusCode::BAD_REQUEST);
    };
    let mut response = bare(StatusCode::SEE_OTHER);
    response.headers_mut().insert(LOCATION, to);
    response
}

/// Returns JSON, for front ends.
pub(super) fn json(status: StatusCode, json: impl Into<Body>) -> PageResponse {
    let mut response = bare(status);
    set(&mut response, CONTENT_TYPE, "application/json");
    *response.body_mut() = Content::Whole(json.into());
    response
}

/// Returns a success without content.
pub(super) fn empty() -> PageResponse {
    bare(StatusCode::NO_CONTENT)
}

/// Returns the response for a path of the application.
pub(super) fn not_found() -> Response<Body> {
    bare(StatusCode::NOT_FOUND).map(|_| Body::default())
}

/// Returns the response to a speculative request. Browsers drop responses that are no success, and
/// ask again once the user does.
pub(super) fn not_before_asked() -> PageResponse {
    bare(StatusCode::SERVICE_UNAVAILABLE)
}

/// Returns a page.
pub(super) fn html(page: Page) -> PageResponse {
    let mut response = bare(page.status());
    set(&mut response, CONTENT_TYPE, "text/html; charset=utf-8");
    *response.body_mut() = page.into();
    response
}

/// Returns the page of a problem. `retry` is the link that starts again.
pub(super) fn page(problem: &SignInProblem, retry: Option<&str>) -> PageResponse {
    of_problem(problem, Page::of_problem(problem, retry))
}

/// Returns the response for the page of a problem.
pub(super) fn of_problem(problem: &SignInProblem, page: Page) -> PageResponse {
    let has_form = page.has_form();
    let mut response = html(page);
    hint_retry(problem, &mut response);
    if has_form {
        show_origin(&mut response);
    }
    response
}

/// Sets `Retry-After` if waiting helps.
pub(super) fn hint_retry(problem: &SignInProblem, response: &mut PageResponse) {
    if let Some(seconds) = problem.retry_after() {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
}

/// Returns the response for a method that the path does not accept.
pub(super) fn wrong_method(allowed: &'static str, retry: &str) -> PageResponse {
    let mut response = page(&SignInProblem::WrongMethod, Some(retry));
    set(&mut response, ALLOW, allowed);
    response
}

/// Lets a popup's page reach its opener, whatever policy the application's other pages have.
pub(super) fn keep_opener(response: &mut PageResponse) {
    set(response, OPENER_POLICY, "unsafe-none");
}

/// Shows this origin to the site that the page's form posts to. Some servers require the origin.
pub(super) fn show_origin(response: &mut PageResponse) {
    set(response, REFERRER_POLICY, "strict-origin");
}

/// Logs a response whose head a proxy rejects by default, with 502. nginx buffers one memory page.
pub(super) fn warn_if_large(response: &PageResponse) {
    /// What the server adds: status line, `Date`, `Content-Length`.
    const ADDED: usize = 128;
    let lines = response.headers().iter();
    let bytes = lines.map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len());
    let bytes = ADDED + bytes.sum::<usize>();
    if bytes > 4096 {
        telemetry::sign_in_response_large(bytes);
    }
}

pub(super) fn set_cookies(headers: &mut HeaderMap, cookies: impl IntoIterator<Item = HeaderValue>) {
    for cookie in cookies {
        headers.append(SET_COOKIE, cookie);
    }
}

/// Writes the page of a response as the default pages have it.
#[cfg(test)]
pub(super) fn by_default(response: PageResponse) -> Response<Body> {
    let (request, ()) = http::Request::new(()).into_parts();
    render(response, &crate::browser::pages::DefaultPages, &request)
}

#[cfg(test)]
mod tests {
    use http::{Request, header::ACCEPT_LANGUAGE};

    use super::*;
    use crate::browser::pages::Document;

    fn policy(response: &Response<Body>) -> &str {
        response.headers()[CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap()
    }

    #[test]
    fn responses_are_neither_stored_nor_framed() {
        let page = page(&SignInProblem::Cancelled, Some("/login"));
        for response in [
            redirect("/a"),
            json(StatusCode::OK, "{}"),
            page,
            wrong_method("GET", "/login"),
        ] {
            let response = by_default(response);
            let headers = response.headers();
            assert_eq!(headers[CACHE_CONTROL], "no-store");
            assert_eq!(headers[REFERRER_POLICY], "no-referrer");
            assert_eq!(headers[X_CONTENT_TYPE_OPTIONS], "nosniff");
            assert_eq!(headers[X_FRAME_OPTIONS], "DENY");
            assert!(policy(&response).contains("default-src 'none'"));
            assert!(policy(&response).contains("frame-ancestors 'none'"));
            assert!(policy(&response).contains("form-action 'none'"));
        }
    }

    #[test]
    fn page_allows_its_own_style_and_no_script() {
        let response = by_default(page(&SignInProblem::Denied("<b>no</b>".into()), None));
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        assert!(policy(&response).contains("script-src 'none'"));
        assert!(policy(&response).contains("style-src 'sha256-"));
        let html = String::from_utf8(response.into_body().into_bytes()).unwrap();
        assert!(html.contains("&lt;b&gt;no&lt;/b&gt;") && !html.contains("<b>"));
        assert!(!html.contains("http"), "nothing comes from elsewhere");
    }

    #[test]
    fn own_page_replaces_the_default_and_keeps_the_headers() {
        let own = |page: &Page| {
            let languages: Vec<&str> = page.languages().collect();
            Document::new("Titel", format!("<p>{}</p>", page.text())).language(languages[0])
        };
        let request = Request::get("/").header(ACCEPT_LANGUAGE, "en;q=0.1, de");
        let (request, ()) = request.body(()).unwrap().into_parts();
        let response = page(&SignInProblem::Denied("<b>nein</b>".into()), None);
        let response = render(response, &own, &request);
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        assert_eq!(response.headers()[X_FRAME_OPTIONS], "DENY");
        assert!(policy(&response).contains("script-src 'none'"));
        let html = String::from_utf8(response.into_body().into_bytes()).unwrap();
        assert!(html.contains("<html lang=\"de\">") && html.contains("<title>Titel</title>"));
        assert!(html.contains("<p>&lt;b&gt;nein&lt;/b&gt;</p>"), "{html}");
    }

    #[test]
    fn retry_after_is_sent_if_waiting_helps() {
        let after = |seconds| SignInProblem::Unavailable {
            retry_after: Some(std::time::Duration::from_secs(seconds)),
        };
        for (problem, expected) in [
            (SignInProblem::Unavailable { retry_after: None }, Some("5")),
            (after(30), Some("30")),
            (after(100_000), Some("600")),
            (after(0), Some("1")),
            (SignInProblem::StoreUnavailable, Some("5")),
            (SignInProblem::Cancelled, None),
        ] {
            let response = page(&problem, Some("/login"));
            let found = response
                .headers()
                .get(RETRY_AFTER)
                .map(|value| value.to_str().unwrap());
            assert_eq!(found, expected, "{problem:?}");
        }
    }

    #[test]
    fn redirect_with_control_character_is_rejected() {
        assert_eq!(redirect("/a\nb").status(), StatusCode::BAD_REQUEST);
        assert_eq!(redirect("/a").headers()[LOCATION], "/a");
    }
}
