//! Sessions in a store. The cookie contains a random ID. The store knows the session by the hash
//! of the ID, and keeps it sealed.

use std::{fmt, sync::Arc, time::Duration};

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{
    EndedSession,
    backend::{Backend, Loaded, NewCookie, Opened, Place, Replaced, SessionData, StorePlace},
    context::Context,
    create::CreateError,
    record::Record,
    registry::GenerationStatus,
};
use crate::{
    base::{base64url, clock::from_unix_seconds, random::random, telemetry},
    browser::{
        cookies::Parts,
        identity::BoxFuture,
        seal::Purpose,
        store::{Owner, SessionKey, SessionStore, StoreError, StoreErrorKind, StoredSession},
    },
    claims::Verified,
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

impl Stored {
    /// Loads a session. A cached one is used if the store has the same entry.
    async fn load(&self, key: &SessionKey) -> Result<Loaded, SessionError> {
        let stored = self.store.load(key).await.map_err(unavailable)?;
        let stored = stored.ok_or(SessionError::Ended)?;
        let (context, now) = (&self.context, self.context.now());
        let place = place_of(key, &stored);
        let text = str::from_utf8(&stored.data).map_err(|_| SessionError::Unreadable)?;
        // The same text under another key must not open.
        let same_place = |loaded: &Loaded| (loaded.data.place == place).then(|| loaded.clone());
        if let Some(loaded) = context.cached(text.as_bytes(), now, same_place) {
            return Ok(loaded);
        }
        let record = Arc::new(self.unseal(key, &stored)?);
        let state = context.state(&record, now);
        let (status, epoch) = state.status(record.generation);
        if matches!(status, GenerationStatus::Ended) {
            return Err(SessionError::Ended);
        }
        let stage = context.limits.stage(&record, now)?;
        let loaded = context.load(record, &state, place, stage, epoch)?;
        context.keep(text, &loaded);
        Ok(loaded)
    }

    fn unseal(&self, key: &SessionKey, stored: &StoredSession) -> Result<Record, SessionError> {
        let text = str::from_utf8(&stored.data).map_err(|_| SessionError::Unreadable)?;
        self.context.unseal(Purpose::Stored, key.as_str(), text)
    }

    fn seal(
        &self,
        place: &StorePlace,
        version: u64,
        record: &Record,
        seen_at: i64,
    ) -> StoredSession {
        let json = record.to_json(seen_at);
        let sealed = self
            .context
            .seal
            .seal(Purpose::Stored, place.key.as_str(), &json);
        let idle_end = seen_at.saturating_add(self.context.limits.idle);
        let ends_at = from_unix_seconds(idle_end.min(record.ends_at));
        StoredSession::new(sealed.into_bytes(), version, place.owner.clone(), ends_at)
            .with_sid(record.sid.as_deref())
    }

    /// Saves a record over a version of the session. Returns whether the session still had it.
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

    /// Loads a session, if the store still has this generation of it.
    async fn load_generation(
        &self,
        session: &SessionData,
    ) -> Result<Option<Arc<SessionData>>, StoreError> {
        let key = &place(session)?.key;
        let Some(stored) = self.store.load(key).await? else {
            return Ok(None);
        };
        let record = self.unseal(key, &stored).ok();
        let same = record.filter(|record| record.generation == session.record.generation);
        Ok(same.map(|record| {
            let place = place_of(key, &stored);
            self.context.data(Arc::new(record), &session.state, place)
        }))
    }

    /// Takes the lock. Waits for it as long as another process may hold it, unless that one
    /// refreshes the session meanwhile.
    async fn lock(
        &self,
        session: &SessionData,
        token: &str,
    ) -> Result<Option<Arc<SessionData>>, StoreError> {
        let key = &place(session)?.key;
        let clock = &self.context.clock;
        let ttl = self.context.settings.lock_ttl;
        let give_up_at = clock.uptime().saturating_add(ttl + POLL_INTERVAL * 2);
        while !self.store.lock(key, token, ttl).await? {
            if clock.uptime() >= give_up_at {
                // One process after another held it. The next request tries again.
                return Ok(None);
            }
            clock.sleep(POLL_INTERVAL).await;
            if self.load_generation(session).await?.is_none() {
                return Ok(None);
            }
        }
        let locked = self.load_generation(session).await;
        if !matches!(locked, Ok(Some(_))) {
            self.unlock(session, token).await;
        }
        locked
    }

    async fn unlock(&self, session: &SessionData, token: &str) {
        let Ok(place) = place(session) else { return };
        // A lock that cannot be released ends by itself.
        if let Err(error) = self.store.unlock(&place.key, token).await {
            telemetry::store_failed(&error);
        }
    }

    /// Saves the next generation over any recorded use, but not over another refresh, and not if
    /// the session has ended. A store that fails is asked again for some time.
    async fn replace(&self, session: &SessionData, next: &Record) -> Result<Replaced, StoreError> {
        let place = place(session)?;
        let (clock, mut version) = (&self.context.clock, place.version);
        let give_up_at = clock.uptime().saturating_add(SAVE_FOR);
        loop {
            let error = match self.save(place, version, next, next.seen_at).await {
                Ok(true) => return Ok(Replaced::Done),
                Ok(false) => match self.store.load(&place.key).await {
                    Ok(None) => return Ok(Replaced::Ended),
                    Ok(Some(other)) => match self.unseal(&place.key, &other) {
                        Ok(record) if record.generation == session.record.generation => {
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
    }

    async fn discard(&self, session: &SessionData) -> Result<(), StoreError> {
        // If another process was faster, its tokens are valid, and ours are those that it
        // exchanged.
        if self.load_generation(session).await?.is_some() {
            session.state.end_generation(session.record.generation);
            telemetry::session_not_renewed();
            self.store.delete(&place(session)?.key).await?;
        }
        Ok(())
    }

    async fn touch(&self, session: &SessionData) -> Result<(), StoreError> {
        let now = self.context.now();
        if self.context.limits.is_touch_due(&session.record, now) {
            let place = place(session)?;
            // Another process may have changed the session meanwhile: a later request records
            // its use.
            self.save(place, place.version, &session.record, now)
                .await?;
        }
        Ok(())
    }

    async fn create(&self, record: &Record, caller: &Verified) -> Result<String, CreateError> {
        let id = URL_SAFE_NO_PAD.encode(random::<32>());
        let owner = Owner::new(
            caller.identity_issuer(),
            caller.user_id().unwrap_or_default(),
        );
        let (key, version) = (key_of(&id), 1);
        let place = StorePlace {
            key,
            version,
            owner,
        };
        let session = self.seal(&place, version, record, record.seen_at);
        match self.store.create(&place.key, session).await {
            Ok(()) => Ok(id),
            Err(error) => {
                telemetry::store_failed(&error);
                Err(CreateError::Store(error))
            }
        }
    }

    async fn end(&self, id: &str) -> EndedSession {
        let mut ended = EndedSession::default();
        if !is_id(id) {
            return ended;
        }
        let key = key_of(id);
        // The tokens are for the provider. What counts is the deletion.
        if let Ok(Some(stored)) = self.store.load(&key).await
            && let Ok(record) = self.unseal(&key, &stored)
        {
            self.context.state(&record, self.context.now()).end();
            ended = EndedSession::of(&record);
        }
        match self.store.delete(&key).await {
            Ok(_) => telemetry::session_ended(),
            Err(error) => {
                telemetry::store_failed(&error);
                ended.store_error = Some(error);
            }
        }
        ended
    }
}

impl Backend for Stored {
    fn open(&self, cookie: &Parts<'_>, _: i64) -> Result<Opened, SessionError> {
        let id = match cookie.as_slice() {
            [id] => str::from_utf8(id).ok().filter(|id| is_id(id)),
            _ => None,
        };
        // The store is not asked for what it cannot have.
        let key = key_of(id.ok_or(SessionError::Unreadable)?);
        let stored = self.clone();
        Ok(Opened::Load(Box::pin(
            async move { stored.load(&key).await },
        )))
    }

    fn reload<'a>(
        &'a self,
        session: &'a SessionData,
    ) -> BoxFuture<'a, Result<Loaded, SessionError>> {
        Box::pin(async { self.load(&place(session).map_err(unavailable)?.key).await })
    }

    fn create<'a>(
        &'a self,
        record: &'a Record,
        caller: &'a Verified,
    ) -> BoxFuture<'a, Result<String, CreateError>> {
        Box::pin(self.create(record, caller))
    }

    fn lock<'a>(
        &'a self,
        session: &'a Arc<SessionData>,
        token: &'a str,
    ) -> BoxFuture<'a, Result<Option<Arc<SessionData>>, StoreError>> {
        Box::pin(self.lock(session, token))
    }

    fn replace<'a>(
        &'a self,
        session: &'a SessionData,
        next: &'a Arc<Record>,
    ) -> BoxFuture<'a, Result<Replaced, StoreError>> {
        Box::pin(self.replace(session, next))
    }

    fn discard<'a>(&'a self, session: &'a SessionData) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(self.discard(session))
    }

    fn unlock<'a>(&'a self, session: &'a SessionData, token: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(self.unlock(session, token))
    }

    /// Saves the time of the use. A failure does not concern the request.
    fn touch<'a>(&'a self, session: &'a SessionData) -> BoxFuture<'a, ()> {
        Box::pin(async {
            if let Err(error) = self.touch(session).await {
                telemetry::store_failed(&error);
            }
        })
    }

    fn end<'a>(&'a self, cookie: &'a str) -> BoxFuture<'a, EndedSession> {
        Box::pin(self.end(cookie))
    }

    /// Returns `None`: the cookie is an ID, which does not change.
    fn new_cookie(&self, _: &SessionData, _: i64) -> Option<NewCookie> {
        None
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

fn place_of(key: &SessionKey, stored: &StoredSession) -> Place {
    Place::Store(StorePlace {
        key: key.clone(),
        version: stored.version,
        owner: stored.owner.clone(),
    })
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

fn unavailable(error: StoreError) -> SessionError {
    telemetry::store_failed(&error);
    SessionError::StoreUnavailable
}

impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stored")
    }
}

#[cfg(test)]
mod tests;
