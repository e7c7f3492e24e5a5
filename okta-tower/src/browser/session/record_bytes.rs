//! The bytes of a session that are sealed.
//!
//! ```text
//! version 2 | length of the JSON 4 | JSON | header, payload and signature of the ID token, decoded
//! ```
//!
//! The ID token is most of a session. Sealed text is base64url, so its own base64url would make the
//! token a third longer, and claims that repeat its payload would double it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};

use super::record::Record;
use crate::base::{base64url, secret::Secret};

/// A later version was written by a process that is ahead: the session is rejected, but not
/// destroyed.
const VERSION: u8 = 2;

/// Why bytes are not a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RecordError {
    /// A later version of this crate wrote them.
    Later,
    Unreadable,
}

impl Record {
    /// Returns the bytes to be sealed, as of their use at `seen_at`.
    pub(super) fn to_bytes(&self, seen_at: i64) -> Vec<u8> {
        let id_token = (self.id_token.as_ref()).and_then(|token| IdToken::decode(token.expose()));
        let (claims, more) = match id_token.as_ref().and_then(|token| self.beyond(token)) {
            Some("}") => (None, None),
            Some(more) => (None, raw(more.replacen(',', "{", 1))),
            None => (raw(self.claims.to_string()), None),
        };
        let text = |secret: &'_ Option<Secret>| secret.as_ref().map(|it| it.expose().to_owned());
        let wire = Wire {
            id: base64url::encode(&self.id).into(),
            gen_: self.generation,
            seen: seen_at,
            end: self.ends_at,
            at: self.refreshed_at,
            exp: self.token_ends_at,
            acc: text(&self.access_token).map(Into::into),
            rt: text(&self.refresh_token).map(Into::into),
            idt: (id_token.as_ref()).map(|token| (token.header.len(), token.payload.len())),
            nonce: self.nonce.as_deref().map(Into::into),
            scp: (&*self.scopes).into(),
            claims: claims.as_deref(),
            more: more.as_deref(),
            sid: self.sid.as_deref().map(Into::into),
            local: self.local.as_ref().map(Cow::Borrowed),
        };
        // Strings, numbers and parsed JSON cannot fail to be written.
        let json = serde_json::to_vec(&wire).unwrap_or_default();
        // What is opened has 128 KiB at most.
        let length = u32::try_from(json.len()).unwrap_or(u32::MAX);
        let mut bytes = vec![VERSION];
        bytes.extend(length.to_be_bytes());
        bytes.extend(json);
        if let Some(token) = id_token {
            for part in [&*token.header, token.payload.as_bytes(), &token.signature] {
                bytes.extend(part);
            }
        }
        bytes
    }

    /// Returns the claims beyond the payload of the ID token, from the comma before them to the
    /// closing brace. `None` if the claims do not begin with the payload.
    fn beyond(&self, token: &IdToken) -> Option<&str> {
        let more = self.claims.strip_prefix(token.members()?)?;
        (more == "}" || more.starts_with(',')).then_some(more)
    }

    /// Reads bytes that were sealed. The seal authenticates them: errors are no attack.
    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, RecordError> {
        let (version, rest) = bytes.split_first().ok_or(RecordError::Unreadable)?;
        if *version > VERSION {
            return Err(RecordError::Later);
        }
        Self::from_parts(rest).ok_or(RecordError::Unreadable)
    }

    fn from_parts(bytes: &[u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (json, id_token) = rest.split_at_checked(length)?;
        let wire: Wire<'_> = serde_json::from_slice(json).ok()?;
        let id_token = match wire.idt {
            Some((header, payload)) => Some(IdToken::split(id_token, header, payload)?),
            None => None,
        };
        let claims = match (wire.claims, wire.more, &id_token) {
            (Some(claims), ..) => claims.get().to_owned(),
            (None, None, Some(token)) => format!("{}}}", token.members()?),
            (None, Some(more), Some(token)) => {
                format!("{},{}", token.members()?, more.get().strip_prefix('{')?)
            }
            (None, _, None) => return None,
        };
        let secret = |text: Option<Cow<'_, str>>| text.map(|text| Secret::new(text.into_owned()));
        let boxed =
            |text: Option<Cow<'_, str>>| text.map(|text| text.into_owned().into_boxed_str());
        Some(Self {
            id: base64url::decode(&*wire.id)?.try_into().ok()?,
            generation: wire.gen_,
            seen_at: wire.seen,
            ends_at: wire.end,
            refreshed_at: wire.at,
            token_ends_at: wire.exp,
            access_token: secret(wire.acc),
            refresh_token: secret(wire.rt),
            id_token: id_token.map(|token| Secret::new(token.encode())),
            nonce: boxed(wire.nonce),
            scopes: wire.scp.into_owned().into(),
            claims: claims.into(),
            sid: boxed(wire.sid),
            local: wire.local.map(Cow::into_owned),
        })
    }
}

fn raw(json: String) -> Option<Box<RawValue>> {
    RawValue::from_string(json).ok()
}

/// The decoded parts of an ID token that was verified before: its base64url is canonical, so that
/// decoding and encoding again give the same text.
struct IdToken {
    header: Vec<u8>,
    payload: String,
    signature: Vec<u8>,
}

impl IdToken {
    fn decode(token: &str) -> Option<Self> {
        let mut parts = token.split('.').map(base64url::decode);
        let mut next = || parts.next().flatten();
        Some(Self {
            header: next()?,
            payload: String::from_utf8(next()?).ok()?,
            signature: next()?,
        })
    }

