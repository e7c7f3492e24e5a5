//! The issuer's own sessions: who is signed in at the issuer, in which browser.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, header};

use super::secret_name;
use crate::bounded::Bounded;

/// As many browsers as are remembered.
const MOST: usize = 5_000;

/// How long a session lasts when nobody uses it: what Okta's default policy says.
const IDLE: Duration = Duration::from_secs(2 * 3600);

#[derive(Clone, Debug)]
pub(crate) struct BrowserSession {
    pub(crate) login: String,
    pub(crate) auth_time: SystemTime,
    used: SystemTime,
}

#[derive(Debug)]
pub(crate) struct Browsers(Bounded<BrowserSession>);

impl Browsers {
    pub(crate) fn new() -> Self {
        Self(Bounded::new(MOST))
    }

    /// Signs a person in, and returns what the cookie holds: new each time, lest a name known before be of use after.
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

    /// The session of this id, if it is still good; it has been used by this.
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

    /// Signs a person out everywhere.
    pub(crate) fn end_all_of(&mut self, login: &str) {
        self.0.retain(|session| session.login != login);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

/// The name of the cookie. Browsers do not tell ports apart where cookies are concerned, so the name does.
fn name(origin: &str) -> String {
    let port = origin.rsplit(':').next().unwrap_or_default();
    format!("okta_tower_test_{port}")
}

pub(crate) fn set_cookie(origin: &str, path: &str, id: &str) -> String {
    // Not `Secure`: this issuer speaks plain http.
    format!("{}={id}; Path={path}; HttpOnly; SameSite=Lax", name(origin))
}

pub(crate) fn remove_cookie(origin: &str, path: &str) -> String {
    format!("{}; Max-Age=0", set_cookie(origin, path, ""))
}

/// What the cookie of this issuer holds.
pub(crate) fn cookie(origin: &str, headers: &HeaderMap) -> Option<String> {
    let name = name(origin);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(given, _)| *given == name)
        .map(|(_, value)| value.to_owned())
}
