//! The sessions of one application, and what they are made of.

use std::{
    fmt,
    sync::{Arc, Weak},
};

use super::{
    backend::Backend, context::Context, record::TokenRetention, registry::Registry, sealed::Sealed,
    stage::Limits, stored::Stored,
};
use crate::{
    base::{
        cache::{Cache, CacheUsage},
        clock::Clock,
        telemetry::{Metrics, SessionUsage},
    },
    bearer::token::Policy,
    browser::{
        cookies::{ChunkedCookie, CookieWriter},
        identity::Provider,
        provision::OnSignIn,
        settings::SignInSettings,
    },
};

/// The sessions of one application.
pub(crate) struct Sessions {
    pub(super) context: Arc<Context>,
    pub(super) backend: Box<dyn Backend>,
    pub(super) provider: Arc<dyn Provider>,
    pub(super) retention: TokenRetention,
    pub(super) on_refresh: Option<Arc<dyn OnSignIn>>,
    origin: Box<str>,
    redirects_htmx: bool,
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
        Arc::new_cyclic(|sessions: &Weak<Self>| {
            let context = Arc::new(Context {
                sessions: Weak::clone(sessions) as _,
                limits: Limits::of(&session),
                seal: settings.seal.clone(),
                cookie: ChunkedCookie::new(
                    CookieWriter::new(settings.is_https),
                    &session.cookie_name,
                    session.cookie,
                ),
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
                on_refresh: settings.on_refresh.clone(),
                origin: settings.origin.clone(),
                redirects_htmx: settings.redirects_htmx,
                context,
            }
        })
    }

    /// Returns what the process holds of sessions.
    pub(crate) fn usage(&self) -> SessionUsage {
        SessionUsage {
            known: self.context.registry.len(),
            cache: CacheUsage::of(self.context.cache.as_ref()),
        }
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

    /// Whether htmx is led to the sign-in.
    pub(crate) fn redirects_htmx(&self) -> bool {
        self.redirects_htmx
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
