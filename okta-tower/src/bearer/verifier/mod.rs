//! A token's text to a verdict: the cache, the keys as they are now, and what to do about a key nobody knows.
//!
//! [`judge`](Verifier::judge) is synchronous and never waits. [`verify`](Verifier::verify) is the same with the one
//! wait that there is.

mod cache;
mod memos;

#[cfg(test)]
mod cache_tests;

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use arc_swap::Guard;

use self::{
    cache::{Cache, Entry},
    memos::Memos,
};
use crate::{
    base::{clock::Clock, telemetry::Metrics},
    bearer::token::{self, Policy, Refused},
    claims::Verified,
    error::{AuthError, KeysUnavailable, TokenError, TokenErrorKind},
    keys::{KeyWait, Keys, Snapshot},
};

/// Judges tokens for one issuer and policy.
#[derive(Debug)]
pub(crate) struct Verifier {
    pub(crate) keys: Keys,
    pub(crate) policy: Policy,
    cache: Option<Cache>,
    memos: Memos,
    clock: Arc<dyn Clock>,
    pub(crate) metrics: Arc<Metrics>,
}

/// What can be said of a token at once.
pub(crate) enum Judgement {
    Accepted(Verified),
    Refused(AuthError),
    /// Its key may be about to arrive: wait, then judge again.
    Wait(KeyWait),
}

/// Whether a token may still be waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// This is the first look.
    MayWait,
    /// It has waited, or must not: what is unknown now is refused.
    Now,
}

impl Verifier {
    pub(crate) fn new(
        keys: Keys,
        policy: Policy,
        cache_bytes: usize,
        clock: Arc<dyn Clock>,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self {
            keys,
            policy,
            cache: Cache::new(cache_bytes),
            memos: Memos::default(),
            clock,
            metrics,
        }
    }

    /// What tokens' times are judged by.
    pub(crate) fn clock_and_leeway(&self) -> (Arc<dyn Clock>, Duration) {
        (Arc::clone(&self.clock), self.policy.leeway)
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.keys
    }

    #[cfg(feature = "sign-in")]
    pub(crate) fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Judges a token by the keys of this moment. Of bytes that turn out to be a token, nothing need be known before.
    // Inlined, as is what it asks first: a token that is known goes from the cache to the request in registers.
    #[inline]
    pub(crate) fn judge(&self, token: &[u8], patience: Patience) -> Judgement {
        match self.cached(token) {
            Some(Some(verified)) => Judgement::Accepted(verified),
            found => self.judge_at_length(token, patience, found.is_some()),
        }
    }

    /// The same of a token that is not known, or by keys that there is something to say about.
    #[inline(never)]
    fn judge_at_length(&self, token: &[u8], patience: Patience, is_in_cache: bool) -> Judgement {
        // What has not the form of a token will not have it by other keys, and need not wait for any.
        let parts = match token::split(token, &self.policy) {
            Ok(parts) => parts,
            Err(error) => return Judgement::Refused(error.into()),
        };
        let (uptime, now) = self.times();
        let snapshot = match self.checked(uptime, now) {
            Ok(snapshot) => snapshot,
            Err(unavailable) => return Judgement::Refused(unavailable.into()),
        };
        if is_in_cache && let Some(verified) = self.cached_by(token, &snapshot, now) {
            return Judgement::Accepted(verified);
        }
        let memos = self.memos.load();
        let known = memos.find(&parts);
        let verdict = token::verify(&parts, known, &snapshot.keys, &self.policy, now);
        match &verdict {
            // What turns out to be no token was not looked up as one: it does not count.
            Err(Refused::Token(error)) if !error.kind().is_beyond_form() => {}
            _ => self.metrics.cache_miss(),
        }
        match verdict {
            Ok(accepted) => {
                if known.is_none() {
                    self.memos.accepted(&parts);
                }
                if let Some(cache) = &self.cache {
                    cache.insert(token, &accepted, snapshot.edition);
                }
                Judgement::Accepted(accepted.verified)
            }
            Err(Refused::Token(error)) => Judgement::Refused(error.into()),
            Err(Refused::UnknownKey(_))
                if known.is_some_and(|it| memos.says_absent(it, snapshot.edition, uptime))
                    // Else it may have arrived since the request looked.
                    && self.keys.are_of(snapshot.edition) =>
            {
                Judgement::Refused(TokenError::from(TokenErrorKind::UnknownKey).into())
            }
            Err(Refused::UnknownKey(kid)) => {
                if let Some(until) = self.keys.absent_until(&kid, uptime) {
                    self.memos.absent(&parts, snapshot.edition, until);
                    return Judgement::Refused(TokenError::from(TokenErrorKind::UnknownKey).into());
                }
                let wait = match patience {
                    Patience::MayWait => self.keys.want(&kid),
                    Patience::Now => None,
                };
                match wait {
                    Some(wait) => {
                        self.metrics.waited();
                        Judgement::Wait(wait)
                    }
                    None => Judgement::Refused(self.keys.unknown(&kid)),
                }
            }
        }
    }

