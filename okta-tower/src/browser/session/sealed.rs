//! Sessions that are sealed into their cookies.

use std::{future::ready, sync::Arc};

use http::HeaderValue;

use super::{
    backend::{Backend, EndedSession, Loaded, Lock, Opened, Place, Replaced, SessionData},
    context::Context,
    record::{Recency, Record},
    registry::{GenerationStatus, NewestGeneration, SessionState},
    stage::Stage,
};
use crate::{
    base::{cache::Text, telemetry},
    browser::{
        cookies::Chunks,
        identity::BoxFuture,
        seal::Purpose,
        store::{Owner, StoreFuture},
    },
    error::SessionError,
};

/// Sessions that are sealed into their cookies.
pub(super) struct Sealed {
    pub(super) context: Arc<Context>,
}

impl Backend for Sealed {
    fn open(&self, cookie: &Chunks<'_>, now: i64) -> Result<Opened, SessionError> {
        let caller = |loaded: &Loaded| Some(loaded.caller.clone());
        if let Some(caller) = self.context.cached(cookie, now, caller) {
            return Ok(Opened::Ready(caller));
        }
        let text = cookie.concat();
        let record = Arc::new(self.unseal(&text)?);
        let state = self.context.state(&record, now);
        let loaded = self.examine(record, &state, cookie.as_slice().len(), false, now)?;
        self.context.keep(text.as_bytes(), &loaded);
        Ok(match loaded.stage {
            Stage::Fresh => Opened::Ready(loaded.caller),
            Stage::RefreshDue | Stage::RefreshNeeded => Opened::Wait(Box::pin(ready(Ok(loaded)))),
        })
    }

    fn reload(&self, session: Arc<SessionData>) -> BoxFuture<'_, Result<Loaded, SessionError>> {
        let record = Arc::clone(&session.record);
        let (chunks, now) = (cookie_of(&session).0, self.context.now());
        let reloaded = self.examine(record, &session.state, chunks, true, now);
        Box::pin(ready(reloaded))
    }

    fn create(&self, record: Record, _: Owner) -> StoreFuture<'_, String> {
        Box::pin(ready(Ok(self.seal(&record, record.seen_at))))
    }

    /// The refresh slot is the lock: other processes cannot be locked out. `None` if another
    /// refresh has replaced the session since its cookie was opened: its token must not be used
    /// again.
    fn lock(&self, session: Arc<SessionData>) -> StoreFuture<'_, Option<Lock>> {
        let (status, _) = session.state.status(session.record.recency());
        let is_current = matches!(status, GenerationStatus::Current);
        let token = String::new();
        Box::pin(ready(Ok(is_current.then_some(Lock { session, token }))))
    }

    fn replace<'a>(&'a self, lock: &'a Lock, next: &'a Arc<Record>) -> StoreFuture<'a, Replaced> {
        let (session, now) = (&lock.session, self.context.now());
        let sealed = self.seal(next, now);
        if let Err(error) = self.context.write_cookie(&sealed, next.ends_at, 0, now) {
            telemetry::session_too_large(&error);
            return Box::pin(ready(Ok(Replaced::TooLarge)));
        }
        let is_in_place = session.state.install(NewestGeneration {
            record: Arc::clone(next),
            sealed: sealed.into(),
            replaced_at: now,
            wanted_until: (self.context.limits).outdated_until(&session.record, now),
        });
        // If another process was faster, its tokens and these belong to one family: to revoke
        // these would end the session.
        Box::pin(ready(Ok(match is_in_place || !session.state.has_ended() {
            true => Replaced::Done,
            false => Replaced::Ended,
        })))
    }

    fn discard<'a>(&'a self, lock: &'a Lock) -> StoreFuture<'a, ()> {
        let session = &lock.session;
        session.state.end_generation(session.record.recency());
        telemetry::session_not_renewed();
        Box::pin(ready(Ok(())))
    }

    /// Returns the newest generation, if the browser has an older one. Otherwise returns the same
    /// generation sealed again from time to time, to record its use.
    fn new_cookie(&self, session: &SessionData, now: i64) -> Option<Vec<HeaderValue>> {
        let SessionData { record, state, .. } = session;
        let (chunks, generation) = cookie_of(session);
        let is_used = || self.context.limits.is_touch_due(record, now);
        // Another process may have made a newer generation than this one's newest.
        let is_wanted = |newest: &NewestGeneration| {
            let made = newest.record.recency();
            made > generation && state.is_current(made)
        };
        let sealed = match state.newest() {
            Some(newest) if is_wanted(&newest) => newest.sealed.clone(),
            _ if is_used() && state.is_current(record.recency()) => self.seal(record, now).into(),
            _ => return None,
        };
        // What does not fit was logged when it was made.
        (self
            .context
            .write_cookie(&sealed, record.ends_at, chunks, now))
        .ok()
    }

    fn end(&self, cookie: String) -> BoxFuture<'_, EndedSession> {
        let ended = self.unseal(&cookie).map(|record| {
            let newest = (self.context.registry).end(&record, self.context.now());
            telemetry::session_ended();
            // The tokens of the newest generation, if the cookie is an older one.
            match newest {
                Some(newest) if newest.record.recency() > record.recency() => {
                    EndedSession::of(&newest.record)
                }
                _ => EndedSession::of(&record),
            }
        });
        Box::pin(ready(ended.unwrap_or_default()))
    }
}

