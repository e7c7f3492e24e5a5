//! The issuer's own sessions: which user is signed in, in which browser.

use std::time::{Duration, SystemTime};

use crate::{bounded::Bounded, random::secret_name};

/// The largest number of browser sessions that the issuer remembers.
const MAX_BROWSERS: usize = 5_000;

/// How long an unused session lasts, as in Okta's default policy.
const IDLE: Duration = Duration::from_secs(2 * 3600);

/// The session of one browser at the issuer.
#[derive(Clone, Debug)]
pub(crate) struct BrowserSession {
    pub(crate) login: String,
    pub(crate) auth_time: SystemTime,
    used: SystemTime,
}

/// All browser sessions, by session ID.
#[derive(Debug)]
pub(crate) struct Browsers(Bounded<BrowserSession>);

impl Browsers {
    pub(crate) fn new() -> Self {
        Self(Bounded::new(MAX_BROWSERS))
    }

    /// Signs a user in and returns the cookie value.
    ///
    /// The value is new each time, so that a value known before the sign-in is useless after it.
    pub(crate) fn begin(&mut self, login: &str, now: SystemTime) -> String {
        let id = secret_name();
        let session = BrowserSession {
            login: login.to_owned(),
            auth_time: now,
            used: now,
        };
        self.0.insert(id.clone(), session);
        id
    }

    /// Returns the session with this ID if it is still valid, and marks it as used.
    pub(crate) fn find(&mut self, id: &str, now: SystemTime) -> Option<BrowserSession> {
        let session = self.0.get_mut(id)?;
        if session.used + IDLE <= now {
            self.0.remove(id);
            return None;
        }
        session.used = now;
        Some(session.clone())
    }

    pub(crate) fn end(&mut self, id: &str) {
        self.0.remove(id);
    }

    /// Signs a user out in every browser.
    pub(crate) fn end_all_of(&mut self, login: &str) {
        self.0.retain(|session| session.login != login);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}
