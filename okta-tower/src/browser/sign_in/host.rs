//! Detects a browser that uses another host name than the redirect URI's. Pure.
//!
//! Cookies belong to a host name: `localhost` does not get those of `127.0.0.1`. An attempt that
//! starts under one name and ends under another would find no cookie. The request's host decides
//! only this.

use http::{HeaderMap, Uri, header::HOST, uri::Authority};

/// Returns the host name of a request without the port: from its URL (HTTP/2, proxies), or from
/// `Host`.
fn host<'r>(uri: &'r Uri, headers: &'r HeaderMap) -> Option<String> {
    if let Some(host) = uri.host() {
        return Some(host.to_ascii_lowercase());
    }
    let mut fields = headers.get_all(HOST).iter();
    let field = fields.next().filter(|_| fields.next().is_none())?;
    let authority: Authority = field.to_str().ok()?.parse().ok()?;
    Some(authority.host().to_ascii_lowercase())
}

/// Returns whether a request names another host than `public`. A request that names none does not.
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
    fn other_host_name_is_detected() {
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
    fn request_url_takes_precedence_over_host() {
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
    fn request_without_one_host_is_not_moved() {
        for fields in [&[][..], &["127.0.0.1", "localhost"], &["bad host"]] {
            assert!(!is_other_than("localhost", "/login", fields), "{fields:?}");
        }
    }
}
