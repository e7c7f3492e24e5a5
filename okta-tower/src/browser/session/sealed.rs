//! Sessions that are sealed into their cookies.

use std::{fmt, sync::Arc};

use super::{
    EndedSession,
    backend::{Backend, Loaded, NewCookie, Opened, Place, Replaced, SessionData},
    context::Context,
    create::CreateError,
    record::Record,
    registry::{GenerationStatus, NewestGeneration, SessionState},
    stage::Stage,
};
use crate::{
    base::{cache::Text, telemetry},
    browser::{cookies::Parts, identity::BoxFuture, seal::Purpose, store::StoreError},
    claims::Verified,
    error::SessionError,
};

/// Sessions that are sealed into their cookies.
pub(super) struct Sealed(pub(super) Arc<Context>);

impl Text for &Parts<'_> {
    fn end(&self) -> &[u8] {
        self.as_slice().last().copied().unwrap_or_default()
    }

    fn is(&self, other: &[u8]) -> bool {
        let mut rest = other;
        let is_next = |part: &&[u8]| match rest.strip_prefix(*part) {
            Some(left) => {
                rest = left;
                true
            }
            None => false,
        };
        self.as_slice().iter().all(is_next) && rest.is_empty()
    }
}

impl Sealed {
    fn unseal(&self, text: &str) -> Result<Record, SessionError> {
        self.0.unseal(Purpose::Session, self.0.cookie.name(), text)
    }

    fn seal(&self, record: &Record, seen_at: i64) -> String {
        let json = record.to_json(seen_at);
        self.0
            .seal
            .seal(Purpose::Session, self.0.cookie.name(), &json)
    }

    /// Returns the session of a record from a cookie of so many chunks.
    fn examine(
        &self,
        record: Arc<Record>,
        state: &Arc<SessionState>,
        chunks: usize,
        now: i64,
    ) -> Result<Loaded, SessionError> {
        let (status, epoch) = state.status(record.generation);
        match status {
            GenerationStatus::Ended => Err(SessionError::Ended),
            GenerationStatus::Current => {
                let stage = self.0.limits.stage(&record, now)?;
                let is_outdated = false;
                let place = Place::Cookie {
                    chunks,
                    is_outdated,
                };
                self.0.load(record, state, place, stage, epoch)
            }
            GenerationStatus::Outdated(newest) => {
                let replaced_at = newest.as_ref().map(|newest| newest.replaced_at);
                if !self.0.limits.serves_outdated(&record, replaced_at, now) {
                    return Err(SessionError::Superseded);
                }
                let is_outdated = newest.is_some();
                let record = newest.map_or(record, |newest| Arc::clone(&newest.record));
                self.serve_outdated(
                    record,
                    state,
                    Place::Cookie {
                        chunks,
                        is_outdated,
                    },
                    now,
                )
            }
        }
    }

    /// Serves a session to a request whose cookie is older than the newest generation. The
    /// session is neither cached nor refreshed early.
    fn serve_outdated(
        &self,
        record: Arc<Record>,
        state: &Arc<SessionState>,
        place: Place,
        now: i64,
    ) -> Result<Loaded, SessionError> {
        let stage = match self.0.limits.stage(&record, now)? {
            Stage::RefreshDue => Stage::Fresh,
            stage => stage,
        };
        self.0.load(record, state, place, stage, None)
    }

    fn reload(&self, session: &SessionData) -> Result<Loaded, SessionError> {
        let (state, now) = (&session.state, self.0.now());
        let chunks = chunks(session);
        match state.newer_than(session.record.generation) {
            Some(newest) => {
                let is_outdated = true;
                let place = Place::Cookie {
                    chunks,
                    is_outdated,
                };
                self.serve_outdated(Arc::clone(&newest.record), state, place, now)
            }
            None => self.examine(Arc::clone(&session.record), state, chunks, now),
        }
    }

    fn replace(&self, session: &SessionData, next: &Arc<Record>) -> Replaced {
        let now = self.0.now();
        let sealed = self.seal(next, now);
        if let Err(too_large) = self.0.write_cookie(&sealed, next.ends_at, 0, now) {
            telemetry::session_too_large(&too_large);
            return Replaced::TooLarge;
        }
        let is_in_place = session.state.install(NewestGeneration {
            record: Arc::clone(next),
            sealed: sealed.into(),
            replaced_at: now,
            wanted_until: self.0.limits.outdated_until(&session.record, now),
        });
        if !is_in_place && session.state.has_ended() {
            Replaced::Ended
        } else {
            Replaced::Done
        }
    }

