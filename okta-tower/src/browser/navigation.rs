//! Distinguishes browsers that open a page from API clients: the former are redirected to sign-in,
//! the latter get 401.

use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Uri,
    header::{ACCEPT, CONTENT_TYPE, REFERER, UPGRADE_INSECURE_REQUESTS},
};

const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// Returns whether a browser opens a page in a tab or window: by GET or HEAD, and, according to
/// Fetch Metadata, as a navigation to a document.
///
/// Without Fetch Metadata, `text/html` in `Accept` decides: scripts do not send it by default.
/// Those that do name themselves.
pub(crate) fn is_navigation(method: &Method, headers: &HeaderMap) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
        && !headers.contains_key(CONTENT_TYPE)
        && shows_document(headers)
}

/// Returns whether a browser sends a form and shows the response in a tab or window.
pub(crate) fn is_form(method: &Method, headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let name = content_type.unwrap_or_default().split(|byte| *byte == b';');
    let name = name.map(<[u8]>::trim_ascii).next().unwrap_or_default();
    let is_form = |form: &&str| name.eq_ignore_ascii_case(form.as_bytes());
    *method == Method::POST
        && (name.is_empty() || FORMS.iter().any(is_form))
        && shows_document(headers)
}

/// The types of a form's body (HTML standard, section 4.10.19.6).
const FORMS: [&str; 3] = [
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "text/plain",
];

/// Returns whether the browser shows the response as a page, and now.
fn shows_document(headers: &HeaderMap) -> bool {
    let value = |name| headers.get(name).map(HeaderValue::as_bytes);
    let is_document = match (value(SEC_FETCH_MODE), value(SEC_FETCH_DEST)) {
        (None, None) => accepts(headers, "text/html") && !names_script(headers),
        (mode, Some(b"empty")) => is_passed_on(mode, headers),
        (mode, dest) => {
            mode.is_none_or(|mode| mode == b"navigate")
                && dest.is_none_or(|dest| dest == b"document")
        }
    };
    is_document && !is_speculative(headers)
}

/// Returns whether a service worker passes on a navigation. `fetch(event.request)` keeps the mode.
/// A copy with other headers has a script's mode, but keeps the field that only navigations have.
fn is_passed_on(mode: Option<&[u8]>, headers: &HeaderMap) -> bool {
    let is_navigation = mode == Some(b"navigate")
        || headers
            .get(UPGRADE_INSECURE_REQUESTS)
            .is_some_and(|value| value == "1");
    is_navigation && accepts(headers, "text/html")
}

/// Returns whether a script sent the request, and not a link or a form. A script wants no page, and
/// cannot open the issuer's.
pub(crate) fn is_script(headers: &HeaderMap) -> bool {
    match headers.get(SEC_FETCH_MODE) {
        Some(mode) => mode != "navigate" && !is_passed_on(Some(mode.as_bytes()), headers),
        None => names_script(headers),
    }
}

/// Returns whether the request has a header by which libraries name themselves.
fn names_script(headers: &HeaderMap) -> bool {
    // Android's WebView sends the name of its package, which has a dot, with every navigation.
    let by_library =
        (headers.get(X_REQUESTED_WITH)).is_some_and(|library| !library.as_bytes().contains(&b'.'));
    by_library || OF_SCRIPTS.iter().any(|name| headers.contains_key(*name))
}

/// Headers of htmx, Turbo, Unpoly, Inertia, PJAX and Alpine AJAX.
const OF_SCRIPTS: [&str; 7] = [
    HX_REQUEST,
    "turbo-frame",
    "x-turbo-request-id",
    "x-up-version",
    "x-inertia",
    "x-pjax",
    "x-alpine-request",
];

pub(crate) const HX_REQUEST: &str = "hx-request";
const X_REQUESTED_WITH: &str = "x-requested-with";

/// Returns whether the browser asks before the user does: a prefetch, a prerendering or a preview.
/// Such a request must start and end nothing.
pub(crate) fn is_speculative(headers: &HeaderMap) -> bool {
    SPECULATIONS.iter().any(|name| {
        headers.get_all(*name).iter().any(|field| {
            let purpose = field.as_bytes().split(|byte| b";,".contains(byte));
            purpose.map(<[u8]>::trim_ascii).any(|purpose| {
                purpose.eq_ignore_ascii_case(b"prefetch")
                    || purpose.eq_ignore_ascii_case(b"prerender")
                    || purpose.eq_ignore_ascii_case(b"preview")
            })
        })
    })
}

