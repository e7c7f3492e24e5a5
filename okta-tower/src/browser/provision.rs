//! The hook that runs at each sign-in before the session exists, for creating and updating the
//! local user. Feature `sign-in`.

use std::{error::Error, fmt, future::Future, pin::Pin};

use serde_json::Value;

use crate::claims::Verified;

/// The future of [`OnSignIn::on_sign_in`].
pub type HookFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Admission, Box<dyn Error + Send + Sync>>> + Send + 'a>>;

/// Decides at each sign-in whether the user may have a session, and which of your own data the
/// session carries.
///
/// A complete hook: see `docs/sign-in.md`.
pub trait OnSignIn: Send + Sync + 'static {
    /// Decides on one sign-in, after every check of the ID token and before the session exists.
    ///
    /// # Errors
    /// An error gives a 503 page without the reason, and no session.
    fn on_sign_in<'a>(&'a self, identity: &'a Identity) -> HookFuture<'a>;
}

/// The user who is signing in.
#[derive(Clone)]
#[non_exhaustive]
pub struct Identity {
    pub(crate) claims: Verified,
}

impl Identity {
    /// Returns the claims of the ID token, and of `userinfo` if configured.
    #[must_use]
    pub fn claims(&self) -> &Verified {
        &self.claims
    }

    /// Returns `email`, for display and mail.
    ///
    /// # Security
    /// Never link local users by address: addresses change hands. The key is (`identity_issuer()`,
    /// `user_id()`).
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.claims.email()
    }

    /// Returns `name`, or else `preferred_username`, for display.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.claims.name()
    }
}

/// Hides the user.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

/// The decision of an [`OnSignIn`].
#[derive(Clone, Debug)]
pub struct Admission(pub(crate) Decision);

#[derive(Clone)]
pub(crate) enum Decision {
    Allow(Option<Value>),
    Deny(Box<str>),
}

impl Admission {
    /// Admits the user.
    #[must_use]
    pub fn allow() -> Self {
        Self(Decision::Allow(None))
    }

    /// Admits the user, with data for the session, such as the ID of the local user. Keep the data
    /// small: a sealed cookie carries it with every request.
    #[must_use]
    pub fn allow_with(local: Value) -> Self {
        Self(Decision::Allow(Some(local)))
    }

    /// Rejects the user with a 403 page that shows `reason`.
    #[must_use]
    pub fn deny(reason: impl Into<String>) -> Self {
        Self(Decision::Deny(reason.into().into()))
    }
}

/// Hides the data and the reason.
impl fmt::Debug for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Allow(_) => "Allow(..)",
            Self::Deny(_) => "Deny(..)",
        })
    }
}
