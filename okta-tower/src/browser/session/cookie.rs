//! The session cookie that a response sets.

use http::{HeaderMap, header::SET_COOKIE};

use super::{backend::SessionData, sessions::Sessions};
use crate::claims::Verified;

impl Sessions {
    /// Completes the response to a request of this session, with a new cookie if one is due. A
    /// session that has ended meanwhile has none.
    /// Returns whether it added one. `now` is the time of the request, in Unix seconds.
    pub(crate) fn finish(&self, caller: &Verified, now: i64, headers: &mut HeaderMap) -> bool {
        let Some(session) = caller.attached::<SessionData>() else {
            return false;
        };
        let Some(fields) = self.backend.new_cookie(session, now) else {
            return false;
        };
        // Keep what a handler has set itself, such as a sign-out.
        if self.is_set(headers) {
            return false;
        }
        for field in fields {
            headers.append(SET_COOKIE, field);
        }
        true
    }

    fn is_set(&self, headers: &HeaderMap) -> bool {
        let name = self.context.cookie.name().as_bytes();
        headers.get_all(SET_COOKIE).iter().any(|field| {
            let rest = field.as_bytes().strip_prefix(name);
            rest.is_some_and(|rest| rest.first() == Some(&b'='))
        })
    }
}
