//! The result of each sign-in, for the application's own audit log. Feature `sign-in`.

use crate::browser::provision::Identity;

/// Receives the result of each sign-in, each code that the issuer rejects (also if a retry
/// follows), and each failed sign-out. See [`SignIn::audit`](crate::SignIn::audit).
///
/// ```
/// use std::sync::Mutex;
///
/// use okta_tower::{SignIn, audit::{Audit, SignInEvent}};
///
/// struct Log(Mutex<Vec<String>>);
///
/// impl Audit for Log {
///     fn ended(&self, event: &SignInEvent) {
///         let user = event.identity().and_then(|identity| identity.claims().user_id());
///         let line = format!("{} {}", user.unwrap_or("unknown"), event.result());
///         // Bounded: unauthenticated clients can cause any number of failures.
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
/// Unauthenticated clients can cause failures without limit: bound what you keep.
pub trait Audit: Send + Sync + 'static {
    /// Receives one result. The response waits for this call: hand long work to another task.
    fn ended(&self, event: &SignInEvent);
}

/// The end of a sign-in, or a failed sign-out.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignInEvent {
    pub(crate) result: &'static str,
    pub(crate) provider_error: Option<&'static str>,
    pub(crate) identity: Option<Identity>,
}

impl SignInEvent {
    pub(crate) const SUCCESS: &'static str = "success";

    /// Returns whether a session was created.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.result == Self::SUCCESS
    }

    /// Returns `success` or the reason: a label of `okta_tower_sign_ins_total` (see
    /// [`telemetry`](crate::telemetry)).
    #[must_use]
    pub fn result(&self) -> &'static str {
        self.result
    }

    /// Returns the provider's error, if one ended the sign-in: a label of
    /// `okta_tower_provider_errors_total` (see [`telemetry`](crate::telemetry)), such as
    /// `invalid_scope`, `not_assigned`, `policy_failed` or `user_canceled_request`.
    ///
    /// # Security
    /// An error at the callback comes from the browser: the user can make one up.
    #[must_use]
    pub fn provider_error(&self) -> Option<&'static str> {
        self.provider_error
    }

    /// Returns the user, or `None` unless every check of the ID token passed.
    #[must_use]
    pub fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }
}
