//! What both backends work with: keys, limits, the cache, and the states of known sessions.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use http::HeaderValue;

use super::{
    backend::{Loaded, Place, Refresher, SessionData},
    record::Record,
    record_bytes::RecordError,
    registry::{Registry, SessionState},
    stage::{Limits, Stage, visible_end},
};
use crate::{
    base::{
        cache::{Cache, Text},
        clock::Clock,
        telemetry::Metrics,
    },
    bearer::token::Policy,
    browser::{
        cookies::{ChunkedCookie, TooLarge},
        identity::session_claims,
        seal::{OpenError, Purpose, SealKeys},
        settings::SessionSettings,
    },
    claims::{Attachment, Verified},
    error::SessionError,
};

/// What both backends work with.
pub(super) struct Context {
    pub(super) sessions: Weak<dyn Refresher>,
    pub(super) settings: SessionSettings,
    pub(super) limits: Limits,
    pub(super) seal: SealKeys,
    pub(super) cookie: ChunkedCookie,
    pub(super) registry: Registry,
    pub(super) cache: Option<Cache<Loaded>>,
    pub(super) policy: Policy,
    pub(super) client_id: Box<str>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) metrics: Arc<Metrics>,
}

impl Context {
    /// Unix seconds.
    pub(super) fn now(&self) -> i64 {
        self.clock.unix_seconds()
    }

    /// Returns what `take` reads from the cache entry of a sealed text, if the entry is valid.
    pub(super) fn cached<T>(
        &self,
        text: impl Text,
        now: i64,
        take: impl FnOnce(&Loaded) -> Option<T>,
    ) -> Option<T> {
        let found = self.cache.as_ref().and_then(|cache| {
            let found = cache.get(text, |loaded| {
                let SessionData { record, state, .. } = &*loaded.data;
                let is_unchanged = loaded.epoch == Some(state.epoch());
                (is_unchanged && now < self.limits.fresh_until(record)).then(|| take(loaded))
            })?;
            if found.is_none() {
                cache.remove(text);
            }
            found.flatten()
        });
        match found {
            Some(_) => self.metrics.cache_hit(),
            None => self.metrics.cache_miss(),
        }
        found
    }

    /// Caches a session under the sealed text that contains it, until it changes or something
    /// falls due.
    pub(super) fn keep(&self, text: &[u8], loaded: &Loaded) {
        if let Some(cache) = &self.cache
            && loaded.epoch.is_some()
            && loaded.stage == Stage::Fresh
        {
            let weight = loaded.caller.weight() + loaded.data.record.weight();
            cache.insert(text, loaded.clone(), weight);
        }
    }

    /// Opens a sealed record.
    pub(super) fn unseal(
        &self,
        purpose: Purpose,
        name: &str,
        text: &str,
    ) -> Result<Record, SessionError> {
        let bytes = (self.seal.open(purpose, name, text)).map_err(|error| match error {
            OpenError::UnknownKey => SessionError::UnknownKey,
            OpenError::Malformed | OpenError::Forged => SessionError::Unreadable,
        })?;
        Record::from_bytes(&bytes).map_err(|error| match error {
            // As with a key that only other processes have.
            RecordError::Later => SessionError::UnknownKey,
            RecordError::Unreadable => SessionError::Unreadable,
        })
    }

    /// Returns the `Set-Cookie` fields of a session's cookie. `chunks`: how many cookies of the
    /// session the browser has.
    pub(super) fn write_cookie(
        &self,
        text: &str,
        ends_at: i64,
        chunks: usize,
        now: i64,
    ) -> Result<Vec<HeaderValue>, TooLarge> {
        let left = u64::try_from(ends_at.saturating_sub(now)).unwrap_or(0);
        self.cookie.write(text, Duration::from_secs(left), chunks)
    }

    /// Returns what this process knows of a record's session.
    pub(super) fn state(&self, record: &Record, now: i64) -> Arc<SessionState> {
        self.registry.state(record, now)
    }

    pub(super) fn data(
        &self,
        record: Arc<Record>,
        state: &Arc<SessionState>,
        place: Place,
    ) -> Arc<SessionData> {
        Arc::new(SessionData {
            sessions: Weak::clone(&self.sessions),
            record,
            state: Arc::clone(state),
            place,
        })
    }

    /// Returns a session with its caller.
    pub(super) fn load(
        &self,
        record: Arc<Record>,
        state: &Arc<SessionState>,
        place: Place,
        stage: Stage,
        epoch: Option<u64>,
    ) -> Result<Loaded, SessionError> {
        let data = self.data(record, state, place);
        let attachment: Attachment = data.clone();
        Ok(Loaded {
            caller: (self.caller(&data.record, Some(attachment)))
                .ok_or(SessionError::Unreadable)?,
            data,
            stage,
            epoch,
        })
    }

    /// Returns the caller of a record. `None` if its claims are unusable, such as those of an
    /// issuer that is not configured anymore.
    pub(super) fn caller(
        &self,
        record: &Record,
        attachment: Option<Attachment>,
    ) -> Option<Verified> {
        session_claims(
            &record.claims,
            &record.scopes,
            &self.client_id,
            &self.policy,
            visible_end(record),
            attachment,
        )
    }
}