    fn end(&self, cookie: &str) -> EndedSession {
        let Ok(record) = self.unseal(cookie) else {
            return EndedSession::default();
        };
        let newest = self.0.state(&record, self.0.now()).end();
        telemetry::session_ended();
        // The tokens of the newest generation, if the cookie is an older one.
        match newest {
            Some(newest) if newest.record.generation > record.generation => {
                EndedSession::of(&newest.record)
            }
            _ => EndedSession::of(&record),
        }
    }
}

impl Backend for Sealed {
    fn open(&self, cookie: &Parts<'_>, now: i64) -> Result<Opened, SessionError> {
        if let Some(caller) = self
            .0
            .cached(cookie, now, |loaded| Some(loaded.caller.clone()))
        {
            return Ok(Opened::Ready(caller));
        }
        let text = cookie.concat();
        let record = Arc::new(self.unseal(&text)?);
        let state = self.0.state(&record, now);
        let loaded = self.examine(record, &state, cookie.as_slice().len(), now)?;
        self.0.keep(&text, &loaded);
        Ok(match loaded.stage {
            Stage::Fresh => Opened::Ready(loaded.caller),
            Stage::RefreshDue | Stage::RefreshNeeded => Opened::Due(loaded),
        })
    }

    fn reload<'a>(
        &'a self,
        session: &'a SessionData,
    ) -> BoxFuture<'a, Result<Loaded, SessionError>> {
        Box::pin(async { self.reload(session) })
    }

    fn create<'a>(
        &'a self,
        record: &'a Record,
        _: &'a Verified,
    ) -> BoxFuture<'a, Result<String, CreateError>> {
        Box::pin(async { Ok(self.seal(record, record.seen_at)) })
    }

    /// The refresh slot is the lock: other processes cannot be locked out. A token that another
    /// refresh has used since the cookie was opened must not be used again.
    fn lock<'a>(
        &'a self,
        session: &'a Arc<SessionData>,
        _: &'a str,
    ) -> BoxFuture<'a, Result<Option<Arc<SessionData>>, StoreError>> {
        let (status, _) = session.state.status(session.record.generation);
        let is_current = matches!(status, GenerationStatus::Current);
        Box::pin(async move { Ok(is_current.then(|| Arc::clone(session))) })
    }

    fn replace<'a>(
        &'a self,
        session: &'a SessionData,
        next: &'a Arc<Record>,
    ) -> BoxFuture<'a, Result<Replaced, StoreError>> {
        Box::pin(async { Ok(self.replace(session, next)) })
    }

    fn discard<'a>(&'a self, session: &'a SessionData) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async {
            session.state.end_generation(session.record.generation);
            telemetry::session_not_renewed();
            Ok(())
        })
    }

    fn unlock<'a>(&'a self, _: &'a SessionData, _: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async {})
    }

    /// Does nothing: [`new_cookie`](Self::new_cookie) records the use.
    fn touch<'a>(&'a self, _: &'a SessionData) -> BoxFuture<'a, ()> {
        Box::pin(async {})
    }

    fn end<'a>(&'a self, cookie: &'a str) -> BoxFuture<'a, EndedSession> {
        Box::pin(async { self.end(cookie) })
    }

    /// Returns the newest generation, if the browser has an older one, or the same generation
    /// sealed again, so that its use is known.
    fn new_cookie(&self, session: &SessionData, now: i64) -> Option<NewCookie> {
        let SessionData { record, state, .. } = session;
        let generation = record.generation;
        let is_outdated = matches!(
            session.place,
            Place::Cookie {
                is_outdated: true,
                ..
            }
        );
        let newest = state.newest().filter(|newest| {
            let newest = newest.record.generation;
            newest > generation || (is_outdated && newest == generation)
        });
        let (text, record) = match &newest {
            Some(newest) => (newest.sealed.to_string(), &newest.record),
            None if self.0.limits.is_touch_due(record, now) && state.is_current(generation) => {
                (self.seal(record, now), record)
            }
            None => return None,
        };
        let (ends_at, chunks) = (record.ends_at, chunks(session));
        Some(NewCookie {
            text,
            ends_at,
            chunks,
        })
    }
}

/// How many cookies the session came in.
fn chunks(session: &SessionData) -> usize {
    match session.place {
        Place::Cookie { chunks, .. } => chunks,
        Place::Store(_) => 1,
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed")
    }
}

#[cfg(test)]
mod tests;
