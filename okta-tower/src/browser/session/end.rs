//! The end of a session by a sign-out or a new sign-in.

use http::HeaderMap;

use super::{backend::EndedSession, sessions::Sessions};
use crate::browser::cookies::CookieValue;

impl Sessions {
    /// Ends the session of a request: in this process at once, and with a store everywhere. A
    /// cookie that cannot be read is removed too.
    pub(crate) async fn end(&self, headers: &HeaderMap) -> EndedSession {
        let cookie = &self.context.cookie;
        let ended = match cookie.gather(headers) {
            CookieValue::Whole(parts) => self.backend.end(parts.concat()).await,
            CookieValue::Absent | CookieValue::Broken => EndedSession::default(),
        };
        EndedSession {
            set_cookies: cookie.clear(headers),
            ..ended
        }
    }
}
