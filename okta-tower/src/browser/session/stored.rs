//! Sessions in a store. The cookie contains a random ID. The store knows the session by the hash
//! of the ID, and keeps it sealed.

use std::{
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{
    backend::{
        Backend, EndedSession, Loaded, Lock, Opened, Place, Replaced, SessionData, StorePlace,
    },
    context::Context,
    record::Record,
    registry::GenerationStatus,
};
use crate::{
    base::{base64url, clock::from_unix_seconds, random::random, telemetry},
    browser::{
        cookies::Chunks,
        identity::BoxFuture,
        seal::Purpose,
        store::{
            Owner, SessionKey, SessionStore, StoreError, StoreErrorKind, StoreFuture, StoredSession,
        },
    },
    error::SessionError,
};

/// How often a process that waits for the lock checks whether another one has refreshed the
/// session.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// How long new tokens are offered to a store that fails. The provider issued them in exchange
/// for the old ones: if they are lost, so is the session.
const SAVE_FOR: Duration = Duration::from_secs(120);

/// The pause between two attempts to save.
const SAVE_EVERY: Duration = Duration::from_millis(500);

/// Sessions in a store.
#[derive(Clone)]
pub(super) struct Stored {
    pub(super) context: Arc<Context>,
    pub(super) store: Arc<dyn SessionStore>,
}

impl Backend for Stored {
    fn open(&self, cookie: &Chunks<'_>, _: i64) -> Result<Opened, SessionError> {
        let id = match cookie.as_slice() {
            [id] => str::from_utf8(id).ok().filter(|id| is_id(id)),
            _ => None,
        };
        // The store is not asked for what it cannot have.
        let key = key_of(id.ok_or(SessionError::Unreadable)?);
        let stored = self.clone();
        Ok(Opened::Wait(Box::pin(
            async move { stored.load(&key).await },
        )))
    }

    fn reload(&self, session: Arc<SessionData>) -> BoxFuture<'_, Result<Loaded, SessionError>> {
        Box::pin(async move {
            self.load(&place(&session).map_err(|error| unavailable(&error))?.key)
                .await
        })
    }

    fn create(&self, record: Record, owner: Owner) -> StoreFuture<'_, String> {
        Box::pin(async move {
            let id = URL_SAFE_NO_PAD.encode(random::<32>());
            let (key, version) = (key_of(&id), 1);
            let place = StorePlace {
                key,
                version,
                owner,
            };
            let session = self.seal(&place, version, &record, record.seen_at);
            self.store.create(&place.key, session).await?;
            let most = self.context.settings.max_per_user;
            match self.store.limit_user(&place.owner, most, &place.key).await {
                Ok(0) => {}
                Ok(ended) => telemetry::excess_sessions_ended(ended),
                // The user has signed in. The next sign-in tries again.
                Err(error) => telemetry::store_failed(&error),
            }
            Ok(id)
        })
    }

    /// Takes the lock. Waits for it as long as another process may hold it, unless that one
    /// refreshes the session meanwhile.
    fn lock(&self, session: Arc<SessionData>) -> StoreFuture<'_, Option<Lock>> {
        Box::pin(async move {
            let key = &place(&session)?.key;
            let clock = &self.context.clock;
            let token = URL_SAFE_NO_PAD.encode(random::<16>());
            let ttl = self.context.settings.lock_ttl;
            let give_up_at = clock.uptime().saturating_add(ttl + POLL_INTERVAL * 2);
            while !self.store.lock(key, &token, ttl).await? {
                if clock.uptime() >= give_up_at {
                    // One process after another held it. The next request tries again.
                    return Ok(None);
                }
                clock.sleep(POLL_INTERVAL).await;
                if self.load_generation(&session).await?.is_none() {
                    return Ok(None);
                }
            }
            match self.load_generation(&session).await {
                Ok(Some(session)) => Ok(Some(Lock { session, token })),
                changed => {
                    self.store.unlock(key, &token).await?;
                    changed.map(|_| None)
                }
            }
        })
    }

    /// Saves the next generation over any recorded use, but not over another refresh, and not if
    /// the session has ended. A store that fails is asked again for some time, if the tokens are
    /// new.
    fn replace<'a>(&'a self, lock: &'a Lock, next: &'a Arc<Record>) -> StoreFuture<'a, Replaced> {
        Box::pin(async move {
            let place = place(&lock.session)?;
            let (clock, mut version) = (&self.context.clock, place.version);
            let before = &lock.session.record;
            let has_new_tokens =
                next.is_refreshed_since(before) || next.rotated_since(before).is_some();
            let patience = if has_new_tokens {
                SAVE_FOR
            } else {
                Duration::ZERO
            };
            let give_up_at = clock.uptime().saturating_add(patience);
            loop {
                let error = match self.save(place, version, next, next.seen_at).await {
                    Ok(true) => return Ok(Replaced::Done),
                    Ok(false) => match self.store.load(&place.key).await {
                        Ok(None) => return Ok(Replaced::Ended),
                        Ok(Some(other)) => match self.unseal(&place.key, &other.data) {
                            Ok(record) if record.recency() == lock.session.record.recency() => {
                                version = other.version;
                                continue;
                            }
                            _ => return Ok(Replaced::Done),
                        },
                        Err(error) => error,
                    },
                    Err(error) => error,
                };
                if clock.uptime() >= give_up_at {
                    return Err(error);
                }
                telemetry::store_failed(&error);
                clock.sleep(SAVE_EVERY).await;
            }
        })
    }

    fn discard<'a>(&'a self, lock: &'a Lock) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            let session = &lock.session;
            // If another process was faster, its tokens are valid, and ours are those that it
            // exchanged.
            if self.load_generation(session).await?.is_some() {
                session.state.end_generation(session.record.recency());
                telemetry::session_not_renewed();
                self.store.delete(&place(session)?.key).await?;
            }
            Ok(())
        })
    }

    fn unlock<'a>(&'a self, lock: &'a Lock) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            self.store
                .unlock(&place(&lock.session)?.key, &lock.token)
                .await
        })
    }

    fn touch<'a>(&'a self, session: &'a SessionData) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            let now = self.context.now();
            if self.context.limits.is_touch_due(&session.record, now) {
                let place = place(session)?;
                // If another process has changed the session, a later request records its use.
                self.save(place, place.version, &session.record, now)
                    .await?;
            }
            Ok(())
        })
    }

    fn end(&self, id: String) -> BoxFuture<'_, EndedSession> {
        Box::pin(async move {
            let mut ended = EndedSession::default();
            if !is_id(&id) {
                return ended;
            }
            let key = key_of(&id);
            // The tokens are for the provider. What counts is the deletion.
            let stored = self.store.load(&key).await.ok().flatten();
            let record = stored.and_then(|stored| self.unseal(&key, &stored.data).ok());
            if let Some(record) = &record {
                ended = EndedSession::of(record);
            }
            match self.store.delete(&key).await {
                Ok(_) => telemetry::session_ended(),
                Err(error) => {
                    telemetry::store_failed(&error);
                    ended.store_error = Some(error);
                    // This process at least accepts the session no more.
                    if let Some(record) = &record {
                        self.context.registry.end(record, self.context.now());
                    }
                }
            }
            ended
        })
    }
}