/// The header of the Fetch standard, and those of older browsers.
const SPECULATIONS: [&str; 4] = ["sec-purpose", "purpose", "x-purpose", "x-moz"];

/// Returns whether `Accept` names this media type, with any weight but 0.
pub(crate) fn accepts(headers: &HeaderMap, media_type: &str) -> bool {
    let fields = headers.get_all(ACCEPT).iter();
    let mut ranges = fields.flat_map(|field| field.as_bytes().split(|byte| *byte == b','));
    ranges.any(|range| {
        let mut parts = range.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
        let name = parts.next().unwrap_or_default();
        name.eq_ignore_ascii_case(media_type.as_bytes()) && !parts.any(is_zero_weight)
    })
}

/// `q=0`, `q=0.`, … `q=0.000` (RFC 9110 section 12.4.2).
fn is_zero_weight(parameter: &[u8]) -> bool {
    let weight = parameter.strip_prefix(b"q=0");
    weight.is_some_and(|rest| rest.iter().all(|byte| b".0".contains(byte)))
}

/// Returns the page of this application that a form is on, if the browser says so.
pub(crate) fn page_of_form(headers: &HeaderMap, origin: &str) -> Option<Uri> {
    // A copy that a service worker sends has the worker's own address.
    let is_copy = headers
        .get(SEC_FETCH_MODE)
        .is_some_and(|mode| mode != "navigate");
    own_page(headers, REFERER.as_str(), origin).filter(|_| !is_copy)
}