    /// Splits the decoded parts, which follow one another.
    fn split(bytes: &[u8], header: usize, payload: usize) -> Option<Self> {
        let (header, rest) = bytes.split_at_checked(header)?;
        let (payload, signature) = rest.split_at_checked(payload)?;
        Some(Self {
            header: header.to_owned(),
            payload: String::from_utf8(payload.to_owned()).ok()?,
            signature: signature.to_owned(),
        })
    }

    fn encode(&self) -> String {
        let parts = [&*self.header, self.payload.as_bytes(), &self.signature];
        parts.map(base64url::encode).join(".")
    }

    /// Returns the payload without its closing brace.
    fn members(&self) -> Option<&str> {
        self.payload.trim_end().strip_suffix('}')
    }
}

/// The JSON. Names are short, because the cookie is part of every request.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire<'w> {
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
    /// The lengths of the ID token's header and payload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    idt: Option<(usize, usize)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nonce: Option<Cow<'w, str>>,
    scp: Cow<'w, str>,
    /// The claims, unless they begin with the payload of the ID token.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    claims: Option<&'w RawValue>,
    /// The claims beyond the payload of the ID token.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    more: Option<&'w RawValue>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<Cow<'w, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    local: Option<Cow<'w, Value>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::browser::session::{fixture, record::TokenRetention};

    const ALL: TokenRetention = TokenRetention {
        access_token: true,
        id_token: true,
    };

    fn record(retention: TokenRetention) -> Record {
        Record::new([7; 16], fixture::new_session(), retention, 1000, 9000)
    }

    fn holds(bytes: &[u8], text: &str) -> usize {
        bytes
            .windows(text.len())
            .filter(|window| *window == text.as_bytes())
            .count()
    }

    fn again(record: &Record) -> Record {
        Record::from_bytes(&record.to_bytes(2000)).unwrap()
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
        assert_eq!(holds(&contained.to_bytes(0), "ada@example.com"), 1);
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
    fn claims_beyond_the_id_token_are_kept_alone() {
        let mut record = record(ALL);
        let size = record.to_bytes(0).len();
        record.claims = record
            .claims
            .strip_suffix('}')
            .map(|members| format!("{members},\"a\":\"{{,}}\",\"b\":[1]}}"))
            .unwrap()
            .into();
        let read = again(&record);
        assert_eq!(read.claims, record.claims);
        assert_eq!(
            read.id_token.unwrap().expose(),
            record.id_token.as_ref().unwrap().expose()
        );
        assert!(record.to_bytes(0).len() - size < 40);
        // Claims of another token are kept whole.
        record.claims = r#"{"sub":"00u1","iss":"https://other"}"#.into();
        assert_eq!(again(&record).claims, record.claims);
    }

    #[test]
    fn later_version_differs_from_garbage() {
        let bytes = record(ALL).to_bytes(0);
        let mut later = bytes.clone();
        later[0] = VERSION + 1;
        assert_eq!(Record::from_bytes(&later).unwrap_err(), RecordError::Later);
        let unreadable = |bytes: &[u8]| {
            assert_eq!(
                Record::from_bytes(bytes).unwrap_err(),
                RecordError::Unreadable
            );
        };
        for garbage in [
            &b""[..],
            b"\x02",
            b"\x02\0\0\0\x02{}",
            b"\x02\xff\xff\xff\xff{}",
        ] {
            unreadable(garbage);
        }
        for end in 0..bytes.len() - "signature 0".len() {
            unreadable(&bytes[..end]);
        }
        // An unknown member, with the length that it takes.
        let (mut unknown, member) = (bytes.clone(), b"\"x\":1,");
        unknown.splice(6..6, *member);
        let length = u32::from_be_bytes(unknown[1..5].try_into().unwrap()) + 6;
        unknown.splice(1..5, length.to_be_bytes());
        unreadable(&unknown);
    }
}
