//! What the answer to a request of a session carries.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, header::SET_COOKIE};

use super::{Sessions, handle::Attached, record::Record};
use crate::{
    browser::{cookies::TooLarge, seal::Purpose},
    claims::Verified,
};

impl Sessions {
    /// Completes the answer to a request that this session was let in with: with the newest cookie, where the browser has an
    /// older one, or with the same session sealed anew, so that its use is known. Whichever answer comes first brings it.
    /// Whether there was something to add. `now` is the time of the request.
    pub(crate) fn finish(&self, verified: &Verified, now: i64, headers: &mut HeaderMap) -> bool {
        if self.store.is_some() {
            // The cookie is an id, and the store was told of the use.
            return false;
        }
        let Some(attached) = verified.attached::<Attached>() else {
            return false;
        };
        let held = &attached.held;
        let live = &held.live;
        let generation = held.record.generation;
        let is_newest = |of: u64| of > generation || (attached.is_outdated && of == generation);
        let fields = if let Some(newest) = live.newest()
            && is_newest(newest.held.record.generation)
        {
            let record = &newest.held.record;
            self.set_cookies(&newest.sealed, record, attached.pieces, now)
        } else if self.limits.is_touch_due(&held.record, now) && live.is_current(generation) {
            let json = held.record.to_json(now);
            let sealed = self.seal.seal(Purpose::Session, self.cookie.name(), &json);
            self.set_cookies(&sealed, &held.record, attached.pieces, now)
        } else {
            return false;
        };
        // What a handler has set itself, a sign-out for one, is not overwritten. What did not fit was told when it was made.
        let Ok(fields) = fields else {
            return false;
        };
        if live.has_ended() || self.is_set(headers) {
            return false;
        }
        let adds = !fields.is_empty();
        for field in fields {
            headers.append(SET_COOKIE, field);
        }
        adds
    }

    /// The `Set-Cookie` fields of a sealed session. `pieces` is how many cookies the browser has of it.
    pub(super) fn set_cookies(
        &self,
        sealed: &str,
        record: &Record,
        pieces: usize,
        now: i64,
    ) -> Result<Vec<HeaderValue>, TooLarge> {
        let left = u64::try_from(record.ends_at.saturating_sub(now)).unwrap_or(0);
        self.cookie.write(sealed, Duration::from_secs(left), pieces)
    }

    fn is_set(&self, headers: &HeaderMap) -> bool {
        let name = self.cookie.name().as_bytes();
        let mut fields = headers.get_all(SET_COOKIE).iter();
        fields.any(|field| {
            let rest = field.as_bytes().strip_prefix(name);
            rest.is_some_and(|rest| rest.first() == Some(&b'='))
        })
    }
}