impl Stored {
    /// Loads a session. Uses the cached one if the store still has the same entry.
    async fn load(&self, key: &SessionKey) -> Result<Loaded, SessionError> {
        let stored = self
            .store
            .load(key)
            .await
            .map_err(|error| unavailable(&error))?;
        let stored = stored.ok_or(SessionError::Ended)?;
        let (context, now, text) = (&self.context, self.context.now(), &*stored.data);
        let place = Place::Store(StorePlace {
            key: key.clone(),
            version: stored.version,
            owner: stored.owner,
        });
        // The same text under another key must not open.
        let same_place = |loaded: &Loaded| (loaded.data.place == place).then(|| loaded.clone());
        if let Some(loaded) = context.cached(text, now, same_place) {
            return Ok(loaded);
        }
        let record = Arc::new(self.unseal(key, text)?);
        let state = context.state(&record, now);
        let (status, epoch) = state.status(record.recency());
        if matches!(status, GenerationStatus::Ended) {
            return Err(SessionError::Ended);
        }
        let stage = context.limits.stage(&record, now)?;
        let loaded = context.load(record, &state, place, stage, epoch)?;
        context.keep(text, &loaded);
        Ok(loaded)
    }

    /// Loads a session, if the store still has this generation of it.
    async fn load_generation(
        &self,
        session: &SessionData,
    ) -> Result<Option<Arc<SessionData>>, StoreError> {
        let key = &place(session)?.key;
        let Some(stored) = self.store.load(key).await? else {
            return Ok(None);
        };
        let record = self.unseal(key, &stored.data).ok();
        let same = record.filter(|record| record.recency() == session.record.recency());
        Ok(same.map(|record| {
            let place = Place::Store(StorePlace {
                key: key.clone(),
                version: stored.version,
                owner: stored.owner,
            });
            self.context.data(Arc::new(record), &session.state, place)
        }))
    }

