//! The hook that is called at each sign-in, before there is a session: for creating and updating the local user. Feature
//! `sign-in`.

use std::{error::Error, fmt, future::Future, pin::Pin};

use serde_json::Value;

use crate::claims::Verified;

/// The future of [`OnSignIn::on_sign_in`].
pub type Decide<'a> =
    Pin<Box<dyn Future<Output = Result<Admission, Box<dyn Error + Send + Sync>>> + Send + 'a>>;

/// Decides at each sign-in whether the person may have a session, and what of your own data it carries.
pub trait OnSignIn: Send + Sync + 'static {
    /// Called after every check of the ID token, before the session exists. An error is answered 503: nobody is signed in, and
    /// nobody is told why.
    fn on_sign_in<'a>(&'a self, identity: &'a Identity) -> Decide<'a>;
}

/// Who is signing in.
#[derive(Clone)]
#[non_exhaustive]
pub struct Identity {
    pub(crate) claims: Verified,
}

impl Identity {
    /// What the ID token (and `userinfo`, where it was asked) says.
    #[must_use]
    pub fn claims(&self) -> &Verified {
        &self.claims
    }

    /// `email`, for display and mail.
    ///
    /// # Security
    /// Never link local users by it: addresses change hands. The key is (`identity_issuer()`, `user_id()`).
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.claims.email()
    }

    /// `name`, for display; where there is none, `preferred_username`.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.claims.name()
    }
}

/// Prints nothing of the person.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

/// The decision of an [`OnSignIn`].
#[derive(Clone, Debug)]
pub struct Admission(pub(crate) Verdict);

#[derive(Clone)]
pub(crate) enum Verdict {
    Allow(Option<Value>),
    Deny(Box<str>),
}

impl Admission {
    /// Lets the person in.
    #[must_use]
    pub fn allow() -> Self {
        Self(Verdict::Allow(None))
    }

    /// Lets the person in, with data that the session carries: such as the id of the local user. Keep it small: in a sealed
    /// cookie it travels with every request.
    #[must_use]
    pub fn allow_with(local: Value) -> Self {
        Self(Verdict::Allow(Some(local)))
    }

    /// Refuses the person: a 403 page that shows `reason` to them.
    #[must_use]
    pub fn deny(reason: impl Into<String>) -> Self {
        Self(Verdict::Deny(reason.into().into()))
    }
}

/// Prints neither data nor reason.
impl fmt::Debug for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Allow(_) => "Allow(..)",
            Self::Deny(_) => "Deny(..)",
        })
    }
}
