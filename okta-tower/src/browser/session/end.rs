//! The end of a session by a sign-out or a new sign-in.

use http::{HeaderMap, HeaderValue};

use super::{Sessions, record::Record};
use crate::{
    base::secret::Secret,
    browser::{cookies::Gathered, store::StoreError},
};

/// What remains to be done about a session that has ended.
#[derive(Default)]
pub(crate) struct EndedSession {
    /// The `Set-Cookie` fields that remove its cookie.
    pub(crate) set_cookies: Vec<HeaderValue>,
    /// To be revoked, if possible.
    pub(crate) refresh_token: Option<Secret>,
    /// For the sign-out at the provider.
    pub(crate) id_token: Option<Secret>,
    /// The store did not delete the session: its cookie stays usable until the session ends by
    /// itself.
    pub(crate) store_error: Option<StoreError>,
}

impl EndedSession {
    /// A session that has ended, with its tokens.
    pub(super) fn of(record: &Record) -> Self {
        Self {
            refresh_token: record.refresh_token.clone(),
            id_token: record.id_token.clone(),
            ..Self::default()
        }
    }
}

impl Sessions {
    /// Ends the session of a request: in this process at once, and with a store everywhere. A
    /// cookie that cannot be read is removed too.
    pub(crate) async fn end(&self, headers: &HeaderMap) -> EndedSession {
        let cookie = &self.context.cookie;
        let ended = match cookie.gather(headers) {
            Gathered::Whole(parts) => self.backend.end(parts.concat()).await,
            Gathered::Absent | Gathered::Broken => EndedSession::default(),
        };
        EndedSession {
            set_cookies: cookie.clear(headers),
            ..ended
        }
    }
}
