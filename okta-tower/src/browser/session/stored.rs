//! Sessions that a store keeps. The cookie holds a random id; the store knows them by its hash, and holds them sealed.

use std::sync::Arc;

use super::{
    Judged, Sessions,
    begin::key_of,
    flight::{Boarding, Flight, Landing},
    handle::Attached,
    live::{Held, Standing},
    record::Record,
    sealed::{no_record, unopened},
    stage::Stage,
};
use crate::{
    base::{base64url, telemetry},
    browser::{
        cookies::Parts,
        seal::Purpose,
        store::{SessionKey, SessionStore, StoredSession},
    },
    claims::Verified,
    error::{AuthError, SessionError},
};

/// What a store has of a session.
struct Recalled {
    stored: StoredSession,
    held: Arc<Held>,
    verified: Verified,
}

/// Whether a text can be the id of a session: 32 bytes.
pub(super) fn is_id(text: &str) -> bool {
    text.len() == 43 && base64url::decode(text).is_some()
}

impl Sessions {
    pub(super) fn judge_stored(
        self: &Arc<Self>,
        store: &Arc<dyn SessionStore>,
        parts: &Parts<'_>,
    ) -> Judged {
        let id = match parts.as_slice() {
            [id] => str::from_utf8(id).ok().filter(|id| is_id(id)),
            _ => None,
        };
        let Some(id) = id else {
            // The store is not asked for what it cannot have.
            return Judged::Refused(SessionError::Unreadable);
        };
        let (sessions, store) = (Arc::clone(self), Arc::clone(store));
        let key = key_of(id);
        Judged::Wait(Box::pin(async move {
            sessions.recall_and_refresh(&store, &key).await
        }))
    }

    async fn recall_and_refresh(
        self: &Arc<Self>,
        store: &Arc<dyn SessionStore>,
        key: &SessionKey,
    ) -> Result<Verified, SessionError> {
        let mut may_refresh = true;
        loop {
            let recalled = self.recall(store, key).await?;
            let stage = self.limits.stage(&recalled.held.record, self.now());
            match stage {
                Stage::Over(error) => return Err(error),
                Stage::RefreshDue | Stage::RefreshNeeded if may_refresh => {
                    may_refresh = false;
                    if let Some(landing) = self.refresh_stored(key, &recalled.held) {
                        let serves = stage == Stage::RefreshDue;
                        self.landed(landing, serves).await;
                        continue;
                    }
                }
                Stage::Fresh | Stage::RefreshDue | Stage::RefreshNeeded => {}
            }
            if stage == Stage::RefreshNeeded {
                return Err(SessionError::RefreshUnavailable);
            }
            self.touch(store, key, &recalled).await;
            return Ok(recalled.verified);
        }
    }

    /// One load, opened; or taken from the cache, where the store has what it had.
    async fn recall(
        self: &Arc<Self>,
        store: &Arc<dyn SessionStore>,
        key: &SessionKey,
    ) -> Result<Recalled, SessionError> {
        let stored = match store.load(key).await {
            Ok(Some(stored)) => stored,
            Ok(None) => return Err(SessionError::Ended),
            Err(error) => {
                telemetry::store_failed(&error);
                return Err(SessionError::StoreUnavailable);
            }
        };
        let now = self.now();
        let text = std::str::from_utf8(&stored.data).map_err(|_| SessionError::Unreadable)?;
        let known = self.known(text.as_bytes(), now, |known| {
            // The same text under another name does not open.
            let attached = known.verified.attached::<Attached>()?;
            let is_it = attached.key.as_ref() == Some(key);
            is_it.then(|| (Arc::clone(&known.held), known.verified.clone()))
        });
        if let Some((held, verified)) = known.flatten() {
            return Ok(Recalled {
                held,
                verified,
                stored,
            });
        }
        self.metrics.cache_miss();
        let record = self.open_stored(key, &stored)?;
        let live = self.registry.live(record.id, record.ends_at, now);
        let (standing, epoch) = live.standing(record.generation);
        if matches!(standing, Standing::Ended) {
            return Err(SessionError::Ended);
        }
        let held = Arc::new(Held { record, live });
        let verified =
            (self.verified(Attached::stored(self, &held, key))).ok_or(SessionError::Unreadable)?;
        self.keep(text, &verified, &held, epoch);
        Ok(Recalled {
            stored,
            held,
            verified,
        })
    }

    pub(super) fn open_stored(
        &self,
        key: &SessionKey,
        stored: &StoredSession,
    ) -> Result<Record, SessionError> {
        let text = std::str::from_utf8(&stored.data).map_err(|_| SessionError::Unreadable)?;
        let plain = (self.seal.open(Purpose::Stored, key.as_str(), text)).map_err(unopened)?;
        Record::from_json(&plain).map_err(no_record)
    }

    /// Writes down that the session is used. Whether that works is no matter of the request: another one will do it.
    async fn touch(&self, store: &Arc<dyn SessionStore>, key: &SessionKey, recalled: &Recalled) {
        let (record, stored) = (&recalled.held.record, &recalled.stored);
        let now = self.now();
        if !self.limits.is_touch_due(record, now) {
            return;
        }
        let mut touched = record.clone();
        touched.seen_at = now;
        let version = stored.version;
        let touched = self.stored(
            key,
            &touched,
            stored.owner.clone(),
            version.saturating_add(1),
        );
        if let Err(error) = store.save(key, version, touched).await {
            telemetry::store_failed(&error);
        }
    }

    /// The refresh of this session: the one under way in this process or a new one. `None` during a rest after a failure.
    pub(super) fn refresh_stored(
        self: &Arc<Self>,
        key: &SessionKey,
        held: &Arc<Held>,
    ) -> Option<Landing> {
        let store = self.store.as_ref()?;
        match Flight::board(&held.live, self.clock.uptime()) {
            Boarding::Join(landing) => Some(landing),
            Boarding::Start(ticket, landing) => {
                let runtime = tokio::runtime::Handle::try_current().ok()?;
                let (sessions, store) = (Arc::clone(self), Arc::clone(store));
                runtime.spawn(sessions.renew_stored(store, key.clone(), Arc::clone(held), ticket));
                Some(landing)
            }
            Boarding::Rest => None,
        }
    }

    /// The session after a refresh of this generation, if there is a newer one now.
    pub(super) async fn stored_after(
        self: &Arc<Self>,
        key: &SessionKey,
        landing: Option<Landing>,
        generation: u64,
    ) -> Result<Verified, AuthError> {
        let Some(store) = &self.store else {
            return Err(SessionError::StoreUnavailable.into());
        };
        if let Some(landing) = landing {
            self.landed(landing, false).await;
        }
        let recalled = self.recall(store, key).await?;
        if recalled.held.record.generation > generation {
            Ok(recalled.verified)
        } else {
            Err(SessionError::RefreshUnavailable.into())
        }
    }
}
