//! A session as handlers see it.

use std::{fmt, ops::Deref, sync::Arc, time::SystemTime};

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{backend::SessionData, stage::visible_end};
use crate::{
    base::{clock::from_unix_seconds, secret::Secret},
    claims::{Claims, NoExtra, Verified, Via},
    error::{AuthError, SessionError},
};

/// The session of a user who signed in with a browser: the claims, by dereference to [`Claims`],
/// and the data of the session.
///
/// Comes from [`Session::of`] or an extractor; it has no constructor. It shows the session as it
/// was when the request arrived.
///
/// ```
/// use okta_tower::{Verified, session::Session};
///
/// fn greeting(caller: &Verified) -> String {
///     match Session::<okta_tower::NoExtra>::of(caller) {
///         Some(session) => {
///             format!("signed in as {}, until {:?}", session.subject(), session.ends_at())
///         }
///         None => "called by token".to_owned(),
///     }
/// }
/// ```
pub struct Session<C = NoExtra> {
    claims: Claims<C>,
    data: Arc<SessionData>,
}

impl<C: Send + Sync + 'static> Session<C> {
    /// Returns the session of a caller. `None` for a caller with a bearer token, and if
    /// [`claims`](crate::auth::AuthLayer::claims) does not configure the layer with `C`.
    #[must_use]
    pub fn of(caller: &Verified) -> Option<Self> {
        if caller.via() != Via::Session {
            return None;
        }
        Some(Self {
            data: caller.attachment()?,
            claims: caller.typed()?,
        })
    }
}

impl<C> Session<C> {
    /// Returns the claims.
    #[must_use]
    pub fn claims(&self) -> &Claims<C> {
        &self.claims
    }

    /// Returns the access token, for calls to other services on behalf of the user. `None` without
    /// [`SignIn::keep_access_token`](crate::SignIn::keep_access_token).
    ///
    /// # Security
    /// The access token grants the user's access until it ends. It must not reach the browser,
    /// logs or errors.
    #[must_use]
    pub fn access_token(&self) -> Option<Secret> {
        self.data.record.access_token.clone()
    }

    /// Returns the application's own data, as
    /// [`Admission::allow_with`](crate::provision::Admission::allow_with) set it at the sign-in, or
    /// [`update_local`](Self::update_local) later. `None` if there is none, or if it is not a `T`.
    #[must_use]
    pub fn local<T: DeserializeOwned>(&self) -> Option<T> {
        T::deserialize(self.data.record.local.as_ref()?).ok()
    }

    /// Returns when the session ends, even in use. An unused session ends earlier: see
    /// [`SignIn::idle_timeout`](crate::SignIn::idle_timeout).
    #[must_use]
    pub fn ends_at(&self) -> SystemTime {
        from_unix_seconds(visible_end(&self.data.record))
    }

    /// Returns when the access token ends. A session with a refresh token is refreshed before.
    #[must_use]
    pub fn token_ends_at(&self) -> SystemTime {
        from_unix_seconds(self.data.record.token_ends_at)
    }
}

impl<C: DeserializeOwned + Send + Sync + 'static> Session<C> {
    /// Refreshes the session now, and returns it as it is then. Use it before a critical step,
    /// such as a checkout, to notice a user who was locked out a minute ago. Concurrent calls make
    /// one request to the identity provider. The response to the current request sets the new
    /// cookie, if there is one.
    ///
    /// # Errors
    /// - [`InvalidToken`](crate::AuthErrorKind::InvalidToken) if the session has ended, also
    ///   because the identity provider did not renew it now.
    /// - [`Unavailable`](crate::AuthErrorKind::Unavailable) if the identity provider or the store
    ///   does not answer, if the last attempt failed a moment ago, or if the session has no refresh
    ///   token. The session stays as it was.
    pub async fn refresh_now(&self) -> Result<Self, AuthError> {
        let Some(sessions) = self.data.sessions.upgrade() else {
            return Err(SessionError::RefreshUnavailable.into());
        };
        let verified = sessions.refresh_now(Arc::clone(&self.data)).await?;
        Self::read(verified)
    }

    /// Replaces the application's own data, and returns the session with it. The response to the
    /// current request sets the new cookie, if there is one. Of concurrent calls the last one wins.
    ///
    /// ```
    /// use okta_tower::{AuthError, session::Session};
    ///
    /// async fn choose(session: Session, tenant: &str) -> Result<Session, AuthError> {
    ///     let session = session.update_local(serde_json::json!({ "tenant": tenant })).await?;
    ///     assert!(session.local::<serde_json::Value>().is_some());
    ///     // In a sealed cookie, so much data is rejected, and the session stays as it was.
    ///     assert!(session.update_local("x".repeat(50_000).into()).await.is_err());
    ///     Ok(session)
    /// }
    /// ```
    ///
    /// # Errors
    /// - [`InvalidToken`](crate::AuthErrorKind::InvalidToken) if the session has ended, or another
    ///   process has refreshed it and this request has the cookie from before.
    /// - [`Unavailable`](crate::AuthErrorKind::Unavailable) if the store does not respond.
    /// - [`Misconfigured`](crate::AuthErrorKind::Misconfigured) if the session does not fit into
    ///   cookies with this data.
    pub async fn update_local(&self, local: Value) -> Result<Self, AuthError> {
        let Some(sessions) = self.data.sessions.upgrade() else {
            return Err(SessionError::StoreUnavailable.into());
        };
        Self::read(sessions.update_local(Arc::clone(&self.data), local).await?)
    }

    /// Returns the session of a caller, and reads the claims as `C`.
    pub(crate) fn read(caller: Verified) -> Result<Self, AuthError> {
        let claims = caller.read_as()?;
        let data = claims.attachment().ok_or(SessionError::Unreadable)?;
        Ok(Self { claims, data })
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
            data: Arc::clone(&self.data),
        }
    }
}

/// Prints nothing about the user.
impl<C> fmt::Debug for Session<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}
