//! Sign-in and sessions of an [`Okta`].

use std::{mem, path::Path, sync::Arc};

use serde::de::DeserializeOwned;

use super::{Okta, OktaBuilder, check::Config};
use crate::{
    auth::{
        RequestHead,
        source::{Completions, Identified},
    },
    base::{
        fetch::Fetcher,
        telemetry::{Metrics, SessionUsage},
    },
    bearer::verifier::Verifier,
    browser::{
        session::{Environment, Session},
        settings::{SignIn, SignInSettings},
        sign_in::{SignInContext, SignInContexts, SignInLayer, SignInService, source},
    },
    config::{ConfigError, client_secrets, file},
    error::AuthError,
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
    /// [`File`] if the file cannot be read or is not JSON; [`Missing`] without `web` or an issuer
    /// in it; [`Invalid`] if a value has the wrong type.
    ///
    /// [`File`]: crate::config::ConfigErrorKind::File
    /// [`Missing`]: crate::config::ConfigErrorKind::Missing
    /// [`Invalid`]: crate::config::ConfigErrorKind::Invalid
    pub fn from_client_secrets_file(path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        let path = path.as_ref();
        let found = client_secrets::read(&file::read_existing(path)?, path)?;
        Self::empty()
            .with(found)?
            .with_issuer_required("web.issuer")
    }
}

impl Okta {
    /// Returns what the process holds of sessions, at all public origins. `None` if sign-in is off.
    pub(super) fn session_usage(&self) -> Option<SessionUsage> {
        let usages = (self.sign_in.as_deref()?.iter()).map(|context| context.sessions.usage());
        Some(
            usages.fold(SessionUsage::default(), |sum, one| SessionUsage {
                known: sum.known + one.known,
                cache: sum.cache + one.cache,
            }),
        )
    }

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

