//! The state of sign-in: made once for an `Okta`, shared by its layers and services.

use std::sync::Arc;

use tokio::{runtime::Handle, task::JoinHandle};

use super::{attempts::Attempts, redeemed::RedeemedStates, signed_out::SignedOutMark};
use crate::{
    auth::source::Source,
    base::{
        clock::Clock,
        secret::Secret,
        telemetry::{self, Metrics},
    },
    bearer::verifier::Verifier,
    browser::{
        audit::SignInEvent,
        cookies::{CookieWriter, SameSite},
        identity::OpenIdProvider,
        pages::SignInProblem,
        provision::Identity,
        return_to::ReturnPages,
        session::{Environment, Sessions},
        settings::{ResponseMode, SignInSettings},
        source::SessionSource,
    },
    oauth::client::OAuthClient,
};

/// The state of sign-in, once it is turned on.
#[derive(Debug)]
pub(crate) struct SignInContext {
    pub(super) settings: SignInSettings,
    pub(super) client: Arc<OAuthClient>,
    pub(super) issuer: Arc<OpenIdProvider>,
    pub(crate) sessions: Arc<Sessions>,
    pub(super) attempts: Attempts,
    pub(super) redeemed: RedeemedStates,
    pub(super) return_pages: Arc<ReturnPages>,
    pub(super) signed_out: SignedOutMark,
    /// The issuer, exactly as configured.
    pub(super) issuer_text: Arc<str>,
    pub(super) clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
}

impl SignInContext {
    pub(crate) fn new(
        settings: SignInSettings,
        client: OAuthClient,
        verifier: &Arc<Verifier>,
        environment: Environment,
    ) -> Arc<Self> {
        let client = Arc::new(client);
        let issuer = Arc::new(OpenIdProvider::new(
            Arc::clone(&client),
            Arc::clone(verifier),
            &settings.client_id,
            settings.userinfo,
        ));
        let same_site = match (settings.session.cookie.same_site, settings.response_mode) {
            // Okta's response is a cross-site POST, which carries no `Lax` cookie.
            (SameSite::Lax, ResponseMode::FormPost) => SameSite::None,
            (same_site, _) => same_site,
        };
        let attempts = Attempts::new(
            settings.seal.clone(),
            CookieWriter::new(settings.is_https),
            &settings.session.cookie_name,
            same_site,
        );
        let signed_out = SignedOutMark::new(&settings, same_site);
        let issuer_text = Arc::clone(&environment.policy.issuer);
        let (clock, metrics) = (
            Arc::clone(&environment.clock),
            Arc::clone(&environment.metrics),
        );
        let return_pages = Arc::new(ReturnPages::new(&settings));
        let sessions = Sessions::new(&settings, environment, issuer.clone());
        Arc::new(Self {
            settings,
            client,
            issuer,
            sessions,
            attempts,
            redeemed: RedeemedStates::default(),
            return_pages,
            signed_out,
            issuer_text,
            clock,
            metrics,
        })
    }

    /// Returns the session cookie as a source of the caller.
    pub(crate) fn source(&self) -> Arc<dyn Source> {
        let (sessions, pages) = (Arc::clone(&self.sessions), Arc::clone(&self.return_pages));
        Arc::new(SessionSource::new(sessions, pages))
    }

    /// Returns the time in Unix seconds.
    pub(super) fn now(&self) -> i64 {
        self.clock.unix_seconds()
    }

    /// Reports a failed sign-in or sign-out to the log, the metrics and the audit. `identity` is
    /// `None` unless the user is verified.
    pub(super) fn report(&self, problem: &SignInProblem, identity: Option<Identity>) {
        telemetry::sign_in_failed(problem.code(), problem.is_alarming());
        self.report_result(problem.code(), identity);
    }

    /// Reports the result of a sign-in or sign-out to the metrics and the audit.
    pub(super) fn report_result(&self, result: &'static str, identity: Option<Identity>) {
        self.metrics.sign_in_ended(result);
        if let Some(audit) = &self.settings.audit {
            audit.ended(&SignInEvent { result, identity });
        }
    }

    /// Revokes a refresh token in a task of its own: a client disconnect does not stop it. The
    /// client's time-outs bound the task.
    pub(super) fn revoke(&self, refresh_token: Option<Secret>) -> Option<JoinHandle<()>> {
        let (token, runtime) = (refresh_token?, Handle::try_current().ok()?);
        let client = Arc::clone(&self.client);
        Some(runtime.spawn(async move {
            // The client logs a failure. Nothing else can be done about it.
            let _ = client.revoke(&token).await;
        }))
    }
}
