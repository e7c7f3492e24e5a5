//! Distinguishes browsers that open a page from API clients: the former are redirected to sign-in,
//! the latter get 401.

use http::{
    HeaderMap, HeaderName, Method,
    header::{ACCEPT, CONTENT_TYPE},
};

const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// Returns whether a browser opens a page in a tab or window: by GET or HEAD, and, according to
/// Fetch Metadata, as a navigation to a document.
///
/// Without Fetch Metadata, `text/html` in `Accept` decides: scripts do not send it by default.
pub(crate) fn is_navigation(method: &Method, headers: &HeaderMap) -> bool {
    if !matches!(*method, Method::GET | Method::HEAD) || headers.contains_key(CONTENT_TYPE) {
        return false;
    }
    let value = |name| headers.get(name).map(http::HeaderValue::as_bytes);
    match (value(&SEC_FETCH_MODE), value(&SEC_FETCH_DEST)) {
        (None, None) => accepts_html(headers),
        (mode, dest) => {
            mode.is_none_or(|mode| mode == b"navigate")
                && dest.is_none_or(|dest| dest == b"document")
        }
    }
}

fn accepts_html(headers: &HeaderMap) -> bool {
    let fields = headers.get_all(ACCEPT).iter();
    let mut ranges = fields.flat_map(|field| field.as_bytes().split(|byte| *byte == b','));
    ranges.any(|range| {
        let name = range.split(|byte| *byte == b';').next().unwrap_or_default();
        name.trim_ascii().eq_ignore_ascii_case(b"text/html")
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn is(method: &Method, fields: &[(&'static str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            let name = HeaderName::from_static(name);
            headers.append(name, HeaderValue::from_str(value).unwrap());
        }
        is_navigation(method, &headers)
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
}
