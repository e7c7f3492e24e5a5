//! Sessions of users who signed in with a browser. Feature `sign-in`.
//!
//! A session is kept in one of two ways, as [`SignIn::store`](crate::config::SignIn::store)
//! configures. Their guarantees differ:
//!
//! | | sealed cookie (the default) | store |
//! |---|---|---|
//! | the cookie contains | the whole session, sealed | a random ID; the store knows its hash |
//! | cost of a request | processor time only, once cached | one load |
//! | token requests per refresh | one in each process | one |
//! | a sign-out | ends the session in this process; another process accepts a stolen old cookie until it idles out | ends the session everywhere at once |
//!
//! ```text
//!  cookie ─▶ cache ──hit, and nothing has changed──────────────────────────▶ Verified
//!              │miss
//!            open ─▶ status (signed out? outdated?) ─▶ stage ─ fresh ──────▶ Verified
//!                                                        │ due
//!                                              refresh slot: one per session ─▶ provider
//! ```
//!
//! A refresh runs in a task of its own: a client disconnect cannot lose a rotated refresh token.

mod backend;
mod caller;
mod context;
mod cookie;
mod create;
mod end;
#[cfg(test)]
mod fixture;
mod handle;
mod identify;
mod record;
mod refresh;
mod refresh_slot;
mod registry;
mod sealed;
mod stage;
mod stored;

use std::{fmt, sync::Arc};

pub use self::{
    caller::{require_session, session},
    handle::Session,
};
pub(crate) use self::{
    create::CreateError,
    end::EndedSession,
    identify::{IdentifiedSession, PendingSession},
    record::NewSession,
};

use self::{
    backend::Backend, context::Context, record::TokenRetention, registry::Registry, sealed::Sealed,
    stage::Limits, stored::Stored,
};
use crate::{
    base::{cache::Cache, clock::Clock, telemetry::Metrics},
    bearer::token::Policy,
    browser::{
        cookies::{Chunked, Jar},
        identity::Provider,
        settings::SignInSettings,
    },
};

/// The sessions of one application.
pub(crate) struct Sessions {
    context: Arc<Context>,
    backend: Box<dyn Backend>,
    provider: Arc<dyn Provider>,
    retention: TokenRetention,
    origin: Box<str>,
    login_path: Box<str>,
}

/// What sessions use besides their settings.
#[derive(Debug)]
pub(crate) struct Environment {
    pub(crate) policy: Policy,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) metrics: Arc<Metrics>,
    /// The memory for cached sessions, in bytes. 0: none are cached.
    pub(crate) cache_bytes: usize,
}

impl Sessions {
    pub(crate) fn new(
        settings: &SignInSettings,
        environment: Environment,
        provider: Arc<dyn Provider>,
    ) -> Arc<Self> {
        let session = settings.session.clone();
        Arc::new_cyclic(|sessions| {
            let context = Arc::new(Context {
                sessions: sessions.clone(),
                limits: Limits::of(&session),
                seal: settings.seal.clone(),
                cookie: Chunked::new(Jar::new(settings.is_https), &session.cookie_name),
                registry: Registry::new(),
                cache: Cache::new(environment.cache_bytes),
                policy: environment.policy,
                client_id: settings.client_id.clone(),
                clock: environment.clock,
                metrics: environment.metrics,
                settings: session,
            });
            Self {
                backend: match &settings.store {
                    None => Box::new(Sealed {
                        context: Arc::clone(&context),
                    }),
                    Some(store) => Box::new(Stored {
                        context: Arc::clone(&context),
                        store: Arc::clone(store),
                    }),
                },
                provider,
                retention: TokenRetention {
                    access_token: settings.session.keeps_access_token,
                    id_token: settings.session.keeps_id_token,
                },
                origin: settings.origin.clone(),
                login_path: settings.paths.login.clone(),
                context,
            }
        })
    }

    /// The public origin of the application.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// Other origins that may send unsafe requests with a session cookie.
    pub(crate) fn allowed_origins(&self) -> &[Box<str>] {
        &self.context.settings.allowed_origins
    }

    /// Whether unsafe requests with a session cookie must show their origin.
    pub(crate) fn checks_origin(&self) -> bool {
        self.context.settings.checks_origin
    }

    pub(crate) fn login_path(&self) -> &str {
        &self.login_path
    }

    /// Unix seconds.
    pub(crate) fn now(&self) -> i64 {
        self.context.now()
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions")
            .field("settings", &self.context.settings)
            .finish_non_exhaustive()
    }
}
