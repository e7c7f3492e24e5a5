//! A session begins: always with a new id, whatever the browser had before.

use std::{fmt, sync::Arc, time::Duration};

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue};

use super::{NewSession, Sessions, handle::Attached, live::Held, record::Record};
use crate::{
    base::{clock::from_unix_seconds, random::random, secret::Secret, telemetry},
    browser::{
        cookies::TooLarge,
        seal::Purpose,
        store::{Owner, SessionKey, SessionStore, StoreError, StoredSession},
    },
    claims::Verified,
};

/// A session that has begun.
pub(crate) struct Begun {
    /// The fields that the answer must carry.
    pub(crate) set_cookies: Vec<HeaderValue>,
    /// The refresh token of the session that this browser had before, which has ended. To be revoked, as well as can be.
    pub(crate) replaced: Option<Secret>,
}

/// Why none has.
#[derive(Debug)]
pub(crate) enum BeginError {
    /// It does not fit into cookies.
    TooLarge(TooLarge),
    Store(StoreError),
    /// Its claims are not what they should be.
    Claims,
}

impl Sessions {
    /// Begins a session, and ends the one that this browser had: an id that somebody has planted is worth nothing (session
    /// fixation), and nobody stays signed in as somebody else.
    pub(crate) async fn begin(
        self: &Arc<Self>,
        new: NewSession,
        headers: &HeaderMap,
    ) -> Result<Begun, BeginError> {
        let now = self.now();
        let absolute = i64::try_from(self.settings.absolute.as_secs()).unwrap_or(i64::MAX);
        let ends_at = now.saturating_add(absolute);
        let record = Record::new(random(), new, self.keeps, now, ends_at);
        let live = self.registry.live(record.id, ends_at, now);
        let held = Arc::new(Held { record, live });
        let verified = (self.verified(Attached::new(self, &held, 0))).ok_or(BeginError::Claims)?;
        let pieces = self.cookie.pieces(headers);
        let set_cookies = match &self.store {
            None => {
                let json = held.record.to_json(now);
                let sealed = self.seal.seal(Purpose::Session, self.cookie.name(), &json);
                (self.set_cookies(&sealed, &held.record, pieces, now)).map_err(|too_large| {
                    telemetry::session_too_large(&too_large);
                    BeginError::TooLarge(too_large)
                })?
            }
            Some(store) => {
                let id = URL_SAFE_NO_PAD.encode(random::<32>());
                self.create(store, &key_of(&id), &held, &verified).await?;
                let left = Duration::from_secs(u64::try_from(absolute).unwrap_or(0));
                (self.cookie.write(&id, left, pieces)).map_err(BeginError::TooLarge)?
            }
        };
        // The new one is there: now the old one can go. That a store fails now is no reason to refuse the person.
        let replaced = self.end(headers).await.refresh_token;
        telemetry::session_began();
        Ok(Begun {
            set_cookies,
            replaced,
        })
    }

    /// Who signs in, before there is a session: for the hook.
    pub(crate) fn identity(&self, claims: &str, scopes: &str) -> Option<Verified> {
        let scopes = scopes.split(' ').filter(|scope| !scope.is_empty());
        let absolute = i64::try_from(self.settings.absolute.as_secs()).unwrap_or(i64::MAX);
        let ends_at = self.now().saturating_add(absolute);
        Verified::of_session(
            claims.into(),
            scopes,
            &self.client_id,
            &self.policy,
            ends_at,
            None,
        )
    }

    async fn create(
        &self,
        store: &Arc<dyn SessionStore>,
        key: &SessionKey,
        held: &Held,
        verified: &Verified,
    ) -> Result<(), BeginError> {
        let owner = Owner::new(
            verified.identity_issuer(),
            verified.user_id().unwrap_or_default(),
        );
        let stored = self.stored(key, &held.record, owner, 1);
        store.create(key, stored).await.map_err(|error| {
            telemetry::store_failed(&error);
            BeginError::Store(error)
        })
    }

    /// A record as a store keeps it: sealed, and for its key alone.
    pub(super) fn stored(
        &self,
        key: &SessionKey,
        record: &Record,
        owner: Owner,
        version: u64,
    ) -> StoredSession {
        let json = record.to_json(record.seen_at);
        let sealed = self.seal.seal(Purpose::Stored, key.as_str(), &json);
        let idle_end = record.seen_at.saturating_add(self.limits.idle);
        let ends_at = from_unix_seconds(idle_end.min(record.ends_at));
        StoredSession::new(sealed.into_bytes(), version, owner, ends_at)
            .with_sid(record.sid.as_deref())
    }
}

/// The name of a session in a store, by the id that its cookie holds.
pub(super) fn key_of(id: &str) -> SessionKey {
    let hash = digest::digest(&digest::SHA256, id.as_bytes());
    SessionKey::new(&URL_SAFE_NO_PAD.encode(hash))
}

impl fmt::Debug for Begun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Begun").finish_non_exhaustive()
    }
}

impl fmt::Display for BeginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge(too_large) => too_large.fmt(f),
            Self::Store(error) => error.fmt(f),
            Self::Claims => f.write_str("the claims of the session cannot be used"),
        }
    }
}
