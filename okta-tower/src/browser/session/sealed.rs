//! Sessions that are sealed into their cookies.

use std::{future::ready, sync::Arc};

use http::HeaderValue;

use super::{
    EndedSession,
    backend::{Backend, Loaded, Lock, Opened, Place, Replaced, SessionData},
    context::Context,
    record::Record,
    registry::{GenerationStatus, NewestGeneration, SessionState},
    stage::Stage,
};
use crate::{
    base::{cache::Text, telemetry},
    browser::{
        cookies::Parts,
        identity::BoxFuture,
        seal::Purpose,
        store::{Owner, StoreFuture},
    },
    error::SessionError,
};

/// Sessions that are sealed into their cookies.
pub(super) struct Sealed(pub(super) Arc<Context>);

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
        self.0.keep(text.as_bytes(), &loaded);
        Ok(match loaded.stage {
            Stage::Fresh => Opened::Ready(loaded.caller),
            Stage::RefreshDue | Stage::RefreshNeeded => Opened::Wait(Box::pin(ready(Ok(loaded)))),
        })
    }

    fn reload(&self, session: Arc<SessionData>) -> BoxFuture<'_, Result<Loaded, SessionError>> {
        let SessionData { record, state, .. } = &*session;
        let (chunks, now) = (chunks(&session), self.0.now());
        let reloaded = match state.newer_than(record.generation) {
            Some(newest) => {
                let is_outdated = true;
                let place = Place::Cookie {
                    chunks,
                    is_outdated,
                };
                self.serve_outdated(Arc::clone(&newest.record), state, place, now)
            }
            None => self.examine(Arc::clone(record), state, chunks, now),
        };
        Box::pin(ready(reloaded))
    }

    fn create(&self, record: Record, _: Owner) -> StoreFuture<'_, String> {
        Box::pin(ready(Ok(self.seal(&record, record.seen_at))))
    }

    /// The refresh slot is the lock: other processes cannot be locked out. `None` if another
    /// refresh has replaced the session since its cookie was opened: its token must not be used
    /// again.
    fn lock(&self, session: Arc<SessionData>) -> StoreFuture<'_, Option<Lock>> {
        let (status, _) = session.state.status(session.record.generation);
        let is_current = matches!(status, GenerationStatus::Current);
        let token = String::new();
        Box::pin(ready(Ok(is_current.then_some(Lock { session, token }))))
    }

    fn replace<'a>(&'a self, lock: &'a Lock, next: &'a Arc<Record>) -> StoreFuture<'a, Replaced> {
        let (session, now) = (&lock.session, self.0.now());
        let sealed = self.seal(next, now);
        let replaced = if let Err(error) = self.0.write_cookie(&sealed, next.ends_at, 0, now) {
            telemetry::session_too_large(&error);
            Replaced::TooLarge
        } else {
            let is_in_place = session.state.install(NewestGeneration {
                record: Arc::clone(next),
                sealed: sealed.into(),
                replaced_at: now,
                wanted_until: self.0.limits.outdated_until(&session.record, now),
            });
            match is_in_place || !session.state.has_ended() {
                true => Replaced::Done,
                false => Replaced::Ended,
            }
        };
        Box::pin(ready(Ok(replaced)))
    }

    fn discard<'a>(&'a self, lock: &'a Lock) -> StoreFuture<'a, ()> {
        let session = &lock.session;
        session.state.end_generation(session.record.generation);
        telemetry::session_not_renewed();
        Box::pin(ready(Ok(())))
    }

    /// Returns the newest generation, if the browser has an older one. Otherwise returns the same
    /// generation sealed again from time to time, to record its use.
    fn new_cookie(&self, session: &SessionData, now: i64) -> Option<Vec<HeaderValue>> {
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
        let written = match newest {
            Some(newest) => {
                let ends_at = newest.record.ends_at;
                self.0
                    .write_cookie(&newest.sealed, ends_at, chunks(session), now)
            }
            None if self.0.limits.is_touch_due(record, now) && state.is_current(generation) => {
                let sealed = self.seal(record, now);
                self.0
                    .write_cookie(&sealed, record.ends_at, chunks(session), now)
            }
            None => return None,
        };
        // What does not fit was logged when it was made.
        written.ok()
    }

    fn end(&self, cookie: String) -> BoxFuture<'_, EndedSession> {
        let ended = self.unseal(&cookie).map(|record| {
            let newest = self.0.state(&record, self.0.now()).end();
            telemetry::session_ended();
            // The tokens of the newest generation, if the cookie is an older one.
            match newest {
                Some(newest) if newest.record.generation > record.generation => {
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
        let newest = match status {
            GenerationStatus::Ended => return Err(SessionError::Ended),
            GenerationStatus::Current => {
                let stage = self.0.limits.stage(&record, now)?;
                let is_outdated = false;
                let place = Place::Cookie {
                    chunks,
                    is_outdated,
                };
                return self.0.load(record, state, place, stage, epoch);
            }
            GenerationStatus::Outdated(newest) => newest,
        };
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
}

impl Text for &Parts<'_> {
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

/// How many cookies the session came in.
fn chunks(session: &SessionData) -> usize {
    match session.place {
        Place::Cookie { chunks, .. } => chunks,
        Place::Store(_) => 1,
    }
}

#[cfg(test)]
mod tests;
