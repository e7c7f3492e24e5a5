//! One refresh of a session that a store keeps: by one process at a time, and never lost.

use std::{sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{Sessions, flight::Ticket, handle::Attached, live::Held, record::Record};
use crate::{
    base::{random::random, telemetry},
    browser::store::{SessionKey, SessionStore, StoreError, StoredSession},
    oauth::TokenFailure,
};

/// How often it is looked whether another process has done its refresh.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How long the new tokens of a session are offered to a store that fails. They are all that is left of it: the issuer has
/// given them in exchange for the old ones.
const SAVE_FOR: Duration = Duration::from_secs(120);

/// How long a failing store is left alone meanwhile.
const SAVE_EVERY: Duration = Duration::from_millis(500);

/// How a refresh went.
enum Renewed {
    /// The session is refreshed, by this or another process, or it is gone.
    Done,
    /// Nothing has come of it: another attempt later.
    Failed(Option<TokenFailure>),
}

impl Sessions {
    /// Refreshes a session in its store. Runs in a task of its own.
    pub(super) async fn renew_stored(
        self: Arc<Self>,
        store: Arc<dyn SessionStore>,
        key: SessionKey,
        held: Arc<Held>,
        ticket: Ticket,
    ) {
        let token = URL_SAFE_NO_PAD.encode(random::<16>());
        let generation = held.record.generation;
        let renewed = match self.lock(&store, &key, &token, generation).await {
            Ok(true) => {
                let renewed = self.renew_locked(&store, &key, &held).await;
                // A lock that cannot be given back ends by itself.
                if let Err(error) = store.unlock(&key, &token).await {
                    telemetry::store_failed(&error);
                }
                renewed
            }
            Ok(false) => Ok(Renewed::Done),
            Err(error) => Err(error),
        };
        match renewed {
            Ok(Renewed::Done) => ticket.succeeded(),
            Ok(Renewed::Failed(failure)) => self.rest(ticket, failure.as_ref()),
            Err(error) => {
                telemetry::store_failed(&error);
                self.rest(ticket, None);
            }
        }
    }

    /// Takes the session's lock, waiting for it as long as another process may hold it. `false` where that one has done the
    /// refresh meanwhile.
    async fn lock(
        &self,
        store: &Arc<dyn SessionStore>,
        key: &SessionKey,
        token: &str,
        generation: u64,
    ) -> Result<bool, StoreError> {
        let ttl = self.settings.lock_ttl;
        let longest = self.clock.uptime().saturating_add(ttl + LOOK_EVERY * 2);
        loop {
            if store.lock(key, token, ttl).await? {
                return Ok(true);
            }
            if self.clock.uptime() >= longest {
                // Held by one after the other. Whoever asks next finds out.
                return Ok(false);
            }
            self.clock.sleep(LOOK_EVERY).await;
            if self
                .load_generation(store, key, generation)
                .await?
                .is_none()
            {
                return Ok(false);
            }
        }
    }

    /// The session as it is in the store, if it is there and still of this generation.
    async fn load_generation(
        &self,
        store: &Arc<dyn SessionStore>,
        key: &SessionKey,
        generation: u64,
    ) -> Result<Option<(StoredSession, Record)>, StoreError> {
        let stored = store.load(key).await?;
        Ok(stored.and_then(|stored| {
            let record = self.open_stored(key, &stored).ok()?;
            (record.generation == generation).then_some((stored, record))
        }))
    }

    async fn renew_locked(
        self: &Arc<Self>,
        store: &Arc<dyn SessionStore>,
        key: &SessionKey,
        held: &Arc<Held>,
    ) -> Result<Renewed, StoreError> {
        let generation = held.record.generation;
        let Some((stored, record)) = self.load_generation(store, key, generation).await? else {
            return Ok(Renewed::Done);
        };
        match self.issuer.refresh(&record).await {
            Ok(fresh) => {
                let next = record.refreshed(fresh, self.keeps, self.now());
                let tried = Arc::new(Held {
                    record: next.clone(),
                    live: Arc::clone(&held.live),
                });
                if self.verified(Attached::stored(self, &tried, key)).is_none() {
                    return Ok(Renewed::Failed(None));
                }
                self.save(store, key, stored, next).await
            }
            Err(TokenFailure::InvalidGrant) => {
                // Not if another process has been faster: its tokens are good, and ours were the ones that it has exchanged.
                if self
                    .load_generation(store, key, generation)
                    .await?
                    .is_some()
                {
                    held.live.end_generation(generation);
                    telemetry::session_not_renewed();
                    store.delete(key).await?;
                }
                Ok(Renewed::Done)
            }
            Err(failure) => Ok(Renewed::Failed(Some(failure))),
        }
    }

    /// Puts new tokens into the store: over whatever use was written down meanwhile, but not over another refresh, and not where
    /// the session is gone. A store that fails is asked again for some time.
    async fn save(
        &self,
        store: &Arc<dyn SessionStore>,
        key: &SessionKey,
        mut stored: StoredSession,
        next: Record,
    ) -> Result<Renewed, StoreError> {
        let until = self.clock.uptime().saturating_add(SAVE_FOR);
        let before = next.generation.saturating_sub(1);
        loop {
            let version = stored.version;
            let owner = stored.owner.clone();
            let replacement = self.stored(key, &next, owner, version.saturating_add(1));
            let error = match store.save(key, version, replacement).await {
                Ok(true) => return Ok(Renewed::Done),
                Ok(false) => match self.load_generation(store, key, before).await {
                    Ok(Some((other, _))) => {
                        stored = other;
                        continue;
                    }
                    Ok(None) => {
                        self.revoke_if_gone(store, key, &next).await;
                        return Ok(Renewed::Done);
                    }
                    Err(error) => error,
                },
                Err(error) => error,
            };
            if self.clock.uptime() >= until {
                return Err(error);
            }
            telemetry::store_failed(&error);
            self.clock.sleep(SAVE_EVERY).await;
        }
    }

    /// Tokens of a session that was signed out meanwhile are good for nothing, and should be. Where another process has refreshed
    /// it, ours are of the same family as those that count now, and must be left alone.
    async fn revoke_if_gone(&self, store: &Arc<dyn SessionStore>, key: &SessionKey, next: &Record) {
        if let Ok(None) = store.load(key).await {
            self.revoke(next).await;
        }
    }
}
