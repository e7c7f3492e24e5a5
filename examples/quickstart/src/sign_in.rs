//! How people sign in: from the quickstart's settings to the library's.

use okta_tower::{
    ResponseMode, SignIn,
    store::{RedisStore, StoreError},
};

use crate::settings::SignInSettings;

/// The path that Okta's Admin Console proposes for a web application.
pub(crate) const CALLBACK: &str = "/authorization-code/callback";

/// An application of yours says `SignIn::new().redirect_uri("https://app.example.com/authorization-code/callback")`, or has
/// that in its environment, and is done. The rest is for those who want to try what else there is.
pub(crate) fn sign_in(settings: &SignInSettings, redirect_uri: &str) -> Result<SignIn, StoreError> {
    let mut sign_in = SignIn::new()
        .redirect_uri(redirect_uri)
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
pub(crate) fn at_the_stand_in(
    settings: &SignInSettings,
    redirect_uri: &str,
) -> Result<SignIn, StoreError> {
    let scopes = ["openid", "profile", "email", "reports:read"];
    Ok(sign_in(settings, redirect_uri)?
        .scopes(scopes)
        .offline_access())
}
