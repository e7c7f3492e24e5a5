//! The refresh of a session: one algorithm for both backends.

use std::{sync::Arc, time::Duration};

use serde_json::Value;

use super::{
    backend::{Loaded, Lock, Refresher, Replaced, SessionData},
    record::Record,
    refresh_slot::{Claim, RefreshDone, RefreshPermit},
    sessions::Sessions,
};
use crate::{
    base::{random::random, secret::Secret, telemetry},
    browser::{
        identity::{BoxFuture, RefreshFailure},
        provision::{Decision, Identity},
        store::StoreError,
    },
    claims::Verified,
    error::SessionError,
    oauth::TokenFailure,
};

/// How long a request waits for the refresh of a session that serves without it, and a refresh for
/// the application's hook.
const PATIENCE: Duration = Duration::from_secs(2);

/// How often a refresh is tried that changes of the application's own data overtake.
const ATTEMPTS: usize = 3;

impl Sessions {
    /// Refreshes a session, or waits for the refresh that is running. Returns the session as it is
    /// then. `None` during the pause after a failure.
    pub(super) async fn refreshed(
        self: &Arc<Self>,
        mut session: Arc<SessionData>,
        still_serves: bool,
    ) -> Result<Option<Loaded>, SessionError> {
        let mut latest = None;
        for _ in 0..ATTEMPTS {
            let Some(refresh) = self.start_refresh(&session) else {
                break;
            };
            self.wait_for(refresh, still_serves).await;
            let loaded = self.backend.reload(Arc::clone(&session)).await?;
            let (before, after) = (&session.record, &loaded.data.record);
            let is_overtaken =
                after.recency() > before.recency() && !after.is_refreshed_since(before);
            session = Arc::clone(&loaded.data);
            latest = Some(loaded);
            if !is_overtaken {
                break;
            }
        }
        Ok(latest)
    }

    /// Starts the refresh of a session, or joins the one that is running in this process. `None`
    /// during the pause after a failure.
    fn start_refresh(self: &Arc<Self>, session: &Arc<SessionData>) -> Option<RefreshDone> {
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
        let longest = match still_serves {
            true => lock_ttl.min(PATIENCE),
            false => lock_ttl,
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
            // A change of local data or another process was faster: nothing is known of the
            // provider, so earlier failures still count.
            Ok(Outcome::NotMade) => return,
            Ok(Outcome::Made { result, unused }) => {
                permit.succeeded();
                self.context.metrics.session_refreshed(result);
                if let Some(token) = unused {
                    self.provider.revoke(&token).await;
                }
                return;
            }
            Err(failure) => failure,
        };
        self.context.metrics.session_refreshed(failure.as_str());
        let retry_after = match failure {
            TokenFailure::Transient { retry_after } => retry_after,
            TokenFailure::InvalidClient => {
                telemetry::client_not_recognized();
                None
            }
            TokenFailure::InvalidGrant | TokenFailure::Refused(_) => None,
        };
        let random = f64::from(u16::from_le_bytes(random())) / f64::from(u16::MAX);
        permit.failed(self.context.clock.uptime(), retry_after, random);
    }

    async fn lock_and_refresh(&self, session: Arc<SessionData>) -> Result<Outcome, TokenFailure> {
        let lock = self
            .backend
            .lock(session)
            .await
            .map_err(|error| store_failed(&error))?;
        let Some(lock) = lock else {
            return Ok(Outcome::NotMade);
        };
        let refreshed = self.refresh_locked(&lock).await;
        // A lock that cannot be released expires.
        let _ = self
            .backend
            .unlock(&lock)
            .await
            .map_err(|error| store_failed(&error));
        refreshed
    }

    async fn refresh_locked(&self, lock: &Lock) -> Result<Outcome, TokenFailure> {
        let record = &lock.session.record;
        let Some(renewal) = record.renewal() else {
            return Ok(Outcome::NotMade);
        };
        let fresh = match self.provider.refresh(renewal).await {
            Ok(fresh) => fresh,
            // The one answer that ends a session (RFC 6749 section 5.2).
            Err(RefreshFailure {
                failure: TokenFailure::InvalidGrant,
                ..
            }) => return self.discard(lock, "invalid_grant", None).await,
            Err(failed) => return self.keep_rotated(lock, failed).await,
        };
        let mut next = record.refreshed(fresh, self.retention, self.now());
        let Some(claims) = self.context.caller(&next, None) else {
            let failed = RefreshFailure {
                failure: TokenFailure::Refused("session_unusable"),
                rotated: next.rotated_since(record).cloned(),
            };
            return self.keep_rotated(lock, failed).await;
        };
        match self.ask_hook(Identity { claims }).await {
            Some(Decision::Deny(_)) => {
                return self.discard(lock, "denied", next.refresh_token).await;
            }
            Some(Decision::Allow(Some(local))) => next.local = Some(local),
            Some(Decision::Allow(None)) | None => {}
        }
        let mut next = Arc::new(next);
        let mut replaced = self.backend.replace(lock, &next).await;
        if matches!(replaced, Ok(Replaced::TooLarge)) && next.local != record.local {
            telemetry::refresh_hook_failed(&"its data does not fit into cookies");
            Arc::make_mut(&mut next).local.clone_from(&record.local);
            replaced = self.backend.replace(lock, &next).await;
        }
        match replaced.map_err(|error| store_failed(&error))? {
            Replaced::Done => Ok(Outcome::Made {
                result: "success",
                unused: None,
            }),
            Replaced::Ended => Ok(Outcome::signed_out(&next)),
            Replaced::TooLarge => {
                let failed = RefreshFailure {
                    failure: TokenFailure::Refused("session_unusable"),
                    rotated: next.rotated_since(record).cloned(),
                };
                self.keep_rotated(lock, failed).await
            }
        }
    }

