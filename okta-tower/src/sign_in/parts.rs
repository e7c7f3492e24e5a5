//! What signing in stands on, made once for an `Okta` and shared by its layers and services.

use std::sync::Arc;

use crate::{
    config::{Config, SignInSettings},
    fetch::Fetcher,
    keys::Keys,
    oauth::OAuthClient,
    session::{Ground, OpenIdIssuer, Sessions},
    telemetry::Metrics,
    verifier::Verifier,
};

/// Sign-in that was set up.
#[derive(Debug)]
#[allow(
    dead_code,
    reason = "used by the sign-in service, which is being built"
)]
pub(crate) struct Parts {
    pub(crate) settings: SignInSettings,
    pub(crate) client: Arc<OAuthClient>,
    pub(crate) issuer: Arc<OpenIdIssuer>,
    pub(crate) sessions: Arc<Sessions>,
}

impl Parts {
    /// `None` where sign-in was not turned on.
    pub(crate) fn new(
        mut config: Config,
        fetcher: Fetcher,
        keys: Keys,
        verifier: &Arc<Verifier>,
        metrics: &Arc<Metrics>,
    ) -> Option<Arc<Self>> {
        let settings = config.sign_in.take()?;
        let client = OAuthClient::new(&config, &settings, fetcher, keys, Arc::clone(metrics));
        let client = Arc::new(client);
        let issuer = Arc::new(OpenIdIssuer::new(
            Arc::clone(&client),
            Arc::clone(verifier),
            &settings.client_id,
            settings.userinfo,
        ));
        let ground = Ground {
            policy: config.policy,
            clock: config.clock,
            metrics: Arc::clone(metrics),
            cache_bytes: config.cache_bytes,
        };
        let sessions = Sessions::new(&settings, ground, Arc::clone(&issuer));
        Some(Arc::new(Self {
            settings,
            client,
            issuer,
            sessions,
        }))
    }
}
