//! What signing in stands on, made once for an `Okta` and shared by its layers and services.

use std::sync::Arc;

use super::{attempts::Attempts, problem::Problem};
use crate::{
    base::{
        clock::Clock,
        fetch::Fetcher,
        telemetry::{self, Metrics},
    },
    bearer::verifier::Verifier,
    browser::{
        audit::Ended,
        cookies::{Jar, SameSite},
        identity::OpenIdProvider,
        provision::Identity,
        session::{Environment, Sessions},
        settings::{ResponseMode, SignInSettings},
    },
    keys::Keys,
    oauth::OAuthClient,
    okta::config::Config,
};

/// Sign-in that was set up.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) settings: SignInSettings,
    pub(crate) client: Arc<OAuthClient>,
    pub(crate) issuer: Arc<OpenIdProvider>,
    pub(crate) sessions: Arc<Sessions>,
    pub(super) attempts: Attempts,
    /// The issuer as configured, to the letter.
    pub(super) issuer_text: Arc<str>,
    pub(super) clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
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
        let issuer = Arc::new(OpenIdProvider::new(
            Arc::clone(&client),
            Arc::clone(verifier),
            &settings.client_id,
            settings.userinfo,
        ));
        let same_site = match settings.response_mode {
            // Okta's answer is a POST of another site, which carries no other cookie.
            ResponseMode::FormPost => SameSite::None,
            ResponseMode::Query => SameSite::Lax,
        };
        let attempts = Attempts::new(
            settings.seal.clone(),
            Jar::new(settings.is_https),
            &settings.session.cookie_name,
            same_site,
        );
        let (clock, issuer_text) = (Arc::clone(&config.clock), Arc::clone(&config.policy.issuer));
        let environment = Environment {
            policy: config.policy,
            clock: config.clock,
            metrics: Arc::clone(metrics),
            cache_bytes: config.cache_bytes,
        };
        let sessions = Sessions::new(&settings, environment, issuer.clone());
        Some(Arc::new(Self {
            settings,
            client,
            issuer,
            sessions,
            attempts,
            issuer_text,
            clock,
            metrics: Arc::clone(metrics),
        }))
    }

    /// Unix seconds.
    pub(super) fn now(&self) -> i64 {
        self.clock.unix_seconds()
    }

    /// Tells log, metrics and audit that somebody was not signed in or out: somebody verified, or nobody knows who.
    pub(super) fn tell(&self, problem: &Problem, identity: Option<Identity>) {
        telemetry::sign_in_failed(problem.code(), problem.is_alarming());
        self.ended(problem.code(), identity);
    }

    /// Tells metrics and audit what came of a sign-in.
    pub(super) fn ended(&self, result: &'static str, identity: Option<Identity>) {
        self.metrics.sign_in_ended(result);
        if let Some(audit) = &self.settings.audit {
            audit.ended(&Ended { result, identity });
        }
    }
}
