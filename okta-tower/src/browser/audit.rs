//! What came of each sign-in, for an audit log of the application's own. Feature `sign-in`.

use crate::browser::provision::Identity;

/// Is told of every sign-in that has come to an end, well or not, of every code that the issuer refused,
/// though there is another round for it, and of every sign-out that failed: see [`SignIn::audit`](crate::SignIn::audit).
///
/// ```
/// use std::sync::Mutex;
///
/// use okta_tower::{SignIn, audit::{Audit, Ended}};
///
/// struct Log(Mutex<Vec<String>>);
///
/// impl Audit for Log {
///     fn ended(&self, sign_in: &Ended) {
///         let who = sign_in.identity().and_then(|identity| identity.claims().user_id());
///         let line = format!("{} {}", who.unwrap_or("somebody"), sign_in.result());
///         // Bounded: strangers can have as many sign-ins fail as they like.
///         let mut lines = self.0.lock().unwrap();
///         if lines.len() < 1_000 {
///             lines.push(line);
///         }
///     }
/// }
///
/// let sign_in = SignIn::new().audit(Log(Mutex::default()));
/// ```
///
/// # Security
/// Everybody can cause failures, without an account: whatever keeps them must have a bound.
pub trait Audit: Send + Sync + 'static {
    /// Called before the answer goes out, which waits for it: hand the work on where it takes time.
    fn ended(&self, sign_in: &Ended);
}

/// The end of a sign-in.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Ended {
    pub(crate) result: &'static str,
    pub(crate) identity: Option<Identity>,
}

impl Ended {
    pub(crate) const SUCCESS: &'static str = "success";

    /// Whether there is a session now.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.result == Self::SUCCESS
    }

    /// `success`, or the reason: one of the names that `okta_tower_sign_ins_total` counts by (see
    /// [`telemetry`](crate::telemetry)).
    #[must_use]
    pub fn result(&self) -> &'static str {
        self.result
    }

    /// Who it was, where that has been verified: every check of the ID token has passed. `None` before that, whatever the
    /// browser has sent.
    #[must_use]
    pub fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }
}