    /// Ends a session that is not renewed.
    async fn discard(
        &self,
        lock: &Lock,
        result: &'static str,
        unused: Option<Secret>,
    ) -> Result<Outcome, TokenFailure> {
        let discarded = self.backend.discard(lock).await;
        discarded
            .map(|()| Outcome::Made { result, unused })
            .map_err(|error| store_failed(&error))
    }

    /// Keeps the new refresh token of a response whose other tokens are rejected, and nothing else
    /// of the response: the session does not last longer, but a later refresh can succeed. The
    /// provider has invalidated the previous refresh token, so that the session would end.
    async fn keep_rotated(
        &self,
        lock: &Lock,
        failed: RefreshFailure,
    ) -> Result<Outcome, TokenFailure> {
        let Some(token) = failed.rotated else {
            return Err(failed.failure);
        };
        let next = Arc::new(lock.session.record.with_refresh_token(token));
        let replaced = self.backend.replace(lock, &next).await;
        match replaced.map_err(|error| store_failed(&error))? {
            Replaced::Ended => Ok(Outcome::signed_out(&next)),
            Replaced::Done | Replaced::TooLarge => Err(failed.failure),
        }
    }

    /// Asks the application's hook, if there is one. A hook that fails, panics or takes too long
    /// changes nothing: the new tokens must not be lost.
    async fn ask_hook(&self, identity: Identity) -> Option<Decision> {
        let hook = Arc::clone(self.on_refresh.as_ref()?);
        // A panic ends this task only.
        let mut asked = tokio::spawn(async move { hook.on_sign_in(&identity).await });
        let decision = tokio::select! {
            decision = &mut asked => decision.unwrap_or_else(|_| Err("it panicked".into())),
            () = self.context.clock.sleep(PATIENCE) => {
                asked.abort();
                Err("it took longer than 2 s".into())
            }
        };
        match decision {
            Ok(admission) => Some(admission.0),
            Err(error) => {
                telemetry::refresh_hook_failed(&*error);
                None
            }
        }
    }
}

/// What became of a refresh that did not fail.
enum Outcome {
    /// The session has changed meanwhile, or has no refresh token.
    NotMade,
    /// The provider answered. `result` is for the metrics. `unused`: a token to revoke, because the
    /// session has ended.
    Made {
        result: &'static str,
        unused: Option<Secret>,
    },
}

impl Outcome {
    /// The user signed out while the refresh was under way.
    fn signed_out(next: &Record) -> Self {
        Self::Made {
            result: "signed_out",
            unused: next.refresh_token.clone(),
        }
    }
}

impl Refresher for Sessions {
    fn refresh_now(
        self: Arc<Self>,
        session: Arc<SessionData>,
    ) -> BoxFuture<'static, Result<Verified, SessionError>> {
        Box::pin(async move {
            if session.record.refresh_token.is_none() {
                return Err(SessionError::RefreshUnavailable);
            }
            let before = Arc::clone(&session.record);
            let newest = session.state.newer_than(before.recency());
            let loaded = match newest {
                // A refresh that another request has made in this process suffices.
                Some(newest) if newest.record.is_refreshed_since(&before) => None,
                _ => self.refreshed(Arc::clone(&session), false).await?,
            };
            let loaded = match loaded {
                Some(loaded) => loaded,
                None => self.backend.reload(session).await?,
            };
            if loaded.data.record.is_refreshed_since(&before) {
                Ok(loaded.caller)
            } else {
                Err(SessionError::RefreshUnavailable)
            }
        })
    }

    fn update_local(
        self: Arc<Self>,
        session: Arc<SessionData>,
        local: Value,
    ) -> BoxFuture<'static, Result<Verified, SessionError>> {
        Box::pin(async move {
            // A client disconnect must not stop the change while it holds the session's lock.
            let changed = tokio::spawn(self.change_local(session, local)).await;
            changed.unwrap_or(Err(SessionError::StoreUnavailable))
        })
    }
}

/// Logs an error of the store, which counts as a transient failure.
fn store_failed(error: &StoreError) -> TokenFailure {
    telemetry::store_failed(error);
    TokenFailure::Transient { retry_after: None }
}

#[cfg(test)]
mod interleavings;
#[cfg(test)]
mod tests;
