//! Sign-in: from the quickstart's settings to the library's.

use okta_tower::{
    ResponseMode, SignIn,
    store::{RedisStore, StoreError},
};

use crate::settings::SignInSettings;

/// The path that Okta's Admin Console proposes for a web application.
pub(crate) const CALLBACK: &str = "/authorization-code/callback";

/// Builds the sign-in settings.
///
/// A minimal application only needs
/// `SignIn::new().redirect_uri("https://app.example.com/authorization-code/callback")`, or the
/// redirect URI in its environment. The rest shows optional features.
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
        // Redis may start later than the application: requests get 503 until it is reachable.
        sign_in = sign_in.store(RedisStore::builder(url.as_str()).connect_lazily()?);
    }
    Ok(sign_in)
}

/// Adds a refresh token and the scope of `/api/reports`, which the test issuer grants without
/// set-up.
///
/// Okta must be configured to grant them. `OKTA_OAUTH2_SCOPES=openid profile email offline_access
/// reports:read` then requests the same.
pub(crate) fn with_test_issuer(
    settings: &SignInSettings,
    redirect_uri: &str,
) -> Result<SignIn, StoreError> {
    let scopes = ["openid", "profile", "email", "reports:read"];
    Ok(sign_in(settings, redirect_uri)?
        .scopes(scopes)
        .offline_access())
}
