//! Where browsers find an application.

/// The origin of a URL, as it is written.
pub(crate) fn origin(url: &str) -> &str {
    let authority = url.find("://").map_or(0, |scheme| scheme + 3);
    let end = url[authority..].find(['/', '?', '#']);
    &url[..end.map_or(url.len(), |end| authority + end)]
}

/// By name and not by number: cookies belong to one of them, and the redirect URI that is registered names `localhost`.
pub(crate) fn local_url(port: u16) -> String {
    format!("http://localhost:{port}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_finds_the_application_at_the_redirect_uris_origin() {
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
