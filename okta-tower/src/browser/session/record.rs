//! What a session contains.

use std::{borrow::Cow, fmt, time::Duration};

use serde::Deserialize;
use serde_json::Value;

use crate::{
    base::secret::Secret,
    browser::identity::{Refreshed, Renewal},
    oauth::TokenResponse,
};

/// A session's own ID. It never leaves the seal: with a store, the cookie contains another one.
pub(crate) type Id = [u8; 16];

/// The lifetime of an access token if the provider does not state one.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(5 * 60);

/// Orders the generations of a session: by their tokens first. Processes without a store change
/// local data independently, and a change of old tokens must not count as newer than a refresh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Recency {
    refreshed_at: i64,
    generation: u64,
}

/// A session at one moment of its life. All times are in Unix seconds.
#[derive(Clone)]
pub(crate) struct Record {
    pub(crate) id: Id,
    /// Grows by one with each change.
    pub(crate) generation: u64,
    /// The last recorded use: when this text was written.
    pub(crate) seen_at: i64,
    /// When the session ends, used or not.
    pub(crate) ends_at: i64,
    /// When the tokens were issued.
    pub(crate) refreshed_at: i64,
    /// When the access token ends.
    pub(crate) token_ends_at: i64,
    pub(crate) access_token: Option<Secret>,
    pub(crate) refresh_token: Option<Secret>,
    pub(crate) id_token: Option<Secret>,
    /// The nonce of the sign-in. If a refreshed ID token has a nonce, it is this one.
    pub(crate) nonce: Option<Box<str>>,
    /// The scopes granted, separated by spaces.
    pub(crate) scopes: Box<str>,
    /// The merged claims, as JSON text.
    pub(crate) claims: Box<str>,
    pub(crate) sid: Option<Box<str>>,
    /// The application's own data.
    pub(crate) local: Option<Value>,
}

/// The result of a sign-in, for a new session.
pub(crate) struct NewSession {
    /// The claims of the ID token and of `userinfo`, as [`merge`](crate::browser::identity::merge)
    /// joins them.
    pub(crate) claims: String,
    /// The scopes granted: those of the token response, or the requested ones if it names none.
    pub(crate) scopes: String,
    pub(crate) tokens: TokenResponse,
    /// The provider's ID of its own session.
    pub(crate) sid: Option<Box<str>>,
    pub(crate) nonce: Option<Box<str>>,
    /// The data that the sign-in hook returned.
    pub(crate) local: Option<Value>,
}

/// Which tokens a session keeps besides the refresh token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TokenRetention {
    pub(crate) access_token: bool,
    pub(crate) id_token: bool,
}

impl Record {
    pub(crate) fn new(
        id: Id,
        new: NewSession,
        retention: TokenRetention,
        now: i64,
        ends_at: i64,
    ) -> Self {
        let tokens = new.tokens;
        Self {
            id,
            generation: 0,
            seen_at: now,
            ends_at,
            refreshed_at: now,
            token_ends_at: token_end(now, tokens.expires_in),
            access_token: Some(tokens.access_token).filter(|_| retention.access_token),
            refresh_token: tokens.refresh_token,
            id_token: tokens.id_token.filter(|_| retention.id_token),
            nonce: new.nonce,
            scopes: new.scopes.into(),
            claims: new.claims.into(),
            sid: new.sid,
            local: new.local,
        }
    }