/// Returns the page of this application that a header names as a URL.
pub(crate) fn own_page(headers: &HeaderMap, name: &str, origin: &str) -> Option<Uri> {
    let url: Uri = headers.get(name)?.to_str().ok()?.parse().ok()?;
    let own: Uri = origin.parse().ok()?;
    (url.scheme() == own.scheme() && url.authority() == own.authority()).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            let name = HeaderName::from_static(name);
            headers.append(name, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    fn is(method: &Method, fields: &[(&'static str, &str)]) -> bool {
        is_navigation(method, &headers(fields))
    }

    const CHROMIUM: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

    #[test]
    fn only_a_page_in_a_window_is_a_navigation() {
        let navigate = ("sec-fetch-mode", "navigate");
        let document = ("sec-fetch-dest", "document");
        let html = ("accept", CHROMIUM);
        for (fields, expected) in [
            (vec![navigate, document, html], true),
            (vec![navigate, document], true),
            // Through a service worker.
            (vec![navigate, ("sec-fetch-dest", "empty"), html], true),
            (vec![navigate, ("sec-fetch-dest", "empty")], false),
            // A copy with other headers.
            (
                vec![
                    ("sec-fetch-mode", "same-origin"),
                    ("sec-fetch-dest", "empty"),
                    ("upgrade-insecure-requests", "1"),
                    html,
                ],
                true,
            ),
            (
                vec![
                    ("sec-fetch-mode", "same-origin"),
                    ("sec-fetch-dest", "empty"),
                    html,
                ],
                false,
            ),
            (
                vec![navigate, ("sec-fetch-dest", "empty"), ("accept", "*/*")],
                false,
            ),
            (vec![navigate, ("sec-fetch-dest", "iframe"), html], false),
            (vec![navigate, ("sec-fetch-dest", "object"), html], false),
            (
                vec![
                    ("sec-fetch-mode", "cors"),
                    ("sec-fetch-dest", "empty"),
                    html,
                ],
                false,
            ),
            (
                vec![("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")],
                false,
            ),
            (vec![("sec-fetch-mode", "websocket"), html], false),
            (vec![html], true),
            (vec![("accept", "TEXT/HTML;q=0.1")], true),
            (vec![("accept", "*/*")], false),
            (vec![("accept", "text/html;q=0, */*")], false),
            (vec![("accept", "application/json")], false),
            (vec![("accept", "application/xhtml+xml, text/htmlx")], false),
            (vec![], false),
        ] {
            assert_eq!(is(&Method::GET, &fields), expected, "{fields:?}");
            assert_eq!(is(&Method::HEAD, &fields), expected, "{fields:?}");
            assert!(!is(&Method::POST, &fields), "{fields:?}");
        }
        let grpc = [navigate, document, ("content-type", "application/grpc")];
        assert!(!is(&Method::GET, &grpc));
    }

    #[test]
    fn library_without_fetch_metadata_is_a_script() {
        let html = ("accept", CHROMIUM);
        for script in [
            ("x-requested-with", "XMLHttpRequest"),
            ("x-requested-with", "fetch"),
            ("hx-request", "true"),
            ("turbo-frame", "results"),
            ("x-turbo-request-id", "1"),
            ("x-up-version", "3.11"),
            ("x-inertia", "true"),
        ] {
            assert!(!is(&Method::GET, &[html, script]), "{script:?}");
            assert!(is_script(&headers(&[html, script])), "{script:?}");
        }
        // Android's WebView.
        let view = [html, ("x-requested-with", "com.example.app")];
        assert!(is(&Method::GET, &view));
        assert!(!is_script(&headers(&view)));
    }

    #[test]
    fn fetch_mode_tells_scripts_from_forms() {
        let with = |mode| is_script(&headers(&[("sec-fetch-mode", mode)]));
        assert!(with("cors") && with("same-origin") && !with("navigate"));
        assert!(!is_script(&HeaderMap::new()));
        // A service worker's copy of a form.
        let copy = [
            ("sec-fetch-mode", "same-origin"),
            ("accept", CHROMIUM),
            ("upgrade-insecure-requests", "1"),
        ];
        assert!(!is_script(&headers(&copy)) && is_script(&headers(&copy[..2])));
    }

    #[test]
    fn speculative_request_is_no_navigation() {
        let page = [
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
        ];
        let asks = |name, value| is(&Method::GET, &[page[0], page[1], (name, value)]);
        for (name, purpose) in [
            ("sec-purpose", "prefetch"),
            ("sec-purpose", "prefetch;prerender"),
            ("sec-purpose", "prefetch;anonymous-client-ip"),
            ("purpose", "prefetch"),
            ("x-purpose", "preview"),
            ("x-moz", "Prefetch"),
        ] {
            assert!(!asks(name, purpose), "{name}: {purpose}");
        }
        assert!(asks("sec-purpose", "") && asks("sec-purpose", "prefetched"));
    }

    #[test]
    fn form_of_a_page_is_told_from_a_scripts_post() {
        let navigate = ("sec-fetch-mode", "navigate");
        let document = ("sec-fetch-dest", "document");
        let html = ("accept", CHROMIUM);
        let form = ("content-type", "application/x-www-form-urlencoded");
        let is = |method, fields: &[_]| is_form(&method, &headers(fields));
        assert!(is(Method::POST, &[navigate, document, form]));
        assert!(is(Method::POST, &[html, form]));
        let multipart = ("content-type", "Multipart/Form-Data; boundary=x");
        assert!(is(Method::POST, &[html, multipart]));
        let json = ("content-type", "application/json");
        for fields in [
            &[navigate, document, json][..],
            &[
                ("sec-fetch-mode", "cors"),
                ("sec-fetch-dest", "empty"),
                form,
            ],
            &[navigate, ("sec-fetch-dest", "iframe"), form],
            &[("accept", "*/*"), form],
            &[html, form, ("x-requested-with", "XMLHttpRequest")],
        ] {
            assert!(!is(Method::POST, fields), "{fields:?}");
        }
        assert!(!is(Method::GET, &[navigate, document]));
        assert!(!is(Method::PUT, &[navigate, document, form]));
    }

    #[test]
    fn page_of_another_origin_is_not_own() {
        let page = |url| {
            own_page(
                &headers(&[("referer", url)]),
                "referer",
                "https://a.example",
            )
        };
        let own = page("https://a.example/x?y=1").unwrap();
        assert_eq!(own.path_and_query().unwrap(), "/x?y=1");
        for other in [
            "http://a.example/x",
            "https://a.example.evil.example/x",
            "https://a.example:8443/x",
            "https://user@a.example/x",
            "/x",
            "",
        ] {
            assert_eq!(page(other), None, "{other}");
        }
        let form = |mode| {
            let fields = [("referer", "https://a.example/x"), ("sec-fetch-mode", mode)];
            page_of_form(&headers(&fields), "https://a.example")
        };
        assert_eq!(form("navigate").unwrap().path(), "/x");
        assert_eq!(form("same-origin"), None);
    }
}
