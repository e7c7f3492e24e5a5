//! A token's text to a verdict: the cache, the keys as they are now, and what to do about a key nobody knows.
//!
//! [`judge`](Verifier::judge) is synchronous and never waits. [`verify`](Verifier::verify) is the same with the one
//! wait that there is.

mod cache;

#[cfg(test)]
mod cache_tests;

use std::{sync::Arc, time::Duration};

use arc_swap::Guard;

use self::cache::Cache;
use crate::{
    base::{clock::Clock, telemetry::Metrics},
    bearer::token::{self, CheckError, Policy},
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

    /// Judges a token by the keys of this moment.
    pub(crate) fn judge(&self, token: &[u8], patience: Patience) -> Judgement {
        let (uptime, now) = self.times();
        let snapshot = self.checked(uptime, now);
        if let Ok(snapshot) = &snapshot
            && let Some(verified) = self.cached(token, snapshot, now)
        {
            return Judgement::Accepted(verified);
        }
        // Reject malformed tokens first: no key can make them valid.
        let parts = match token::split(token, &self.policy) {
            Ok(parts) => parts,
            Err(error) => return Judgement::Refused(error.into()),
        };
        let snapshot = match snapshot {
            Ok(snapshot) => snapshot,
            Err(unavailable) => return Judgement::Refused(unavailable.into()),
        };
        let verdict = token::verify(parts, &snapshot.keys, &self.policy, now);
        match &verdict {
            // What turns out to be no token was not looked up as one: it does not count.
            Err(CheckError::Token(error)) if !error.kind().is_beyond_form() => {}
            _ => self.metrics.cache_miss(),
        }
        match verdict {
            Ok(accepted) => {
                if let Some(cache) = &self.cache {
                    cache.insert(token, &accepted);
                }
                Judgement::Accepted(accepted.verified)
            }
            Err(CheckError::Token(error)) => Judgement::Refused(error.into()),
            Err(CheckError::UnknownKey(kid)) => {
                if self.keys.is_missing(&kid, uptime) {
                    return Judgement::Refused(TokenError::from(TokenErrorKind::UnknownKey).into());
                }
                let wait = match patience {
                    Patience::MayWait => self.keys.request(&kid),
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

    /// Returns the claims of a cached token that the uncached path would accept too: the moment is within its window, and the
    /// very key that signed it is still in the set. Removes an entry that no longer stands.
    fn cached(&self, token: &[u8], snapshot: &Snapshot, now: i64) -> Option<Verified> {
        let cache = self.cache.as_ref()?;
        let stands = cache.look(token, |entry| {
            let stands = entry.window.check(now).is_ok() && snapshot.keys.holds(&entry.key);
            stands.then(|| entry.verified.clone())
        })?;
        match stands {
            Some(_) => self.metrics.cache_hit(),
            None => cache.remove(token),
        }
        stands
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
