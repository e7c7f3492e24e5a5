//! The form of a response that a request prefers.

use http::{HeaderMap, header::ACCEPT};

/// The forms of a rejection's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    /// `application/problem+json`.
    Problem,
    /// One line of `text/plain`.
    Text,
    /// No body: the request accepts neither of the others.
    Empty,
}

/// How exactly a media range matches a form, and its weight. The order implements RFC 9110 section
/// 12.5.1: the most exact matching range decides, regardless of its weight.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Fit {
    exactness: u8,
    weight: u16,
}

impl Body {
    /// Returns the form that the `Accept` fields prefer. Without a preference it is problem
    /// details, because most callers of a service with bearer tokens are API clients.
    pub(crate) fn preferred(headers: &HeaderMap) -> Self {
        let mut problem = Fit::default();
        let mut text = Fit::default();
        let mut is_open = true;
        for field in headers.get_all(ACCEPT) {
            // Ignore fields that are not text.
            let field = field.to_str().unwrap_or_default();
            for (range, weight) in field.split(',').filter_map(media_range) {
                is_open = false;
                let fit = |exactness| Fit { exactness, weight };
                let json = exactness(range, "application", &["problem+json", "json"]);
                problem = problem.max(fit(json));
                let plain = exactness(range, "text", &["plain", "html"]);
                text = text.max(fit(plain));
            }
        }
        match (problem.welcome(), text.welcome()) {
            _ if is_open => Self::Problem,
            (0, 0) => Self::Empty,
            (problem, text) if text > problem => Self::Text,
            _ => Self::Problem,
        }
    }
}

impl Fit {
    fn welcome(self) -> u16 {
        if self.exactness == 0 { 0 } else { self.weight }
    }
}

/// Parses one element of an `Accept` list into its range and its weight in thousandths. Returns
/// `None` if it is malformed.
fn media_range(element: &str) -> Option<(&str, u16)> {
    let mut parts = element.split(';').map(str::trim);
    let range = parts.next().filter(|range| range.contains('/'))?;
    let weight = parts.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.eq_ignore_ascii_case("q").then_some(value)
    });
    Some((range, weight.map_or(Some(1000), thousandths)?))
}

/// Parses a `qvalue` of RFC 9110 section 12.4.2: 0 to 1, with at most three decimals.
fn thousandths(value: &str) -> Option<u16> {
    let (whole, decimals) = value.split_once('.').unwrap_or((value, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let decimals: u16 = format!("{decimals:0<3}").parse().ok()?;
    match (whole, decimals) {
        ("0", thousandths) => Some(thousandths),
        ("1", 0) => Some(1000),
        _ => None,
    }
}

/// Returns how exactly a range names one of these types: 3 by name, 2 by `type/*`, 1 by `*/*`, 0
/// not at all.
fn exactness(range: &str, main: &str, subtypes: &[&str]) -> u8 {
    let Some((left, right)) = range.split_once('/') else {
        return 0;
    };
    let is_main = left.eq_ignore_ascii_case(main);
    let is_named = subtypes.iter().any(|name| right.eq_ignore_ascii_case(name));
    match right {
        "*" if left == "*" => 1,
        "*" if is_main => 2,
        _ if is_main && is_named => 3,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn preferred(fields: &[&str]) -> Body {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append(ACCEPT, HeaderValue::from_bytes(field.as_bytes()).unwrap());
        }
        Body::preferred(&headers)
    }

    #[test]
    fn api_client_gets_problem_details() {
        assert_eq!(preferred(&[]), Body::Problem);
        for accept in [
            "*/*",
            "application/json",
            "application/problem+json",
            "Application/JSON; charset=utf-8",
            "application/*",
            "application/json, text/plain, */*",
            "text/html;q=0.9, application/json",
            "text/plain, application/json",
            "",
        ] {
            assert_eq!(preferred(&[accept]), Body::Problem, "{accept}");
        }
    }

    #[test]
    fn browser_or_text_client_gets_text() {
        for accept in [
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "text/plain",
            "text/*",
            "TEXT/HTML",
            "text/html, application/json;q=0.9",
            "application/json;q=0, */*",
            "application/json;q=0.5, text/plain;q=0.501",
        ] {
            assert_eq!(preferred(&[accept]), Body::Text, "{accept}");
        }
    }

    #[test]
    fn request_that_accepts_neither_form_gets_no_body() {
        for accept in [
            "image/png",
            "application/json;q=0",
            "*/*;q=0",
            "application/jsonp, text/csv",
            "json/application",
        ] {
            assert_eq!(preferred(&[accept]), Body::Empty, "{accept}");
        }
    }

    #[test]
    fn several_accept_fields_are_one_list() {
        assert_eq!(preferred(&["image/png", "text/plain"]), Body::Text);
        assert_eq!(
            preferred(&["text/plain;q=0.1", "application/json"]),
            Body::Problem
        );
    }

    #[test]
    fn exact_range_takes_precedence_over_a_wider_one() {
        for accept in [
            "*/*, application/json;q=0.1, text/plain;q=0.2",
            "text/plain;q=0.2, application/json;q=0.1, */*",
        ] {
            assert_eq!(preferred(&[accept]), Body::Text, "{accept}");
        }
    }

    #[test]
    fn malformed_element_is_ignored() {
        for malformed in [
            "text/plain;q=2",
            "text/plain;q=1.001",
            "text/plain;q=0.1234",
            "text/plain;q=-1",
            "text",
            "text/plain;q=",
            "text/plain;q=.5",
            "text/plain;q=0.é",
        ] {
            assert_eq!(preferred(&[malformed]), Body::Problem, "{malformed}");
            let with_valid = format!("{malformed}, text/html");
            if malformed.is_ascii() {
                assert_eq!(preferred(&[&with_valid]), Body::Text, "{with_valid}");
            }
        }
    }

    #[test]
    fn weights_have_three_decimals() {
        for (text, weight) in [
            ("0", Some(0)),
            ("0.", Some(0)),
            ("0.5", Some(500)),
            ("0.05", Some(50)),
            ("0.999", Some(999)),
            ("1", Some(1000)),
            ("1.000", Some(1000)),
            ("01", None),
            ("+1", None),
            ("0.+1", None),
            ("1e0", None),
        ] {
            assert_eq!(thousandths(text), weight, "{text}");
        }
    }
}
