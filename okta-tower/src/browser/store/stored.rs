//! What a store keeps, and under which name.

use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// A session's name in a store: the SHA-256 of its id, in base64url.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SessionKey(Box<str>);

impl SessionKey {
    /// A key by its text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// Its text: 43 characters of base64url, where okta-tower has made it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whose session it is: a person at an issuer.
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Owner {
    /// The issuer as configured.
    pub issuer: Box<str>,
    /// The issuer's stable id of the person: the ID token's `sub`, [`Verified::user_id`](crate::Verified::user_id).
    pub user_id: Box<str>,
}

impl Owner {
    /// The owner by issuer and user id.
    #[must_use]
    pub fn new(issuer: &str, user_id: &str) -> Self {
        Self {
            issuer: issuer.into(),
            user_id: user_id.into(),
        }
    }
}

/// Prints nothing of the person.
impl fmt::Debug for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Owner").finish_non_exhaustive()
    }
}

/// A session as a store keeps it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredSession {
    /// What it holds, sealed. Any bytes, usually some thousands of them.
    pub data: Vec<u8>,
    /// Differs with every change: what [`save`](super::SessionStore::save) compares. Up to 2⁶³ − 1, so that any engine's
    /// integers hold it.
    pub version: u64,
    /// Whose it is, for deletion by person.
    pub owner: Owner,
    /// The identity provider's id of its own session, where it tells one, for deletion by it.
    pub sid: Option<Box<str>>,
    /// When it ends, unless it is saved with another end before. Stores keep whole milliseconds of it.
    pub ends_at: SystemTime,
}

impl StoredSession {
    /// A session to be kept.
    #[must_use]
    pub fn new(data: Vec<u8>, version: u64, owner: Owner, ends_at: SystemTime) -> Self {
        Self {
            data,
            version,
            owner,
            sid: None,
            ends_at,
        }
    }

    /// With the identity provider's own session id.
    #[must_use]
    pub fn with_sid(mut self, sid: Option<&str>) -> Self {
        self.sid = sid.map(Into::into);
        self
    }
}

/// Prints nothing of what it holds nor whose it is.
impl fmt::Debug for StoredSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredSession")
            .field("bytes", &self.data.len())
            .field("version", &self.version)
            .field("ends_at", &self.ends_at)
            .finish_non_exhaustive()
    }
}

/// Milliseconds since 1970, as stores keep times: what is finer is cut off, and what is before 1970 is 1970.
pub(super) fn unix_milliseconds(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}

/// The time that [`unix_milliseconds`] has counted. Times that no `SystemTime` can hold read as 1970, which is past.
pub(super) fn from_unix_milliseconds(milliseconds: i64) -> SystemTime {
    let since = Duration::from_millis(u64::try_from(milliseconds).unwrap_or(0));
    UNIX_EPOCH.checked_add(since).unwrap_or(UNIX_EPOCH)
}

/// The time without what is finer than a millisecond: every store keeps the same.
pub(super) fn whole_milliseconds(time: SystemTime) -> SystemTime {
    from_unix_milliseconds(unix_milliseconds(time))
}
