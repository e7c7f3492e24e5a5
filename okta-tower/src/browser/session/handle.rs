//! A session as handlers see it.

use std::{
    fmt,
    ops::Deref,
    sync::{Arc, Weak},
    time::SystemTime,
};

use serde::de::DeserializeOwned;

use super::{Sessions, live::Held, stage::told_end};
use crate::{
    base::{clock::from_unix_seconds, secret::Secret},
    browser::store::SessionKey,
    claims::{ClaimType, Claims, NoExtra, Verified, Via},
    error::{AuthError, SessionError, TokenError, TokenErrorKind},
};

/// What is kept with the claims of a session.
pub(super) struct Attached {
    /// Weak, because the sessions keep these in their cache.
    sessions: Weak<Sessions>,
    pub(super) held: Arc<Held>,
    /// How many cookies the request's session came in.
    pub(super) pieces: usize,
    /// Whether the request's cookie is from before this generation.
    pub(super) is_outdated: bool,
    /// The name of the session in its store.
    pub(super) key: Option<SessionKey>,
}

impl Attached {
    pub(super) fn new(sessions: &Arc<Sessions>, held: &Arc<Held>, pieces: usize) -> Self {
        Self {
            sessions: Arc::downgrade(sessions),
            held: Arc::clone(held),
            pieces,
            is_outdated: false,
            key: None,
        }
    }

    /// Of a session that a store keeps under this name.
    pub(super) fn stored(sessions: &Arc<Sessions>, held: &Arc<Held>, key: &SessionKey) -> Self {
        Self {
            key: Some(key.clone()),
            ..Self::new(sessions, held, 1)
        }
    }

    /// Of a request whose cookie is from before this generation.
    pub(super) fn outdated(sessions: &Arc<Sessions>, held: &Arc<Held>, pieces: usize) -> Self {
        Self {
            is_outdated: true,
            ..Self::new(sessions, held, pieces)
        }
    }
}

/// The session of a person who signed in with a browser: the claims, by dereference to [`Claims`], and what belongs to the
/// session beside them.
///
/// Comes from [`Session::of`] or an extractor; it cannot be made by hand. It is a picture of the session as it was when the
/// request came in.
///
/// ```
/// use okta_tower::{Verified, session::Session};
///
/// fn greeting(caller: &Verified) -> String {
///     match Session::<okta_tower::NoExtra>::of(caller) {
///         Some(session) => format!("signed in as {}, until {:?}", session.subject(), session.ends_at()),
///         None => "called by token".to_owned(),
///     }
/// }
/// ```
pub struct Session<C = NoExtra> {
    claims: Claims<C>,
    attached: Arc<Attached>,
}

impl<C: Send + Sync + 'static> Session<C> {
    /// The session that a caller came with. `None` for a caller with a bearer token, and where the layer was not told of `C`
    /// with [`claims`](crate::auth::AuthLayer::claims).
    #[must_use]
    pub fn of(caller: &Verified) -> Option<Self> {
        if caller.via() != Via::Session {
            return None;
        }
        Some(Self {
            attached: caller.attachment()?,
            claims: caller.typed()?,
        })
    }
}

impl<C> Session<C> {
    /// The claims.
    #[must_use]
    pub fn claims(&self) -> &Claims<C> {
        &self.claims
    }

    /// The access token, for calling other services in the person's name. `None` where sessions are configured not to keep it.
    ///
    /// # Security
    /// Whoever has it can act for the person until it ends. It must not reach the browser, logs or errors.
    #[must_use]
    pub fn access_token(&self) -> Option<Secret> {
        self.attached.held.record.access_token.clone()
    }

    /// The application's own data, as [`Admission::allow_with`](crate::provision::Admission::allow_with) gave it at the sign-in.
    /// `None` where there is none, or where it is no `T`.
    #[must_use]
    pub fn local<T: DeserializeOwned>(&self) -> Option<T> {
        T::deserialize(self.attached.held.record.local.as_ref()?).ok()
    }

    /// When the session ends however much it is used. One that nobody uses ends before: see
    /// [`SignIn::idle_timeout`](crate::config::SignIn::idle_timeout).
    #[must_use]
    pub fn ends_at(&self) -> SystemTime {
        from_unix_seconds(told_end(&self.attached.held.record))
    }

    /// When its access token ends. It is refreshed before, where there is a refresh token.
    #[must_use]
    pub fn token_ends_at(&self) -> SystemTime {
        from_unix_seconds(self.attached.held.record.token_ends_at)
    }
}

impl<C: DeserializeOwned + Send + Sync + 'static> Session<C> {
    /// Refreshes the session now, and gives it back as it is then: for the page before a checkout, where a person who was
    /// locked out a minute ago should be noticed. Several calls at once make one request to the issuer. The answer to the
    /// request that is being handled carries the new cookie, where it needs one.
    ///
    /// # Errors
    /// [`InvalidToken`](crate::AuthErrorKind::InvalidToken) where the session has ended, also by this: the issuer does not renew
    /// it. [`Unavailable`](crate::AuthErrorKind::Unavailable) where the issuer or the store does not answer, where the last
    /// attempt failed a moment ago, and where the session has no refresh token; the session stays what it was.
    pub async fn refresh_now(&self) -> Result<Self, AuthError> {
        let Some(sessions) = self.attached.sessions.upgrade() else {
            return Err(SessionError::RefreshUnavailable.into());
        };
        let verified = sessions.refresh_now(&self.attached).await?;
        let verified = verified
            .with_extra(ClaimType::of::<C>())
            .ok_or_else(|| TokenError::from(TokenErrorKind::ClaimsUnreadable))?;
        Self::of(&verified).ok_or_else(|| SessionError::Unreadable.into())
    }
}

impl<C> Deref for Session<C> {
    type Target = Claims<C>;

    fn deref(&self) -> &Claims<C> {
        &self.claims
    }
}

impl<C> Clone for Session<C> {
    fn clone(&self) -> Self {
        Self {
            claims: self.claims.clone(),
            attached: Arc::clone(&self.attached),
        }
    }
}

/// Prints nothing of the person.
impl<C> fmt::Debug for Session<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}