    /// The uptime, and the wall clock's Unix seconds.
    fn times(&self) -> (Duration, i64) {
        (self.clock.uptime(), self.clock.unix_seconds())
    }

    /// The keys and the wall clock's Unix seconds, if there are keys that may be judged by.
    #[cfg(feature = "sign-in")]
    pub(crate) fn present(&self) -> Result<(Guard<Arc<Snapshot>>, i64), KeysUnavailable> {
        let (uptime, now) = self.times();
        Ok((self.checked(uptime, now)?, now))
    }

    /// The keys, if they may be judged by at this moment.
    fn checked(&self, uptime: Duration, now: i64) -> Result<Guard<Arc<Snapshot>>, KeysUnavailable> {
        let snapshot = self.keys.snapshot();
        snapshot.check(uptime, now, || self.keys.wake_up())?;
        Ok(snapshot)
    }

    /// The claims of a token that was verified before, if the cold path would accept it at this moment too: its time is
    /// not up, and the very key that signed it is still in the set, which is still trusted. `Some(None)` where that is not so,
    /// or the snapshot itself has to be asked.
    // The clocks are read for tokens that are there: for all others there is time when they have turned out to be tokens.
    fn cached(&self, token: &[u8]) -> Option<Option<Verified>> {
        let cache = self.cache.as_ref()?;
        let stands = cache.look(token, |entry| {
            let (uptime, now) = self.times();
            let edition = self.keys.edition(uptime, now)?;
            let stands = entry.window.check(now).is_ok() && self.holds_key_of(entry, edition);
            stands.then(|| cache.take(entry, now))
        })?;
        if stands.is_some() {
            self.metrics.cache_hit();
        }
        Some(stands)
    }

    /// The same by a snapshot that was asked. What does not stand is removed.
    fn cached_by(&self, token: &[u8], snapshot: &Snapshot, now: i64) -> Option<Verified> {
        let cache = self.cache.as_ref()?;
        let stands = cache.look(token, |entry| {
            let stands = entry.window.check(now).is_ok() && snapshot.keys.holds(&entry.key);
            stands.then(|| cache.take(entry, now))
        })?;
        match stands {
            Some(_) => self.metrics.cache_hit(),
            None => cache.remove(token),
        }
        stands
    }

    /// Whether the key is in the set. It is looked for once in each edition.
    fn holds_key_of(&self, entry: &Entry, edition: u64) -> bool {
        if entry.edition.load(Ordering::Relaxed) == edition {
            return true;
        }
        let snapshot = self.keys.snapshot();
        let is_held = snapshot.keys.holds(&entry.key);
        if is_held {
            entry.edition.store(snapshot.edition, Ordering::Relaxed);
        }
        is_held
    }

    /// Judges a token, waiting for its key if need be: at most the configured time.
    pub(crate) async fn verify(&self, token: &str) -> Result<Verified, AuthError> {
        let wait = match self.judge(token.as_bytes(), Patience::MayWait) {
            Judgement::Accepted(verified) => return Ok(verified),
            Judgement::Refused(error) => return Err(error),
            Judgement::Wait(wait) => wait,
        };
        wait.await;
        match self.judge(token.as_bytes(), Patience::Now) {
            Judgement::Accepted(verified) => Ok(verified),
            Judgement::Refused(error) => Err(error),
            // Not asked for, so not answered.
            Judgement::Wait(_) => Err(TokenError::from(TokenErrorKind::UnknownKey).into()),
        }
    }
}
