//! One refresh of a session, and what comes of it.

use std::{sync::Arc, time::Duration};

use super::{
    Sessions,
    flight::Ticket,
    handle::Attached,
    live::{Held, Newest, Standing},
    record::Record,
};
use crate::browser::identity::provider::Refreshed;
use crate::{
    base::{random::random, telemetry},
    browser::seal::Purpose,
    claims::Verified,
    error::{AuthError, SessionError},
    oauth::TokenFailure,
};

impl Sessions {
    /// Refreshes a sealed session. Runs in a task of its own.
    pub(super) async fn renew_sealed(self: Arc<Self>, held: Arc<Held>, ticket: Ticket) {
        let record = &held.record;
        if !matches!(held.live.standing(record.generation).0, Standing::Current) {
            // Another refresh has ended between the look at the cookie and this one's start. Its token must not be used again.
            return ticket.succeeded();
        }
        match self.issuer.refresh(record).await {
            Ok(fresh) => match self.put_in_place(&held, fresh) {
                Ok(()) => ticket.succeeded(),
                Err(Unplaced::Ended(next)) => {
                    ticket.succeeded();
                    self.revoke(&next).await;
                }
                Err(Unplaced::Unusable) => self.rest(ticket, None),
            },
            // The one answer that ends a session (RFC 6749 section 5.2).
            Err(TokenFailure::InvalidGrant) => {
                held.live.end_generation(record.generation);
                telemetry::session_not_renewed();
                ticket.succeeded();
            }
            Err(failure) => self.rest(ticket, Some(&failure)),
        }
    }

    fn put_in_place(self: &Arc<Self>, held: &Arc<Held>, fresh: Refreshed) -> Result<(), Unplaced> {
        let now = self.now();
        let next = Arc::new(Held {
            record: held.record.refreshed(fresh, self.keeps, now),
            live: Arc::clone(&held.live),
        });
        let verified = self
            .verified(Attached::new(self, &next, 0))
            .ok_or(Unplaced::Unusable)?;
        let name = self.cookie.name();
        let sealed = (self.seal).seal(Purpose::Session, name, &next.record.to_json(now));
        if let Err(too_large) = self.set_cookies(&sealed, &next.record, 0, now) {
            telemetry::session_too_large(&too_large);
            return Err(Unplaced::Unusable);
        }
        let newest = Newest {
            verified,
            sealed: sealed.into(),
            replaced_at: now,
            wanted_until: self.limits.outdated_until(&held.record, now),
            held: Arc::clone(&next),
        };
        if held.live.install(newest) {
            Ok(())
        } else {
            Err(Unplaced::Ended(Box::new(next.record.clone())))
        }
    }

    /// The session of a request, refreshed whether that is due or not.
    pub(super) async fn refresh_now(
        self: &Arc<Self>,
        attached: &Attached,
    ) -> Result<Verified, AuthError> {
        let held = &attached.held;
        if held.record.refresh_token.is_none() {
            return Err(SessionError::RefreshUnavailable.into());
        }
        let generation = held.record.generation;
        if let Some(key) = &attached.key {
            let landing = self.refresh_stored(key, held);
            return self.stored_after(key, landing, generation).await;
        }
        // Another request's refresh of a moment ago will do.
        if held.live.newer_than(generation).is_none()
            && let Some(landing) = self.refresh_sealed(held)
        {
            self.landed(landing, false).await;
        }
        match held.live.standing(generation).0 {
            Standing::Outdated(Some(newest)) => Ok(newest.verified.clone()),
            Standing::Ended => Err(SessionError::Ended.into()),
            Standing::Outdated(None) | Standing::Current => {
                Err(SessionError::RefreshUnavailable.into())
            }
        }
    }

    /// The new tokens of a session that was signed out meanwhile are good for nothing, and should be.
    pub(super) async fn revoke(&self, record: &Record) {
        if let Some(token) = &record.refresh_token {
            self.issuer.revoke(token).await;
        }
    }

    /// Another attempt later. Only a wrong secret of our own is for people to mend, and is told them.
    pub(super) fn rest(&self, ticket: Ticket, failure: Option<&TokenFailure>) {
        let asked_for: Option<Duration> = match failure {
            Some(TokenFailure::Transient { retry_after }) => *retry_after,
            Some(TokenFailure::InvalidClient) => {
                telemetry::client_not_recognised();
                None
            }
            _ => None,
        };
        let random = f64::from(u16::from_le_bytes(random())) / f64::from(u16::MAX);
        ticket.failed(self.clock.uptime(), asked_for, random);
    }
}

/// Why new tokens did not become the session's.
enum Unplaced {
    /// It was signed out meanwhile. This is what it would have been.
    Ended(Box<Record>),
    /// They say what cannot be used, or are too long.
    Unusable,
}
