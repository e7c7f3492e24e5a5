//! URLs that browsers use to reach an application.

/// Returns the origin of a URL, unchanged.
pub(crate) fn origin(url: &str) -> &str {
    let authority = url.find("://").map_or(0, |scheme| scheme + 3);
    let end = url[authority..].find(['/', '?', '#']);
    &url[..end.map_or(url.len(), |end| authority + end)]
}

/// Returns the `host:port` of a URL on this machine.
#[must_use]
pub fn local_address(url: &str) -> Option<&str> {
    let (_, authority) = origin(url).split_once("://")?;
    let (host, port) = authority.rsplit_once(':')?;
    let is_local = ["localhost", "127.0.0.1", "[::1]"].contains(&host);
    (is_local && port.parse::<u16>().is_ok()).then_some(authority)
}

/// Uses the name, not the IP address: cookies belong to a host name, and the registered redirect
/// URI names `localhost`.
pub(crate) fn local_url(port: u16) -> String {
    format!("http://localhost:{port}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_local_urls_have_a_local_address() {
        for (url, address) in [
            (
                "http://localhost:5000/oidc/callback",
                Some("localhost:5000"),
            ),
            ("http://127.0.0.1:8000", Some("127.0.0.1:8000")),
            ("http://[::1]:8000/", Some("[::1]:8000")),
            ("https://app.example.com:8443/callback", None),
            ("https://localhost/callback", None),
            ("nonsense", None),
        ] {
            assert_eq!(local_address(url), address, "{url}");
        }
    }

    #[test]
    fn origin_of_redirect_uri_is_the_public_url() {
        for (redirect_uri, url) in [
            (
                "https://app.example.com/authorization-code/callback",
                "https://app.example.com",
            ),
            ("http://localhost:8080/callback", "http://localhost:8080"),
            ("https://app.example.com", "https://app.example.com"),
            ("nonsense", "nonsense"),
            ("", ""),
        ] {
            assert_eq!(origin(redirect_uri), url);
        }
        assert_eq!(local_url(3000), "http://localhost:3000");
    }
}