impl Sealed {
    fn unseal(&self, text: &str) -> Result<Record, SessionError> {
        self.context
            .unseal(Purpose::Session, self.context.cookie.name(), text)
    }

    fn seal(&self, record: &Record, seen_at: i64) -> String {
        let (context, bytes) = (&self.context, record.to_bytes(seen_at));
        (context.seal).seal(Purpose::Session, context.cookie.name(), &bytes)
    }

    /// Returns the session of a record from a cookie of so many chunks. A reload accepts an older
    /// cookie for as long as its successor is known.
    fn examine(
        &self,
        record: Arc<Record>,
        state: &Arc<SessionState>,
        chunks: usize,
        is_reload: bool,
        now: i64,
    ) -> Result<Loaded, SessionError> {
        let serves = |replaced_at| {
            self.context
                .limits
                .serves_outdated(&record, replaced_at, now)
        };
        let generation = record.recency();
        let (status, epoch) = state.status(generation);
        let is_current = matches!(status, GenerationStatus::Current);
        let record = match status {
            GenerationStatus::Ended => return Err(SessionError::Ended),
            GenerationStatus::Current => record,
            GenerationStatus::Outdated(Some(newest))
                if is_reload || serves(Some(newest.replaced_at)) =>
            {
                Arc::clone(&newest.record)
            }
            GenerationStatus::Outdated(None) if serves(None) => record,
            GenerationStatus::Outdated(_) => return Err(SessionError::Superseded),
        };
        let stage = match self.context.limits.stage(&record, now)? {
            // A request with an older cookie starts no early refresh.
            Stage::RefreshDue if !is_current => Stage::Fresh,
            stage => stage,
        };
        let place = Place::Cookie { chunks, generation };
        let epoch = epoch.filter(|_| is_current);
        self.context.load(record, state, place, stage, epoch)
    }
}

impl Text for &Chunks<'_> {
    fn end(&self) -> &[u8] {
        self.as_slice().last().copied().unwrap_or_default()
    }

    fn is(&self, other: &[u8]) -> bool {
        let mut rest = Some(other);
        for part in self.as_slice() {
            rest = rest.and_then(|rest| rest.strip_prefix(*part));
        }
        rest.is_some_and(<[u8]>::is_empty)
    }
}

/// Returns how many cookies the session came in, and the generation that they contain.
fn cookie_of(session: &SessionData) -> (usize, Recency) {
    match session.place {
        Place::Cookie { chunks, generation } => (chunks, generation),
        Place::Store(_) => (1, session.record.recency()),
    }
}

#[cfg(test)]
mod tests;
