//! Sign-in and sessions of an [`Okta`].

use std::{path::Path, sync::Arc};

use super::{Okta, OktaBuilder, check::Config};
use crate::{
    auth::source::Source,
    base::{fetch::Fetcher, telemetry::Metrics},
    bearer::verifier::Verifier,
    browser::{
        session::Ground,
        settings::SignIn,
        sign_in::{SignInContext, SignInLayer, SignInService},
        source::SessionSource,
    },
    config::{ConfigError, client_secrets, file},
    keys::Keys,
    oauth::client::OAuthClient,
};

impl OktaBuilder {
    /// Turns sign-in on. Feature `sign-in`.
    ///
    /// Without this call the feature changes nothing: the sign-in layer forwards every request, and
    /// no cookie is read.
    pub fn sign_in(mut self, sign_in: SignIn) -> Self {
        self.sign_in.settings = Some(sign_in);
        self
    }

    pub(super) fn with_origins_unchecked(mut self) -> Self {
        self.sign_in.skips_origin_check = true;
        self
    }

    /// Reads one `client_secrets.json` and nothing else. Feature `sign-in`.
    ///
    /// The object `web` contains `issuer`, `client_id`, `client_secret` and `redirect_uris`, of
    /// which the first is used unless [`SignIn::redirect_uri`](crate::SignIn::redirect_uri) sets
    /// another. The URLs of endpoints in the file are ignored: the issuer's metadata contain them.
    ///
    /// # Errors
    /// [`File`](crate::config::ConfigErrorKind::File) if the file cannot be read or is not JSON; [`Missing`](crate::config::ConfigErrorKind::Missing)
    /// without `web` or an issuer in it; [`Invalid`](crate::config::ConfigErrorKind::Invalid) if a value has the wrong type.
    pub fn from_client_secrets_file(path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        let path = path.as_ref();
        let found = client_secrets::read(&file::read_existing(path)?, path)?;
        Self::empty()
            .with(found)?
            .with_issuer_required("web.issuer")
    }
}

impl Okta {
    /// Returns the layer that signs users in and out. Feature `sign-in`; see
    /// [`sign_in`](crate::sign_in).
    ///
    /// It handles its own paths and forwards every other request. Without [`OktaBuilder::sign_in`]
    /// it forwards every request. Put it outside [`layer`](Self::layer).
    ///
    /// In Axum, put it on the router into which all others are merged. A router that is merged
    /// later brings its own fallback, which answers 404 to the paths of sign-in.
    pub fn sign_in_layer(&self) -> SignInLayer {
        SignInLayer::new(self.sign_in.clone())
    }

    /// Returns the same as a service, for routers without layers. Feature `sign-in`.
    ///
    /// It answers other paths with 404; without [`OktaBuilder::sign_in`], every path.
    #[must_use]
    pub fn sign_in_service(&self) -> SignInService {
        SignInService::new(self.sign_in.clone())
    }
}

/// Returns `None` if sign-in is not turned on.
pub(super) fn context(
    config: Config,
    fetcher: Fetcher,
    keys: Keys,
    verifier: &Arc<Verifier>,
    metrics: &Arc<Metrics>,
) -> Option<Arc<SignInContext>> {
    let settings = config.sign_in?;
    let client = OAuthClient {
        client_id: settings.client_id.clone(),
        redirect_uri: settings.redirect_uri.clone(),
        auth: settings.client_auth.clone(),
        fetcher,
        keys,
        clock: Arc::clone(&config.clock),
        metrics: Arc::clone(metrics),
    };
    let ground = Ground {
        policy: config.policy,
        clock: config.clock,
        metrics: Arc::clone(metrics),
        cache_bytes: config.cache_bytes,
    };
    Some(SignInContext::new(settings, client, verifier, ground))
}

pub(super) fn source(context: &SignInContext) -> Arc<dyn Source> {
    Arc::new(SessionSource::new(Arc::clone(&context.sessions)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ConfigErrorKind;

    #[test]
    fn client_secrets_file_is_enough_to_sign_in() {
        let path = std::env::temp_dir().join(format!("okta-tower-secrets-{}", std::process::id()));
        let read = |text: &str| {
            std::fs::write(&path, text).unwrap();
            OktaBuilder::from_client_secrets_file(&path)
        };
        let text = r#"{"web":{"issuer":"https://dev-1234.okta.com/oauth2/default",
            "client_id":"0oa1","client_secret":"hunter2",
            "redirect_uris":["http://localhost:8080/authorization-code/callback"]}}"#;
        let config = read(text).unwrap().sign_in(SignIn::new()).build();
        let settings = config.unwrap().sign_in.unwrap();
        assert_eq!(
            settings.redirect_uri.as_str(),
            "http://localhost:8080/authorization-code/callback"
        );
        assert_eq!(&*settings.client_id, "0oa1");
        let error = read(r#"{"web":{"issuer":" "}}"#).unwrap_err();
        assert_eq!(
            (error.kind(), error.setting()),
            (ConfigErrorKind::Missing, "web.issuer")
        );
        std::fs::remove_file(&path).unwrap();
        let absent = OktaBuilder::from_client_secrets_file(&path).unwrap_err();
        assert_eq!(absent.kind(), ConfigErrorKind::File);
    }
}