    /// Returns the user, by the ID token's `sub`. All accepted issuers name the same users.
    pub(crate) fn user(&self) -> Cow<'_, str> {
        let subject = serde_json::from_str(&self.claims);
        subject.map_or(Cow::Borrowed(""), |Subject { sub }| sub)
    }

    /// Returns what the provider needs for a refresh. `None` without a refresh token.
    pub(crate) fn renewal(&self) -> Option<Renewal<'_>> {
        Some(Renewal {
            refresh_token: self.refresh_token.as_ref()?,
            claims: &self.claims,
            nonce: self.nonce.as_deref(),
        })
    }

    /// Returns the next generation: new tokens, and new claims if the provider sent any.
    pub(crate) fn refreshed(&self, fresh: Refreshed, retention: TokenRetention, now: i64) -> Self {
        let tokens = fresh.tokens;
        Self {
            generation: self.generation.saturating_add(1),
            seen_at: now,
            // Later than the previous one, also in the same second and by a slower clock.
            refreshed_at: now.max(self.refreshed_at.saturating_add(1)),
            token_ends_at: token_end(now, tokens.expires_in),
            access_token: Some(tokens.access_token).filter(|_| retention.access_token),
            // Without a new one, the old one stays valid (RFC 6749 section 6).
            refresh_token: tokens.refresh_token.or_else(|| self.refresh_token.clone()),
            id_token: (tokens.id_token.or_else(|| self.id_token.clone()))
                .filter(|_| retention.id_token),
            scopes: tokens.scope.map_or_else(|| self.scopes.clone(), Into::into),
            claims: fresh.claims.map_or_else(|| self.claims.clone(), Into::into),
            nonce: self.nonce.clone(),
            sid: self.sid.clone(),
            local: self.local.clone(),
            ..*self
        }
    }

    /// Returns the place in the order of the session's generations.
    pub(crate) fn recency(&self) -> Recency {
        Recency {
            refreshed_at: self.refreshed_at,
            generation: self.generation,
        }
    }

    /// Returns the next generation after a refresh of which only the refresh token is usable: the
    /// provider has invalidated the previous one.
    pub(crate) fn with_refresh_token(&self, refresh_token: Secret) -> Self {
        Self {
            generation: self.generation.saturating_add(1),
            refresh_token: Some(refresh_token),
            ..self.clone()
        }
    }

    /// Returns the refresh token, if it replaced that of an older generation.
    pub(crate) fn rotated_since(&self, older: &Self) -> Option<&Secret> {
        let text = |record: &Self| Some(record.refresh_token.as_ref()?.expose().to_owned());
        (self.refresh_token.as_ref()).filter(|_| text(self) != text(older))
    }

    /// Whether the tokens were refreshed after an older generation. A change of the application's
    /// own data makes a generation with the same tokens.
    pub(crate) fn is_refreshed_since(&self, older: &Self) -> bool {
        self.refreshed_at > older.refreshed_at
    }

    /// Returns about how many bytes the record takes in memory, beyond a constant.
    pub(crate) fn weight(&self) -> usize {
        let secret = |secret: &Option<Secret>| secret.as_ref().map_or(0, |it| it.expose().len());
        secret(&self.access_token)
            + secret(&self.refresh_token)
            + secret(&self.id_token)
            + self.claims.len()
            + self.scopes.len()
            // A value in memory is several times as long as its text.
            + self.local.as_ref().map_or(0, |local| local.to_string().len() * 4)
    }
}

fn token_end(now: i64, lifetime: Option<Duration>) -> i64 {
    let seconds = lifetime.unwrap_or(DEFAULT_LIFETIME).as_secs();
    now.saturating_add(i64::try_from(seconds).unwrap_or(i64::MAX))
}

/// Prints nothing about the user.
impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("generation", &self.generation)
            .field("can_refresh", &self.refresh_token.is_some())
            .finish_non_exhaustive()
    }
}

/// Only the user. Other members are ignored.
#[derive(Deserialize)]
struct Subject<'c> {
    #[serde(borrow)]
    sub: Cow<'c, str>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::browser::session::fixture;

    const ALL: TokenRetention = TokenRetention {
        access_token: true,
        id_token: true,
    };

    fn record(retention: TokenRetention) -> Record {
        Record::new([7; 16], fixture::new_session(), retention, 1000, 9000)
    }

    #[test]
    fn user_is_the_subject_of_the_claims() {
        let mut record = record(ALL);
        assert_eq!(record.user(), "00u1");
        record.claims = r#"{"a":1,"sub":"00u\u0031"}"#.into();
        assert_eq!(record.user(), "00u1");
    }

    #[test]
    fn refresh_keeps_what_the_response_lacks() {
        let first = record(ALL);
        let fresh = fixture::refreshed(1);
        let second = first.refreshed(fresh, ALL, 4000);
        assert_eq!(
            (second.generation, second.seen_at, second.ends_at),
            (1, 4000, 9000)
        );
        assert_eq!(second.refresh_token.as_ref().unwrap().expose(), "refresh-1");
        let mut fresh = fixture::refreshed(2);
        fresh.tokens.refresh_token = None;
        fresh.tokens.scope = None;
        fresh.claims = None;
        let third = second.refreshed(fresh, ALL, 5000);
        assert_eq!(third.access_token.as_ref().unwrap().expose(), "access-2");
        assert_eq!(third.refresh_token.as_ref().unwrap().expose(), "refresh-1");
        assert_eq!(
            (&third.scopes, &third.claims),
            (&second.scopes, &second.claims)
        );
    }

    #[test]
    fn refresh_within_a_second_counts_but_a_local_change_does_not() {
        let first = record(ALL);
        let second = first.refreshed(fixture::refreshed(1), ALL, 1000);
        assert!(second.is_refreshed_since(&first) && !first.is_refreshed_since(&second));
        // A clock that is behind that of the process before.
        let third = second.refreshed(fixture::refreshed(2), ALL, 10);
        assert!(third.is_refreshed_since(&second) && third.recency() > second.recency());
        let changed = Record {
            generation: 2,
            local: None,
            ..second.clone()
        };
        assert!(changed.is_refreshed_since(&first) && !changed.is_refreshed_since(&second));
    }

    #[test]
    fn debug_prints_nothing_about_the_user() {
        let text = format!("{:?}", record(ALL));
        assert!(
            !text.contains("ada") && !text.contains("refresh-0"),
            "{text}"
        );
    }
}
