//! The application's own data in a session, changed between refreshes.

use std::{sync::Arc, time::Duration};

use serde_json::Value;

use super::{
    backend::{Lock, Replaced, SessionData},
    record::Record,
    refresh_slot::Claim,
    sessions::Sessions,
};
use crate::{base::telemetry, browser::store::StoreError, claims::Verified, error::SessionError};

/// How often a change is tried that a refresh overtakes.
const ATTEMPTS: usize = 5;

/// Later than the pause after any failed refresh: this change asks the provider for nothing.
const AFTER_ANY_PAUSE: Duration = Duration::MAX;

impl Sessions {
    /// Makes the next generation of a session, with other data of the application. Runs in a task
    /// of its own.
    pub(super) async fn change_local(
        self: Arc<Self>,
        mut session: Arc<SessionData>,
        local: Value,
    ) -> Result<Verified, SessionError> {
        for _ in 0..ATTEMPTS {
            // A refresh that is running would drop the change, or the change its tokens.
            match session.state.refresh.claim(AFTER_ANY_PAUSE) {
                Claim::Start(permit, _) => {
                    self.replace_local(&session, &local).await?;
                    drop(permit);
                }
                Claim::Join(refresh) => self.wait_for(refresh, false).await,
                Claim::Pause => {}
            }
            let loaded = self.backend.reload(session).await?;
            if loaded.data.record.local.as_ref() == Some(&local) {
                return Ok(loaded.caller);
            }
            session = loaded.data;
        }
        Err(SessionError::Superseded)
    }

    /// Replaces a session, unless it has changed.
    async fn replace_local(
        &self,
        session: &Arc<SessionData>,
        local: &Value,
    ) -> Result<(), SessionError> {
        let lock = self.backend.lock(Arc::clone(session)).await;
        let Some(lock) = lock.map_err(|error| store_failed(&error))? else {
            return Ok(());
        };
        let replaced = self.replace_locked(&lock, local).await;
        // A lock that cannot be released expires.
        let _ = (self.backend.unlock(&lock).await).map_err(|error| store_failed(&error));
        match replaced.map_err(|error| store_failed(&error))? {
            Replaced::Done => Ok(()),
            Replaced::Ended => Err(SessionError::Ended),
            Replaced::TooLarge => Err(SessionError::TooLarge),
        }
    }

    async fn replace_locked(&self, lock: &Lock, local: &Value) -> Result<Replaced, StoreError> {
        let record = &lock.session.record;
        let next = Arc::new(Record {
            generation: record.generation.saturating_add(1),
            seen_at: self.now(),
            local: Some(local.clone()),
            ..Record::clone(record)
        });
        self.backend.replace(lock, &next).await
    }
}

/// Logs an error of the store, which does not end the session.
fn store_failed(error: &StoreError) -> SessionError {
    telemetry::store_failed(error);
    SessionError::StoreUnavailable
}
