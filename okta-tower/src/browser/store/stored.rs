//! The data of a store.

use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// The key of a session in a store: the SHA-256 hash of its ID, in base64url.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SessionKey(Box<str>);

impl SessionKey {
    /// Creates a key from its text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// Returns the text: 43 characters of base64url, if okta-tower created the key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The owner of a session: a user at an issuer.
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Owner {
    /// The issuer as configured.
    pub issuer: Box<str>,
    /// The issuer's stable ID of the user: the ID token's `sub`, and
    /// [`Verified::user_id`](crate::Verified::user_id).
    pub user_id: Box<str>,
}

impl Owner {
    /// Creates an owner.
    #[must_use]
    pub fn new(issuer: &str, user_id: &str) -> Self {
        Self {
            issuer: issuer.into(),
            user_id: user_id.into(),
        }
    }
}

/// Hides the owner.
impl fmt::Debug for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Owner").finish_non_exhaustive()
    }
}

/// A session in a store.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredSession {
    /// The sealed content: any bytes, usually a few thousand.
    pub data: Vec<u8>,
    /// The version, which each change increases and [`save`](super::SessionStore::save) compares.
    /// At most 2⁶³ − 1, which fits the integers of all engines.
    pub version: u64,
    /// The owner, for deletion by user.
    pub owner: Owner,
    /// The ID of the identity provider's session, if known, for deletion by it.
    pub sid: Option<Box<str>>,
    /// The expiry, in whole milliseconds. A `save` may change it.
    pub ends_at: SystemTime,
}

impl StoredSession {
    /// Creates a session without a `sid`.
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

    /// Sets the ID of the identity provider's session.
    #[must_use]
    pub fn with_sid(mut self, sid: Option<&str>) -> Self {
        self.sid = sid.map(Into::into);
        self
    }
}

/// Hides the content and the owner.
impl fmt::Debug for StoredSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredSession")
            .field("bytes", &self.data.len())
            .field("version", &self.version)
            .field("ends_at", &self.ends_at)
            .finish_non_exhaustive()
    }
}

/// Returns Unix milliseconds, rounded down. A time before 1970 is 0.
pub(super) fn unix_milliseconds(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}

/// Returns the time of Unix milliseconds. A time that `SystemTime` cannot represent is 1970, which
/// is expired.
pub(super) fn from_unix_milliseconds(milliseconds: i64) -> SystemTime {
    let since = Duration::from_millis(u64::try_from(milliseconds).unwrap_or(0));
    UNIX_EPOCH.checked_add(since).unwrap_or(UNIX_EPOCH)
}

/// Rounds down to whole milliseconds, as all stores do.
pub(super) fn whole_milliseconds(time: SystemTime) -> SystemTime {
    from_unix_milliseconds(unix_milliseconds(time))
}
