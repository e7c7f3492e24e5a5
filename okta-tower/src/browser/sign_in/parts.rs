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
        identity::OpenIdIssuer,
        provision::Identity,
        session::{Ground, Sessions},
        settings::{ResponseMode, SignInSettings},
    },
    keys::Keys,
    oauth::OAuthClient,
};

/// Sign-in that was set up.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) settings: SignInSettings,
    pub(crate) client: Arc<OAuthClient>,
    pub(crate) issuer: Arc<OpenIdIssuer>,
    pub(crate) sessions: Arc<Sessions>,
    pub(super) attempts: Attempts,
    /// The issuer as configured, to the letter.
    pub(super) issuer_text: Arc<str>,
    pub(super) clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
}

impl Parts {
    pub(crate) fn new(
        settings: SignInSettings,
        ground: Ground,
        fetcher: Fetcher,
        keys: Keys,
        verifier: &Arc<Verifier>,
    ) -> Arc<Self> {
        let (clock, metrics) = (Arc::clone(&ground.clock), Arc::clone(&ground.metrics));
        let client = Arc::new(OAuthClient {
            client_id: settings.client_id.clone(),
            redirect_uri: settings.redirect_uri.clone(),
            auth: settings.client_auth.clone(),
            fetcher,
            keys,
            clock: Arc::clone(&clock),
            metrics: Arc::clone(&metrics),
        });
        let issuer = Arc::new(OpenIdIssuer::new(
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
        let issuer_text = Arc::clone(&ground.policy.issuer);
        let sessions = Sessions::new(&settings, ground, Arc::clone(&issuer));
        Arc::new(Self {
            settings,
            client,
            issuer,
            sessions,
            attempts,
            issuer_text,
            clock,
            metrics,
        })
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
