//! How people sign in: from the quickstart's settings to the library's.

use okta_tower::{ResponseMode, SignIn};

use crate::settings::SignInSettings;

/// The path that Okta's Admin Console proposes for a web application.
const CALLBACK: &str = "/authorization-code/callback";

/// An application of yours says `SignIn::new().redirect_uri("https://app.example.com/authorization-code/callback")`, or has
/// that in its environment, and is done. The rest is for those who want to try what else there is.
pub(crate) fn sign_in(settings: &SignInSettings, port: u16) -> SignIn {
    let mut sign_in = SignIn::new().default_return_to("/dashboard");
    if settings.redirect_uri.is_none() {
        sign_in = sign_in.redirect_uri(format!("{}{CALLBACK}", local_url(port)));
    }
    if settings.is_form_post {
        sign_in = sign_in.response_mode(ResponseMode::FormPost);
    }
    if let Some(origin) = &settings.opener {
        sign_in = sign_in.opener(origin);
    }
    sign_in
}

/// Where a browser finds this application: the origin of the redirect URI.
pub(crate) fn public_url(settings: &SignInSettings, port: u16) -> String {
    let Some(uri) = &settings.redirect_uri else {
        return local_url(port);
    };
    let authority = uri.find("://").map_or(0, |scheme| scheme + 3);
    let end = uri[authority..].find(['/', '?', '#']);
    uri[..end.map_or(uri.len(), |end| authority + end)].to_owned()
}

/// By name and not by number: cookies belong to one of them, and the redirect URI that is registered names `localhost`.
fn local_url(port: u16) -> String {
    format!("http://localhost:{port}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_finds_the_application_at_the_redirect_uris_origin() {
        for (redirect_uri, url) in [
            (None, "http://localhost:3000"),
            (
                Some("https://app.example.com/authorization-code/callback"),
                "https://app.example.com",
            ),
            (
                Some("http://localhost:8080/callback"),
                "http://localhost:8080",
            ),
            (Some("https://app.example.com"), "https://app.example.com"),
            (Some("nonsense"), "nonsense"),
            (Some(""), ""),
        ] {
            let settings = SignInSettings {
                redirect_uri: redirect_uri.map(str::to_owned),
                ..SignInSettings::default()
            };
            assert_eq!(public_url(&settings, 3000), url);
        }
    }
}
