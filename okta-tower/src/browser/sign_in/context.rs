//! The state of sign-in: made once for each public origin, shared by layers and services.

use std::sync::{Arc, Once};

use tokio::{runtime::Handle, task::JoinHandle};

use super::{
    attempts::Attempts, failure::SignInFailure, logout_return::LogoutReturn,
    redeemed::RedeemedStates, signed_out::SignedOutMark,
};
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
        host::ByHost,
        identity::OpenIdProvider,
        return_to::ReturnPages,
        session::{Environment, Sessions},
        settings::{ResponseMode, SignInSettings},
        source::{SessionOrigin, SessionSource},
    },
    oauth::client::OAuthClient,
};

/// The state of sign-in at each public origin.
pub(crate) type SignInContexts = ByHost<Arc<SignInContext>>;

/// Returns the session cookie as a source of the caller.
pub(crate) fn source(contexts: &SignInContexts) -> Arc<dyn Source> {
    Arc::new(SessionSource::new(contexts.map(|context| SessionOrigin {
        sessions: Arc::clone(&context.sessions),
        pages: Arc::clone(&context.return_pages),
    })))
}

/// The state of sign-in at one public origin, once it is turned on.
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
    pub(super) logout_return: LogoutReturn,
    /// The issuer, exactly as configured.
    pub(super) issuer_text: Arc<str>,
    pub(super) clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
    /// Logs once that a prefix is missing.
    pub(super) prefix_warning: Once,
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
        let logout_return = LogoutReturn::new(&settings, same_site);
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
            logout_return,
            issuer_text,
            clock,
            metrics,
            prefix_warning: Once::new(),
        })
    }

    /// Returns the time in Unix seconds.
    pub(super) fn now(&self) -> i64 {
        self.clock.unix_seconds()
    }

    /// Reports a failed sign-in or sign-out to the log, the metrics and the audit.
    pub(super) fn report(&self, failure: impl Into<SignInFailure>) {
        let failure = failure.into();
        let (problem, provider_error) = (failure.problem, failure.provider_error);
        telemetry::sign_in_failed(problem.code(), provider_error, problem.is_alarming());
        if let Some(error) = provider_error {
            self.metrics.provider_error(error);
        }
        self.report_event(&SignInEvent {
            result: problem.code(),
            provider_error,
            identity: failure.identity,
        });
    }

    /// Reports the result of a sign-in or sign-out to the metrics and the audit.
    pub(super) fn report_event(&self, event: &SignInEvent) {
        self.metrics.sign_in_ended(event.result);
        if let Some(audit) = &self.settings.audit {
            audit.ended(event);
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