    /// Saves a record over a version of its session. Returns whether the session had that version.
    async fn save(
        &self,
        place: &StorePlace,
        version: u64,
        record: &Record,
        seen_at: i64,
    ) -> Result<bool, StoreError> {
        let session = self.seal(place, version.saturating_add(1), record, seen_at);
        self.store.save(&place.key, version, session).await
    }

    fn unseal(&self, key: &SessionKey, data: &[u8]) -> Result<Record, SessionError> {
        let text = str::from_utf8(data).map_err(|_| SessionError::Unreadable)?;
        self.context.unseal(Purpose::Stored, key.as_str(), text)
    }

    fn seal(
        &self,
        place: &StorePlace,
        version: u64,
        record: &Record,
        seen_at: i64,
    ) -> StoredSession {
        let bytes = record.to_bytes(seen_at);
        let sealed = (self.context.seal).seal(Purpose::Stored, place.key.as_str(), &bytes);
        let idle_end = seen_at.saturating_add(self.context.limits.idle);
        // The fraction of a second tells which of a user's sessions is older.
        let fraction = self.context.clock.now().duration_since(UNIX_EPOCH);
        let fraction = fraction.map_or(0, |since| since.subsec_nanos());
        let idle_end = from_unix_seconds(idle_end) + Duration::from_nanos(fraction.into());
        let ends_at = idle_end.min(from_unix_seconds(record.ends_at));
        StoredSession::new(sealed.into_bytes(), version, place.owner.clone(), ends_at)
            .with_sid(record.sid.as_deref())
    }
}

/// Whether a text can be the ID of a session: 32 bytes.
fn is_id(text: &str) -> bool {
    text.len() == 43 && base64url::decode(text).is_some()
}

/// Returns the key of a session in its store, from the ID in its cookie.
fn key_of(id: &str) -> SessionKey {
    let hash = digest::digest(&digest::SHA256, id.as_bytes());
    SessionKey::new(&URL_SAFE_NO_PAD.encode(hash))
}

fn place(session: &SessionData) -> Result<&StorePlace, StoreError> {
    match &session.place {
        Place::Store(place) => Ok(place),
        Place::Cookie { .. } => {
            let error = "the session is in a cookie, not in the store";
            Err(StoreError::new(StoreErrorKind::Unusable, error))
        }
    }
}

/// Logs an error of the store, which does not end the session.
fn unavailable(error: &StoreError) -> SessionError {
    telemetry::store_failed(error);
    SessionError::StoreUnavailable
}

#[cfg(test)]
mod tests;
