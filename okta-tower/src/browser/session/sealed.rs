//! Sessions that are sealed into their cookies.

use std::{sync::Arc, time::Duration};

use super::{
    Judged, Sessions,
    flight::{Boarding, Flight, Landing},
    handle::Attached,
    live::{Held, Live, Newest, Standing},
    record::{NoRecord, Record},
    stage::{Outdated, Stage},
};
use crate::{
    browser::{
        cookies::Parts,
        seal::{OpenError, Purpose},
    },
    claims::Verified,
    error::SessionError,
};

/// How long a request waits for the refresh of a session that serves without it.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a cookie comes to at one moment.
enum Verdict {
    Accepted(Verified),
    Refused(SessionError),
    /// To be refreshed: this is what is known of it, and whether it serves meanwhile.
    Due(Verified, Arc<Held>, bool),
}

impl Sessions {
    pub(super) fn judge_sealed(self: &Arc<Self>, parts: &Parts<'_>, now: i64) -> Judged {
        if let Some(verified) = self.known(parts, now, |known| known.verified.clone()) {
            return Judged::Accepted(verified);
        }
        self.metrics.cache_miss();
        let text = parts.concat();
        let (verified, held, serves) = match self.examine(&text, parts.as_slice().len(), now) {
            Verdict::Accepted(verified) => return Judged::Accepted(verified),
            Verdict::Refused(error) => return Judged::Refused(error),
            Verdict::Due(verified, held, serves) => (verified, held, serves),
        };
        match self.refresh_sealed(&held) {
            Some(landing) => {
                let pieces = parts.as_slice().len();
                Judged::Wait(Box::pin(
                    Arc::clone(self).after_landing(landing, serves, text, pieces),
                ))
            }
            None if serves => Judged::Accepted(verified),
            None => Judged::Refused(SessionError::RefreshUnavailable),
        }
    }

    /// The refresh of this session: the one under way or a new one. `None` during a rest after a failure.
    pub(super) fn refresh_sealed(self: &Arc<Self>, held: &Arc<Held>) -> Option<Landing> {
        match Flight::board(&held.live, self.clock.uptime()) {
            Boarding::Join(landing) => Some(landing),
            Boarding::Start(ticket, landing) => {
                let runtime = tokio::runtime::Handle::try_current().ok()?;
                runtime.spawn(Arc::clone(self).renew_sealed(Arc::clone(held), ticket));
                Some(landing)
            }
            Boarding::Rest => None,
        }
    }

    /// The verdict after a refresh, whatever came of it.
    async fn after_landing(
        self: Arc<Self>,
        landing: Landing,
        serves: bool,
        text: String,
        pieces: usize,
    ) -> Result<Verified, SessionError> {
        self.landed(landing, serves).await;
        match self.examine(&text, pieces, self.now()) {
            Verdict::Accepted(verified) | Verdict::Due(verified, _, true) => Ok(verified),
            Verdict::Due(_, _, false) => Err(SessionError::RefreshUnavailable),
            Verdict::Refused(error) => Err(error),
        }
    }

    /// Waits for the end of a refresh, but not for ever, and only shortly where the session serves without it: a slow issuer
    /// makes nobody wait before it must.
    pub(super) async fn landed(&self, mut landing: Landing, serves: bool) {
        let longest = self.settings.lock_ttl;
        let longest = if serves {
            longest.min(PATIENCE)
        } else {
            longest
        };
        tokio::select! {
            // Nothing is ever sent: the other end is dropped.
            _ = landing.changed() => {}
            () = self.clock.sleep(longest) => {}
        }
    }

    fn examine(self: &Arc<Self>, text: &str, pieces: usize, now: i64) -> Verdict {
        let record = match self.open_sealed(text) {
            Ok(record) => record,
            Err(error) => return Verdict::Refused(error),
        };
        let live = self.registry.live(record.id, record.ends_at, now);
        let (standing, epoch) = live.standing(record.generation);
        match standing {
            Standing::Ended => return Verdict::Refused(SessionError::Ended),
            Standing::Outdated(newest) => {
                let replaced_at = newest.as_ref().map(|newest| newest.replaced_at);
                match (self.limits.outdated(&record, replaced_at, now), newest) {
                    (Outdated::UseNewest, Some(newest)) => {
                        return self.hand_over(&newest, pieces, now);
                    }
                    (Outdated::Over, _) => return Verdict::Refused(SessionError::Superseded),
                    // It is neither kept nor refreshed.
                    _ => return self.as_it_is(record, live, pieces, now),
                }
            }
            Standing::Current => {}
        }
        let stage = self.limits.stage(&record, now);
        if let Stage::Over(error) = stage {
            return Verdict::Refused(error);
        }
        let held = Arc::new(Held { record, live });
        let Some(verified) = self.verified(Attached::new(self, &held, pieces)) else {
            return Verdict::Refused(SessionError::Unreadable);
        };
        match stage {
            Stage::RefreshDue => Verdict::Due(verified, held, true),
            Stage::RefreshNeeded => Verdict::Due(verified, held, false),
            Stage::Fresh | Stage::Over(_) => {
                self.keep(text, &verified, &held, epoch);
                Verdict::Accepted(verified)
            }
        }
    }

    pub(super) fn open_sealed(&self, text: &str) -> Result<Record, SessionError> {
        let name = self.cookie.name();
        let plain = (self.seal.open(Purpose::Session, name, text)).map_err(unopened)?;
        Record::from_json(&plain).map_err(no_record)
    }

    /// The session as it is now, for a cookie from before its refresh.
    fn hand_over(self: &Arc<Self>, newest: &Arc<Newest>, pieces: usize, now: i64) -> Verdict {
        match self.limits.stage(&newest.held.record, now) {
            Stage::Over(error) => Verdict::Refused(error),
            Stage::RefreshNeeded => {
                Verdict::Due(newest.verified.clone(), Arc::clone(&newest.held), false)
            }
            Stage::Fresh | Stage::RefreshDue => {
                match self.verified(Attached::outdated(self, &newest.held, pieces)) {
                    Some(verified) => Verdict::Accepted(verified),
                    None => Verdict::Refused(SessionError::Unreadable),
                }
            }
        }
    }

    fn as_it_is(
        self: &Arc<Self>,
        record: Record,
        live: Arc<Live>,
        pieces: usize,
        now: i64,
    ) -> Verdict {
        if let Stage::Over(error) = self.limits.stage(&record, now) {
            return Verdict::Refused(error);
        }
        let held = Arc::new(Held { record, live });
        match self.verified(Attached::new(self, &held, pieces)) {
            Some(verified) => Verdict::Accepted(verified),
            None => Verdict::Refused(SessionError::Unreadable),
        }
    }
}

pub(super) fn unopened(unopened: OpenError) -> SessionError {
    match unopened {
        OpenError::UnknownKey => SessionError::UnknownKey,
        OpenError::Malformed | OpenError::Forged => SessionError::Unreadable,
    }
}

pub(super) fn no_record(no_record: NoRecord) -> SessionError {
    match no_record {
        // As good as a key that only the others have.
        NoRecord::Later => SessionError::UnknownKey,
        NoRecord::Unreadable => SessionError::Unreadable,
    }
}
