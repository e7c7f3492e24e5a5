//! Sessions of people who signed in with a browser. Feature `sign-in`.
//!
//! A session is kept in one of two ways. Which one is a setting; what can be promised differs, and no more is promised:
//!
//! | | sealed cookie (the default) | store |
//! |---|---|---|
//! | the cookie holds | the whole session, sealed | a random id, which the store knows the hash of |
//! | a request costs | nothing but processor time, once warm | one load |
//! | token requests for a refresh | one in each process | one |
//! | a sign-out | is known to this process; another one honours a stolen old cookie until it idles out | holds everywhere at once |
//!
//! ```text
//!  cookie ─▶ cache ──hit, and nothing has changed──────────────────────────▶ Verified
//!              │miss
//!            open ─▶ standing (signed out? outdated?) ─▶ stage ─ fresh ────▶ Verified
//!                                                          │ due
//!                                                       flight: one for each session ─▶ issuer
//! ```
//!
//! A refresh runs in a task of its own: whoever waits for it may go away, and a rotated refresh token is not lost with them.

mod answer;
mod begin;
mod caller;
mod end;
#[cfg(test)]
mod fixture;
mod flight;
mod handle;
mod judge;
mod live;
pub(crate) mod record;
mod refresh;
mod renew;
mod sealed;
#[cfg(test)]
mod sealed_tests;
mod stage;
mod stored;
#[cfg(test)]
mod stored_tests;

use std::{fmt, future::Future, pin::Pin, sync::Arc};

pub(crate) use self::{begin::BeginError, end::Ended, record::NewSession};
pub use self::{
    caller::{require_session, session},
    handle::Session,
};
use crate::browser::identity::provider::OpenIdIssuer;

use self::{
    live::{Held, Registry},
    record::Keeps,
    stage::Limits,
};
use crate::browser::identity::provider::Issuer;
use crate::{
    base::{cache::Cache, clock::Clock, telemetry::Metrics},
    bearer::token::Policy,
    browser::{
        cookies::{Chunked, Jar},
        seal::SealKeys,
        settings::{SessionSettings, SignInSettings},
        store::SessionStore,
    },
    claims::Verified,
    error::SessionError,
};

/// What can be said of a request's session cookie at once.
pub(crate) enum Judged {
    /// There is none.
    Absent,
    Accepted(Verified),
    Refused(SessionError),
    /// The session must be refreshed first, or fetched from its store.
    Wait(SessionWait),
}

/// The verdict on a session that had to be waited for.
pub(crate) type SessionWait = Pin<Box<dyn Future<Output = Result<Verified, SessionError>> + Send>>;

/// The sessions of one application.
pub(crate) struct Sessions {
    settings: SessionSettings,
    limits: Limits,
    keeps: Keeps,
    origin: Box<str>,
    login_path: Box<str>,
    client_id: Box<str>,
    policy: Policy,
    seal: SealKeys,
    cookie: Chunked,
    store: Option<Arc<dyn SessionStore>>,
    issuer: Arc<dyn Issuer>,
    registry: Registry,
    cache: Option<Cache<Known>>,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
}

/// A cookie, or what a store keeps, that was found good.
struct Known {
    verified: Verified,
    held: Arc<Held>,
    /// The verdict stands while this is the session's epoch …
    epoch: u64,
    /// … and until then, in Unix seconds.
    until: i64,
}

/// What sessions stand on beside their settings.
#[derive(Debug)]
pub(crate) struct Ground {
    pub(crate) policy: Policy,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) metrics: Arc<Metrics>,
    /// How much memory warm sessions may take, in bytes. 0: none are kept.
    pub(crate) cache_bytes: usize,
}

impl Sessions {
    pub(crate) fn new(
        settings: &SignInSettings,
        ground: Ground,
        issuer: Arc<OpenIdIssuer>,
    ) -> Arc<Self> {
        Self::with(settings, ground, issuer)
    }

    fn with(settings: &SignInSettings, ground: Ground, issuer: Arc<dyn Issuer>) -> Arc<Self> {
        let session = settings.session.clone();
        let jar = Jar::new(settings.is_https);
        Arc::new(Self {
            limits: Limits::of(&session),
            keeps: Keeps {
                access_token: session.keeps_access_token,
                id_token: session.keeps_id_token,
            },
            origin: settings.origin.clone(),
            login_path: settings.paths.login.clone(),
            client_id: settings.client_id.clone(),
            policy: ground.policy,
            seal: settings.seal.clone(),
            cookie: Chunked::new(jar, &session.cookie_name),
            store: settings.store.clone(),
            issuer,
            registry: Registry::new(),
            cache: Cache::new(ground.cache_bytes),
            clock: ground.clock,
            metrics: ground.metrics,
            settings: session,
        })
    }

    /// The public origin of the application.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// Other origins that may send unsafe requests by cookie.
    pub(crate) fn allowed_origins(&self) -> &[Box<str>] {
        &self.settings.allowed_origins
    }

    /// Whether unsafe requests by cookie must show where they come from.
    pub(crate) fn checks_origin(&self) -> bool {
        self.settings.checks_origin
    }

    pub(crate) fn login_path(&self) -> &str {
        &self.login_path
    }

    /// Unix seconds.
    pub(crate) fn now(&self) -> i64 {
        self.clock.unix_seconds()
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions")
            .field("settings", &self.settings)
            .field("is_stored", &self.store.is_some())
            .finish_non_exhaustive()
    }
}
