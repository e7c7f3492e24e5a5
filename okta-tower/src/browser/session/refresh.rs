//! The refresh of a session: one algorithm for both backends.

use std::{sync::Arc, time::Duration};

use super::{
    Sessions,
    backend::{Lock, Replaced, SessionData},
    refresh_slot::{Claim, RefreshDone, RefreshPermit},
};
use crate::{
    base::{random::random, secret::Secret, telemetry},
    browser::store::StoreError,
    claims::Verified,
    error::SessionError,
    oauth::TokenFailure,
};

/// How long a request waits for the refresh of a session that serves without it.
const PATIENCE: Duration = Duration::from_secs(2);

/// Why a refresh failed. The session stays as it is.
enum RefreshFailure {
    Provider(TokenFailure),
    Store(StoreError),
    /// The new claims are unusable, or the new session is too large.
    Unusable,
}

impl From<StoreError> for RefreshFailure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Sessions {
    /// Starts the refresh of a session, or joins the one that is running in this process. `None`
    /// during the pause after a failure.
    pub(super) fn start_refresh(
        self: &Arc<Self>,
        session: &Arc<SessionData>,
    ) -> Option<RefreshDone> {
        match session.state.refresh.claim(self.context.clock.uptime()) {
            Claim::Join(done) => Some(done),
            Claim::Start(permit, done) => {
                let runtime = tokio::runtime::Handle::try_current().ok()?;
                runtime.spawn(Arc::clone(self).refresh(Arc::clone(session), permit));
                Some(done)
            }
            Claim::Pause => None,
        }
    }

    /// Waits for the end of a refresh, for a limited time: a short one if the session still
    /// serves, so that a slow provider does not delay requests before it must.
    pub(super) async fn wait_for(&self, mut refresh: RefreshDone, still_serves: bool) {
        let lock_ttl = self.context.settings.lock_ttl;
        let longest = if still_serves {
            lock_ttl.min(PATIENCE)
        } else {
            lock_ttl
        };
        tokio::select! {
            // Nothing is ever sent: the other end is dropped.
            _ = refresh.changed() => {}
            () = self.context.clock.sleep(longest) => {}
        }
    }

    /// Refreshes a session. Runs in a task of its own.
    async fn refresh(self: Arc<Self>, session: Arc<SessionData>, permit: RefreshPermit) {
        let failure = match self.lock_and_refresh(session).await {
            Ok(unused) => {
                permit.succeeded();
                if let Some(token) = unused {
                    self.provider.revoke(&token).await;
                }
                return;
            }
            Err(failure) => failure,
        };
        let retry_after = match failure {
            RefreshFailure::Provider(TokenFailure::Transient { retry_after }) => retry_after,
            RefreshFailure::Provider(TokenFailure::InvalidClient) => {
                telemetry::client_not_recognised();
                None
            }
            RefreshFailure::Store(error) => {
                telemetry::store_failed(&error);
                None
            }
            RefreshFailure::Provider(_) | RefreshFailure::Unusable => None,
        };
        let random = f64::from(u16::from_le_bytes(random())) / f64::from(u16::MAX);
        permit.failed(self.context.clock.uptime(), retry_after, random);
    }

    /// Returns the new refresh token, if it must be revoked because the user signed out
    /// meanwhile.
    async fn lock_and_refresh(
        &self,
        session: Arc<SessionData>,
    ) -> Result<Option<Secret>, RefreshFailure> {
        let Some(lock) = self.backend.lock(session).await? else {
            return Ok(None);
        };
        let refreshed = self.refresh_locked(&lock).await;
        // A lock that cannot be released expires.
        if let Err(error) = self.backend.unlock(&lock).await {
            telemetry::store_failed(&error);
        }
        refreshed
    }

    async fn refresh_locked(&self, lock: &Lock) -> Result<Option<Secret>, RefreshFailure> {
        let record = &lock.session.record;
        let Some(renewal) = record.renewal() else {
            return Ok(None);
        };
        let fresh = match self.provider.refresh(renewal).await {
            Ok(fresh) => fresh,
            // The one answer that ends a session (RFC 6749 section 5.2).
            Err(TokenFailure::InvalidGrant) => {
                self.backend.discard(lock).await?;
                return Ok(None);
            }
            Err(failure) => return Err(RefreshFailure::Provider(failure)),
        };
        let next = Arc::new(record.refreshed(fresh, self.retention, self.now()));
        if self.context.caller(&next, None).is_none() {
            return Err(RefreshFailure::Unusable);
        }
        match self.backend.replace(lock, &next).await? {
            Replaced::Done => Ok(None),
            Replaced::Ended => Ok(next.refresh_token.clone()),
            Replaced::TooLarge => Err(RefreshFailure::Unusable),
        }
    }

    /// Refreshes the session of a request, whether that is due or not, and returns its caller.
    pub(super) async fn refresh_now(
        self: &Arc<Self>,
        session: &Arc<SessionData>,
    ) -> Result<Verified, SessionError> {
        if session.record.refresh_token.is_none() {
            return Err(SessionError::RefreshUnavailable);
        }
        let generation = session.record.generation;
        // A refresh that another request has made in this process suffices.
        if session.state.newer_than(generation).is_none()
            && let Some(refresh) = self.start_refresh(session)
        {
            self.wait_for(refresh, false).await;
        }
        let loaded = self.backend.reload(Arc::clone(session)).await?;
        if loaded.data.record.generation > generation {
            Ok(loaded.caller)
        } else {
            Err(SessionError::RefreshUnavailable)
        }
    }
}
