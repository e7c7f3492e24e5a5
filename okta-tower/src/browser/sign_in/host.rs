//! Whether a browser has come by another host name than the one that Okta sends it back to. Pure.
//!
//! Cookies belong to a host name: those of `127.0.0.1` are not sent to `localhost`. An attempt that is started under one name
//! and ended under the other would find no cookie. What the request says of its host decides this and nothing else.

use http::{HeaderMap, Uri, header::HOST, uri::Authority};

/// The host name that a request was made to, without port: of its URL where that has one (HTTP/2, proxies), else of `Host`.
fn host<'r>(uri: &'r Uri, headers: &'r HeaderMap) -> Option<String> {
    if let Some(host) = uri.host() {
        return Some(host.to_ascii_lowercase());
    }
    let mut fields = headers.get_all(HOST).iter();
    let field = fields.next().filter(|_| fields.next().is_none())?;
    let authority: Authority = field.to_str().ok()?.parse().ok()?;
    Some(authority.host().to_ascii_lowercase())
}

/// Whether a request came by another host name than `public`. One that does not say by which has come right.
pub(super) fn is_other(public: &str, uri: &Uri, headers: &HeaderMap) -> bool {
    host(uri, headers).is_some_and(|host| host != public)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_other_than(public: &str, uri: &str, fields: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append(HOST, field.parse().unwrap());
        }
        is_other(public, &uri.parse().unwrap(), &headers)
    }

    #[test]
    fn another_name_is_told_from_the_same_one() {
        for (field, is_other) in [
            ("localhost:3000", false),
            ("localhost", false),
            ("LocalHost:1", false),
            ("127.0.0.1:3000", true),
            ("[::1]:3000", true),
            ("localhost.", true),
            ("localhost.evil.example", true),
        ] {
            assert_eq!(
                is_other_than("localhost", "/login", &[field]),
                is_other,
                "{field}"
            );
        }
        assert!(!is_other_than("[::1]", "/login", &["[::1]:3000"]));
    }

    #[test]
    fn the_url_of_the_request_goes_before_the_field() {
        assert!(is_other_than(
            "localhost",
            "http://127.0.0.1/login",
            &["localhost"]
        ));
        assert!(!is_other_than(
            "localhost",
            "http://localhost/login",
            &["127.0.0.1"]
        ));
    }

    #[test]
    fn a_request_that_names_no_host_or_two_stays() {
        for fields in [&[][..], &["127.0.0.1", "localhost"], &["bad host"]] {
            assert!(!is_other_than("localhost", "/login", fields), "{fields:?}");
        }
    }
}
