//! A request's cookie to a verdict.

use std::sync::Arc;

use http::HeaderMap;

use super::{Judged, Known, Sessions, handle::Attached, live::Held, stage::told_end};
use crate::{
    base::cache::Text,
    browser::cookies::{Gathered, Parts},
    claims::Verified,
    error::SessionError,
};

impl Text for &Parts<'_> {
    fn end(&self) -> &[u8] {
        self.as_slice().last().copied().unwrap_or_default()
    }

    fn is(&self, other: &[u8]) -> bool {
        let mut rest = other;
        let is_next = |part: &&[u8]| match rest.strip_prefix(*part) {
            Some(left) => {
                rest = left;
                true
            }
            None => false,
        };
        self.as_slice().iter().all(is_next) && rest.is_empty()
    }
}

impl Sessions {
    /// Whether a request carries a session cookie, good or bad.
    pub(crate) fn is_presented(&self, headers: &HeaderMap) -> bool {
        !matches!(self.cookie.gather(headers), Gathered::Absent)
    }

    /// Judges a request's cookie. A refresh or a load is waited for on public routes, too: a
    /// signed-in user must not look like an anonymous caller.
    pub(crate) fn judge(self: &Arc<Self>, headers: &HeaderMap, now: i64) -> Judged {
        let parts = match self.cookie.gather(headers) {
            Gathered::Absent => return Judged::Absent,
            Gathered::Broken => return Judged::Refused(SessionError::Unreadable),
            Gathered::Whole(parts) => parts,
        };
        match &self.store {
            None => self.judge_sealed(&parts, now),
            Some(store) => self.judge_stored(store, &parts),
        }
    }

    /// The same, waited for: `None` where there is no cookie.
    pub(crate) async fn current(
        self: &Arc<Self>,
        headers: &HeaderMap,
    ) -> Result<Option<Verified>, SessionError> {
        match self.judge(headers, self.now()) {
            Judged::Absent => Ok(None),
            Judged::Accepted(verified) => Ok(Some(verified)),
            Judged::Refused(error) => Err(error),
            Judged::Wait(wait) => wait.await.map(Some),
        }
    }

    /// What was found out about this text, if it still stands. `None` is not counted as a miss yet: there may be another look.
    pub(super) fn known<R>(
        &self,
        text: impl Text,
        now: i64,
        found: impl FnOnce(&Known) -> R,
    ) -> Option<R> {
        let cache = self.cache.as_ref()?;
        let stands = cache.look(text, |known| {
            let stands = known.epoch == known.held.live.epoch() && now < known.until;
            stands.then(|| found(known))
        });
        match &stands {
            Some(Some(_)) => self.metrics.cache_hit(),
            Some(None) => cache.remove(text),
            None => {}
        }
        stands.flatten()
    }

    /// Keeps a verdict that was reached at this epoch. It stands until something changes or falls due.
    pub(super) fn keep(
        &self,
        text: &str,
        verified: &Verified,
        held: &Arc<Held>,
        epoch: Option<u64>,
    ) {
        let (Some(cache), Some(epoch)) = (&self.cache, epoch) else {
            return;
        };
        let known = Known {
            verified: verified.clone(),
            held: Arc::clone(held),
            epoch,
            until: self.limits.fresh_until(&held.record),
        };
        let weight = verified.weight() + held.record.weight();
        cache.insert(text.as_bytes(), known, weight);
    }

    /// The caller of a session. `None` where the claims are not what they should be: of another issuer, after a change of
    /// settings.
    pub(super) fn verified(&self, attached: Attached) -> Option<Verified> {
        let held = Arc::clone(&attached.held);
        let record = &held.record;
        Verified::of_session(
            record.claims.to_string(),
            record.scopes.split(' ').filter(|scope| !scope.is_empty()),
            &self.client_id,
            &self.policy,
            told_end(record),
            Some(Arc::new(attached)),
        )
    }
}
