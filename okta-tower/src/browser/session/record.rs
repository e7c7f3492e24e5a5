//! What a session contains, and the text of it that is sealed.

use std::{borrow::Cow, fmt, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};

use crate::{
    base::{base64url, secret::Secret},
    browser::identity::{Refreshed, Renewal},
    oauth::TokenResponse,
};

/// The version of the text. A later one was written by a process that is ahead: the session is
/// rejected, but not destroyed.
const VERSION: u8 = 1;

/// A session's own ID. It never leaves the seal: with a store, the cookie contains another one.
pub(crate) type Id = [u8; 16];

/// The lifetime of an access token if the provider does not state one.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(5 * 60);

/// A session at one moment of its life. All times are in Unix seconds.
#[derive(Clone)]
pub(crate) struct Record {
    pub(crate) id: Id,
    /// Grows by one with each refresh.
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

/// Which tokens a session retention.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TokenRetention {
    pub(crate) access_token: bool,
    pub(crate) id_token: bool,
}

/// Why a text is not a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RecordError {
    /// A later version of this crate wrote it.
    Later,
    Unreadable,
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
            refreshed_at: now,
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

    /// Returns the text to be sealed, as of its use at `seen_at`.
    pub(crate) fn to_json(&self, seen_at: i64) -> Vec<u8> {
        // Most ID tokens contain all claims already. A copy would take a fifth of the cookie.
        let is_in_id_token = (self.id_token.as_ref())
            .and_then(|token| payload_of(token.expose()))
            .is_some_and(|payload| *payload == *self.claims);
        let claims = if is_in_id_token {
            None
        } else {
            RawValue::from_string(self.claims.to_string()).ok()
        };
        let text = |secret: &'_ Option<Secret>| secret.as_ref().map(|it| it.expose().to_owned());
        let wire = Wire {
            v: VERSION,
            id: URL_SAFE_NO_PAD.encode(self.id).into(),
            gen_: self.generation,
            seen: seen_at,
            end: self.ends_at,
            at: self.refreshed_at,
            exp: self.token_ends_at,
            acc: text(&self.access_token).map(Into::into),
            rt: text(&self.refresh_token).map(Into::into),
            idt: text(&self.id_token).map(Into::into),
            nonce: self.nonce.as_deref().map(Into::into),
            scp: (&*self.scopes).into(),
            claims: claims.as_deref(),
            sid: self.sid.as_deref().map(Into::into),
            local: self.local.as_ref().map(Cow::Borrowed),
        };
        // Strings, numbers and parsed JSON cannot fail to be written.
        serde_json::to_vec(&wire).unwrap_or_default()
    }

    /// Reads a text that was sealed. The seal authenticates it: errors are no attack.
    pub(crate) fn from_json(text: &[u8]) -> Result<Self, RecordError> {
        let Ok(version) = serde_json::from_slice::<Versioned>(text) else {
            return Err(RecordError::Unreadable);
        };
        if version.v > VERSION {
            return Err(RecordError::Later);
        }
        let wire: Wire<'_> = serde_json::from_slice(text).map_err(|_| RecordError::Unreadable)?;
        Self::from_wire(wire).ok_or(RecordError::Unreadable)
    }

    fn from_wire(wire: Wire<'_>) -> Option<Self> {
        let secret = |text: Option<Cow<'_, str>>| text.map(|text| Secret::new(text.into_owned()));
        let boxed =
            |text: Option<Cow<'_, str>>| text.map(|text| text.into_owned().into_boxed_str());
        let id_token = secret(wire.idt);
        let claims = match wire.claims {
            Some(claims) => claims.get().to_owned(),
            None => payload_of(id_token.as_ref()?.expose())?,
        };
        Some(Self {
            id: base64url::decode(&*wire.id)?.try_into().ok()?,
            generation: wire.gen_,
            seen_at: wire.seen,
            ends_at: wire.end,
            refreshed_at: wire.at,
            token_ends_at: wire.exp,
            access_token: secret(wire.acc),
            refresh_token: secret(wire.rt),
            id_token,
            nonce: boxed(wire.nonce),
            scopes: wire.scp.into_owned().into(),
            claims: claims.into(),
            sid: boxed(wire.sid),
            local: wire.local.map(Cow::into_owned),
        })
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

/// Returns the payload of a token that was verified before.
fn payload_of(token: &str) -> Option<String> {
    let bytes = base64url::decode(token.split('.').nth(1)?)?;
    String::from_utf8(bytes).ok()
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

/// Only the version. Other members are ignored.
#[derive(Deserialize)]
struct Versioned {
    v: u8,
}

/// The text. Names are short, because the cookie is part of every request.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire<'w> {
    v: u8,
    #[serde(borrow)]
    id: Cow<'w, str>,
    #[serde(rename = "gen")]
    gen_: u64,
    seen: i64,
    end: i64,
    at: i64,
    exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    acc: Option<Cow<'w, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rt: Option<Cow<'w, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    idt: Option<Cow<'w, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nonce: Option<Cow<'w, str>>,
    scp: Cow<'w, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    claims: Option<&'w RawValue>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<Cow<'w, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    local: Option<Cow<'w, Value>>,
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

    fn again(record: &Record) -> Record {
        Record::from_json(&record.to_json(2000)).unwrap()
    }

    #[test]
    fn record_survives_a_round_trip() {
        let written = record(ALL);
        let read = again(&written);
        assert_eq!((read.id, read.generation), ([7; 16], 0));
        assert_eq!(
            (read.seen_at, read.ends_at, read.token_ends_at),
            (2000, 9000, 4600)
        );
        assert_eq!(read.claims, written.claims);
        assert_eq!(read.scopes, written.scopes);
        assert_eq!(read.nonce.as_deref(), Some("n-0"));
        assert_eq!(read.local, written.local);
        let token = |token: Option<Secret>| token.map(|token| token.expose().to_owned());
        assert_eq!(token(read.access_token).as_deref(), Some("access-0"));
        assert_eq!(token(read.refresh_token).as_deref(), Some("refresh-0"));
        assert_eq!(token(read.id_token), token(written.id_token));
    }

    #[test]
    fn claims_in_the_id_token_are_not_written_twice() {
        let contained = record(ALL);
        assert!(
            !String::from_utf8(contained.to_json(0))
                .unwrap()
                .contains("ada@example.com")
        );
        let mut more = contained.clone();
        more.claims = contained
            .claims
            .replace('}', ",\"groups\":[\"admin\"]}")
            .into();
        assert_eq!(again(&more).claims, more.claims);
        let dropped = record(TokenRetention {
            id_token: false,
            ..ALL
        });
        assert!(dropped.id_token.is_none());
        assert_eq!(again(&dropped).claims, contained.claims);
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
    fn later_version_differs_from_garbage() {
        let text = String::from_utf8(record(ALL).to_json(0)).unwrap();
        let later = text.replace("\"v\":1", "\"v\":2,\"new\":true");
        assert_eq!(
            Record::from_json(later.as_bytes()).unwrap_err(),
            RecordError::Later
        );
        for garbage in [
            "",
            "{}",
            "[]",
            "{\"v\":1}",
            &text.replace("\"v\":1", "\"v\":1,\"x\":1"),
        ] {
            assert_eq!(
                Record::from_json(garbage.as_bytes()).unwrap_err(),
                RecordError::Unreadable
            );
        }
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