    /// Returns the session of a request, and reads its claims as `C`: for places without a layer,
    /// such as a WebSocket that is opened outside of the router, and for tests. Feature `sign-in`.
    ///
    /// Like the layer, it requires an unsafe request, and one that opens a WebSocket, to come from
    /// the application's own origin. It reads the session cookie alone, and sets none: a session
    /// that a refresh has replaced gets its new cookie from the next response of the layer.
    ///
    /// # Errors
    /// [`MissingCredentials`](crate::AuthErrorKind::MissingCredentials) without a session cookie or
    /// without [`OktaBuilder::sign_in`]; [`InvalidToken`](crate::AuthErrorKind::InvalidToken) if the
    /// session has ended; [`Forbidden`](crate::AuthErrorKind::Forbidden) for another origin, and if
    /// the claims do not fit `C`; [`Unavailable`](crate::AuthErrorKind::Unavailable) if the store or
    /// the issuer does not answer.
    pub async fn session_as<C>(&self, request: RequestHead<'_>) -> Result<Session<C>, AuthError>
    where
        C: DeserializeOwned + Send + Sync + 'static,
    {
        let contexts = self.sign_in.as_ref();
        let identified = contexts.map_or(Identified::Absent, |contexts| {
            source(contexts).identify(request, false, &mut Completions::new())
        });
        let caller = match identified {
            Identified::Absent => Err(AuthError::missing_credentials()),
            Identified::Caller(caller) => Ok(caller),
            Identified::Refused(error) => Err(error),
            Identified::Pending(outcome) => outcome.await.caller,
        };
        Session::read(caller?)
    }

    /// Returns the service that signs users in and out, for routers without layers. Feature
    /// `sign-in`.
    ///
    /// It answers other paths with 404; without [`OktaBuilder::sign_in`], every path.
    #[must_use]
    pub fn sign_in_service(&self) -> SignInService {
        SignInService::new(self.sign_in.clone())
    }
}

/// Returns `None` if sign-in is not turned on.
pub(super) fn contexts(
    config: Config,
    fetcher: &Fetcher,
    keys: &Keys,
    verifier: &Arc<Verifier>,
    metrics: &Arc<Metrics>,
) -> Option<Arc<SignInContexts>> {
    let mut settings = config.sign_in?;
    let others = mem::take(&mut settings.others);
    let cache_bytes = config.cache_bytes / (1 + others.len());
    // The bounds hold for the process, as the issuer's limits hold for the client.
    let (exchanges, pushes) = (Arc::default(), Arc::default());
    let context = |settings: SignInSettings| {
        let client = OAuthClient {
            client_id: settings.client_id.clone(),
            redirect_uri: settings.redirect_uri.clone(),
            auth: settings.client_auth.clone(),
            fetcher: fetcher.clone(),
            keys: keys.clone(),
            clock: Arc::clone(&config.clock),
            metrics: Arc::clone(metrics),
            exchanges: Arc::clone(&exchanges),
            pushes: Arc::clone(&pushes),
        };
        let environment = Environment {
            policy: config.policy.clone(),
            clock: Arc::clone(&config.clock),
            metrics: Arc::clone(metrics),
            cache_bytes,
        };
        SignInContext::new(settings, client, verifier, environment)
    };
    let redirect_uri = settings.redirect_uri.clone();
    let mut contexts = SignInContexts::new(&redirect_uri, context(settings));
    for settings in others {
        let redirect_uri = settings.redirect_uri.clone();
        contexts.add(&redirect_uri, context(settings));
    }
    Some(Arc::new(contexts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        browser::settings::SignInSettings,
        config::{
            ConfigErrorKind as Kind,
            variables::{POST_LOGOUT_REDIRECT_URI, REDIRECT_URI},
        },
    };

    const KEY: &str = "uZ0WbS5a3m1f0Zk8Yy7Qn2Vt4Xc6Bd9Eh1Gj3KlMpRs";

    fn settings(
        variables: &[(&str, &str)],
        sign_in: SignIn,
    ) -> Result<SignInSettings, ConfigError> {
        let all = [
            ("OKTA_OAUTH2_ISSUER", "https://a.okta.com/oauth2/default"),
            ("OKTA_OAUTH2_CLIENT_ID", "0oa1"),
        ];
        let builder = OktaBuilder::from_variables(|name| {
            let mut all = variables.iter().chain(&all);
            let found = all.find(|(other, _)| *other == name);
            found.map(|(_, value)| value.into())
        })?;
        let config = builder.sign_in(sign_in).build()?;
        Ok(config.sign_in.unwrap())
    }

    #[test]
    fn each_spelling_reaches_the_settings_and_the_builder_wins() {
        let keys = ("OKTA_TOWER_COOKIE_KEYS", KEY);
        for name in REDIRECT_URI.names {
            let uri = (*name, "https://a.example.com/callback");
            let found = settings(&[uri, keys], SignIn::new()).unwrap();
            assert_eq!(found.redirect_uri.as_str(), uri.1);
            assert_eq!(
                found.post_logout_redirect_uri.as_str(),
                "https://a.example.com/"
            );
            let scopes: Vec<&str> = found.scopes.iter().map(|scope| &**scope).collect();
            assert_eq!(scopes, ["openid", "profile", "email"]);
            let own = SignIn::new().redirect_uri("https://b.example.com/callback");
            let found = settings(&[uri, keys], own).unwrap();
            assert_eq!(&*found.origin, "https://b.example.com");
            let error = settings(&[uri], SignIn::new()).unwrap_err();
            assert_eq!(
                (error.kind(), error.setting()),
                (Kind::Missing, "cookie_keys")
            );
            let error = settings(&[(*name, "https://a.example.com"), keys], SignIn::new());
            assert_eq!(error.unwrap_err().setting(), *name);
        }
        let uri = ("OKTA_OAUTH2_REDIRECT_URI", "http://localhost:1/callback");
        for name in POST_LOGOUT_REDIRECT_URI.names {
            let found = settings(&[uri, (*name, "http://localhost:1/bye")], SignIn::new()).unwrap();
            assert_eq!(found.post_logout_redirect_uri.path(), "/bye");
        }
        let shop = (
            "OKTA_OAUTH2_REDIRECT_URI",
            "http://localhost:1/shop/callback",
        );
        for (prefix, own, expected) in [
            ("/shop", SignIn::new(), Ok("/callback")),
            ("/other", SignIn::new(), Err("OKTA_TOWER_PUBLIC_PREFIX")),
            (
                "/other",
                SignIn::new().public_prefix("/shop"),
                Ok("/callback"),
            ),
        ] {
            let found = settings(&[shop, ("OKTA_TOWER_PUBLIC_PREFIX", prefix)], own);
            let path = found.as_ref().map(|found| &*found.received_paths.callback);
            assert_eq!(path.map_err(ConfigError::setting), expected, "{prefix}");
        }
        let scopes = |sign_in, text| {
            let found = settings(&[uri, ("OKTA_OAUTH2_SCOPES", text)], sign_in).unwrap();
            found.scopes.join(" ")
        };
        assert_eq!(
            scopes(SignIn::new(), "email, openid a:b"),
            "openid email a:b"
        );
        let own = SignIn::new().scopes(["groups"]).offline_access();
        assert_eq!(scopes(own, "email"), "openid groups offline_access");
        let weak = ("OKTA_TOWER_COOKIE_KEYS", "hunter2");
        let error = settings(&[uri, weak], SignIn::new()).unwrap_err();
        assert_eq!((error.kind(), error.setting()), (Kind::Invalid, weak.0));
        assert!(!error.to_string().contains("hunter2"));
        assert!(settings(&[uri, weak], SignIn::new().cookie_keys(KEY)).is_ok());
    }

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
            (Kind::Missing, "web.issuer")
        );
        std::fs::remove_file(&path).unwrap();
        let absent = OktaBuilder::from_client_secrets_file(&path).unwrap_err();
        assert_eq!(absent.kind(), Kind::File);
    }
}
