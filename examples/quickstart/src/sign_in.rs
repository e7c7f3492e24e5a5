//! How people sign in: from the quickstart's settings to the library's.

use okta_tower::{
    ResponseMode, SignIn,
    store::{RedisStore, StoreError},
};
use okta_tower_test::Client;

use crate::settings::SignInSettings;

/// The path that Okta's Admin Console proposes for a web application.
const CALLBACK: &str = "/authorization-code/callback";

/// What the stand-in knows this application by. It is good for nothing else.
pub(crate) const CLIENT_ID: &str = "0oaQuickstart";
pub(crate) const CLIENT_SECRET: &str = "a-secret-of-the-stand-in";

/// An application of yours says `SignIn::new().redirect_uri("https://app.example.com/authorization-code/callback")`, or has
/// that in its environment, and is done. The rest is for those who want to try what else there is.
pub(crate) fn sign_in(settings: &SignInSettings, port: u16) -> Result<SignIn, StoreError> {
    let mut sign_in = SignIn::new()
        .redirect_uri(redirect_uri(settings, port))
        .default_return_to("/dashboard");
    if settings.is_form_post {
        sign_in = sign_in.response_mode(ResponseMode::FormPost);
    }
    if let Some(origin) = &settings.opener {
        sign_in = sign_in.opener(origin);
    }
    if let Some(url) = &settings.redis {
        // Redis may come up later than we do: requests are answered 503 until it is there.
        sign_in = sign_in.store(RedisStore::builder(url.as_str()).connect_lazily()?);
    }
    Ok(sign_in)
}

/// With what the stand-in gives to whoever asks: a refresh token, and the scope that `/api/reports` wants. Of Okta, which must be
/// set up for it, the same is asked by `OKTA_OAUTH2_SCOPES=openid profile email offline_access reports:read`.
pub(crate) fn at_the_stand_in(settings: &SignInSettings, port: u16) -> Result<SignIn, StoreError> {
    let scopes = ["openid", "profile", "email", "reports:read"];
    Ok(sign_in(settings, port)?.scopes(scopes).offline_access())
}

/// This application, as the stand-in knows it. At Okta the Admin Console has a form for it.
pub(crate) fn client(settings: &SignInSettings, port: u16) -> Client {
    Client::with_secret(CLIENT_ID, CLIENT_SECRET)
        .redirect_uri(redirect_uri(settings, port))
        .post_logout_redirect_uri(format!("{}/", public_url(settings, port)))
}

fn redirect_uri(settings: &SignInSettings, port: u16) -> String {
    match &settings.redirect_uri {
        Some(uri) => uri.clone(),
        None => format!("{}{CALLBACK}", local_url(port)),
    }
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
