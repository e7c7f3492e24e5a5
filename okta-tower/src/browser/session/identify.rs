//! From a request's cookie to its caller.

use std::sync::Arc;

use http::HeaderMap;

use super::{
    backend::{Loaded, Opened, SessionData},
    sessions::Sessions,
    stage::{Stage, visible_end},
};
use crate::{
    base::telemetry,
    browser::{cookies::CookieValue, identity::BoxFuture},
    claims::Verified,
    error::SessionError,
};

/// The caller of a request by its session cookie.
pub(crate) enum IdentifiedSession {
    /// The request has no session cookie.
    Absent,
    Caller(Verified),
    Refused(SessionError),
    /// The session must be loaded or refreshed first.
    Pending(PendingSession),
}

/// The final result for a session that must be waited for.
pub(crate) type PendingSession = BoxFuture<'static, Result<Verified, SessionError>>;

impl Sessions {
    /// Whether a request has a session cookie, valid or not.
    pub(crate) fn is_presented(&self, headers: &HeaderMap) -> bool {
        !matches!(self.context.cookie.gather(headers), CookieValue::Absent)
    }

    /// Identifies the caller by the session cookie. `now` is in Unix seconds.
    ///
    /// A public route makes no difference: without the wait for a load, a signed-in user would
    /// look like an anonymous caller. Without the wait for a refresh that is due, the response
    /// would not set the new cookie, and another process would use the old refresh token again.
    pub(crate) fn identify(self: &Arc<Self>, headers: &HeaderMap, now: i64) -> IdentifiedSession {
        let cookie = match self.context.cookie.gather(headers) {
            CookieValue::Absent => return IdentifiedSession::Absent,
            CookieValue::Broken => return IdentifiedSession::Refused(SessionError::Unreadable),
            CookieValue::Whole(cookie) => cookie,
        };
        match self.backend.open(&cookie, now) {
            Err(error) => IdentifiedSession::Refused(error),
            Ok(Opened::Ready(caller)) => IdentifiedSession::Caller(caller),
            Ok(Opened::Wait(loading)) => {
                let sessions = Arc::clone(self);
                IdentifiedSession::Pending(Box::pin(async move {
                    let loaded = loading.await?;
                    sessions.refresh_if_due(loaded).await
                }))
            }
        }
    }

    /// Identifies the caller, and waits if necessary. `None`: there is no session cookie.
    pub(crate) async fn current(
        self: &Arc<Self>,
        headers: &HeaderMap,
    ) -> Result<Option<Verified>, SessionError> {
        match self.identify(headers, self.now()) {
            IdentifiedSession::Absent => Ok(None),
            IdentifiedSession::Caller(caller) => Ok(Some(caller)),
            IdentifiedSession::Refused(error) => Err(error),
            IdentifiedSession::Pending(pending) => pending.await.map(Some),
        }
    }

    /// Identifies the caller without using the session: the idle time goes on, and nothing is
    /// refreshed. `None`: there is no session cookie.
    pub(crate) async fn peek(&self, headers: &HeaderMap) -> Result<Option<Verified>, SessionError> {
        let cookie = match self.context.cookie.gather(headers) {
            CookieValue::Absent => return Ok(None),
            CookieValue::Broken => return Err(SessionError::Unreadable),
            CookieValue::Whole(cookie) => cookie,
        };
        match self.backend.open(&cookie, self.now())? {
            Opened::Ready(caller) => Ok(Some(caller)),
            Opened::Wait(loading) => Ok(Some(loading.await?.caller)),
        }
    }

    /// Returns when the caller's session ends if it is not used anymore, in Unix seconds.
    pub(crate) fn idle_end(&self, caller: &Verified) -> Option<i64> {
        let record = &caller.attached::<SessionData>()?.record;
        let idle_end = record.seen_at.saturating_add(self.context.limits.idle);
        Some(idle_end.min(visible_end(record)))
    }

    /// Returns the caller of a session, after its refresh if that is due.
    async fn refresh_if_due(
        self: &Arc<Self>,
        mut loaded: Loaded,
    ) -> Result<Verified, SessionError> {
        if loaded.stage != Stage::Fresh {
            let still_serves = loaded.stage == Stage::RefreshDue;
            let refreshed = self
                .refreshed(Arc::clone(&loaded.data), still_serves)
                .await?;
            loaded = refreshed.unwrap_or(loaded);
        }
        if loaded.stage == Stage::RefreshNeeded {
            return Err(SessionError::RefreshUnavailable);
        }
        // A failure to record the use does not concern the request.
        if let Err(error) = self.backend.touch(&loaded.data).await {
            telemetry::store_failed(&error);
        }
        Ok(loaded.caller)
    }
}
