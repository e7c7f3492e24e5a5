//! A token's text to a verdict: the cache, the keys as they are now, and what to do about a key nobody knows.
//!
//! [`judge`](Verifier::judge) is synchronous and never waits. [`verify`](Verifier::verify) is the same with the one
//! wait that there is.

mod cache;
#[cfg(feature = "sign-in")]
mod id_token;

#[cfg(test)]
mod cache_tests;

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use arc_swap::{ArcSwapOption, Guard};

use self::cache::{Cache, Entry};
use crate::{
    claims::Verified,
    clock::Clock,
    error::{AuthError, KeysUnavailable, TokenError, TokenErrorKind},
    keys::{KeyWait, Keys, Snapshot},
    telemetry::Metrics,
    token::{self, KnownHeader, Policy, Refused},
};

/// Judges tokens for one issuer and policy.
#[derive(Debug)]
pub(crate) struct Verifier {
    keys: Keys,
    policy: Policy,
    cache: Option<Cache>,
    /// That of the last accepted token which had another one than those before.
    header: ArcSwapOption<Memo>,
    /// That of the last token which named a key that the issuer has said it has not.
    absent: ArcSwapOption<Memo>,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
}

/// A header that need not be read again.
#[derive(Debug)]
struct Memo {
    header: KnownHeader,
    /// Where the issuer has said that it has no such key: which edition of the keys was without it, and until when that is
    /// believed, as uptime.
    absent: Option<(u64, Duration)>,
}

impl Memo {
    fn of(token: &[u8], absent: Option<(u64, Duration)>) -> Option<Arc<Self>> {
        let header = KnownHeader::of(token)?;
        Some(Arc::new(Self { header, absent }))
    }

    /// Whether there is still no such key.
    fn is_absent(&self, edition: u64, uptime: Duration) -> bool {
        (self.absent).is_some_and(|(as_of, until)| as_of == edition && uptime < until)
    }
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
            header: ArcSwapOption::empty(),
            absent: ArcSwapOption::empty(),
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

    /// Judges a token by the keys of this moment. Of bytes that turn out to be a token, nothing need be known before.
    // Inlined, as is what it asks first: a token that is known goes from the cache to the request in registers.
    #[inline]
    pub(crate) fn judge(&self, token: &[u8], patience: Patience) -> Judgement {
        let (uptime, now) = (self.clock.uptime(), self.clock.unix_seconds());
        let edition = self.keys.edition(uptime, now);
        if let Some(edition) = edition
            && let Some(verified) = self.cached(token, edition, now)
        {
            return Judgement::Accepted(verified);
        }
        self.judge_at_length(token, patience, uptime, now, edition.is_some())
    }

    /// The same of a token that is not known, or by keys that there is something to say about.
    #[inline(never)]
    fn judge_at_length(
        &self,
        token: &[u8],
        patience: Patience,
        uptime: Duration,
        now: i64,
        was_looked_up: bool,
    ) -> Judgement {
        let snapshot = match self.checked(uptime, now) {
            Ok(snapshot) => snapshot,
            Err(unavailable) => return Judgement::Refused(unavailable.into()),
        };
        if !was_looked_up && let Some(verified) = self.cached(token, snapshot.edition, now) {
            return Judgement::Accepted(verified);
        }
        let memo = self.memo(token);
        let memo = memo.as_ref().and_then(|memo| memo.as_deref());
        let known = memo.map(|memo| &memo.header);
        let verdict = token::verify(token, known, &snapshot.keys, &self.policy, now);
        match &verdict {
            // What has not the form of a token was not looked up as one.
            Err(Refused::Token(error)) if !error.kind().is_beyond_form() => {}
            _ => self.metrics.cache_miss(),
        }
        match verdict {
            Ok(accepted) => {
                if known.is_none() {
                    self.header.store(Memo::of(token, None));
                }
                if let Some(cache) = &self.cache {
                    cache.insert(token, &accepted, snapshot.edition);
                }
                Judgement::Accepted(accepted.verified)
            }
            Err(Refused::Token(error)) => Judgement::Refused(error.into()),
            Err(Refused::UnknownKey(_))
                if memo.is_some_and(|memo| memo.is_absent(snapshot.edition, uptime))
                    // Else it may have arrived since the request looked.
                    && self.keys.are_of(snapshot.edition) =>
            {
                Judgement::Refused(TokenError::from(TokenErrorKind::UnknownKey).into())
            }
            Err(Refused::UnknownKey(kid)) => {
                if let Some(until) = self.keys.absent_until(&kid, uptime) {
                    let absent = Some((snapshot.edition, until));
                    self.absent.store(Memo::of(token, absent));
                    if memo.is_some_and(|memo| memo.absent.is_none()) {
                        // That of a key that was withdrawn: nobody is let in with it any more.
                        self.header.store(None);
                    }
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

    /// What this token's header says, if it is one of the two that were read before.
    fn memo(&self, token: &[u8]) -> Option<Guard<Option<Arc<Memo>>>> {
        for memo in [&self.header, &self.absent] {
            let memo = memo.load();
            if (memo.as_ref()).is_some_and(|memo| memo.header.is_of(token)) {
                return Some(memo);
            }
        }
        None
    }

    /// The keys and the wall clock's Unix seconds, if there are keys that may be judged by.
    #[cfg(feature = "sign-in")]
    fn present(&self) -> Result<(Guard<Arc<Snapshot>>, i64), KeysUnavailable> {
        let (uptime, now) = (self.clock.uptime(), self.clock.unix_seconds());
        Ok((self.checked(uptime, now)?, now))
    }

    /// The keys, if they may be judged by at this moment.
    fn checked(&self, uptime: Duration, now: i64) -> Result<Guard<Arc<Snapshot>>, KeysUnavailable> {
        let snapshot = self.keys.snapshot();
        snapshot.check(uptime, now, || self.keys.wake_up())?;
        Ok(snapshot)
    }

    /// The claims of a token that was verified before, if the cold path would accept it at this moment too: its time is
    /// not up, and the very key that signed it is still in the set, of which this is the edition.
    fn cached(&self, token: &[u8], edition: u64, now: i64) -> Option<Verified> {
        let cache = self.cache.as_ref()?;
        let stands = cache.look(token, |entry| {
            let stands = entry.window.check(now).is_ok() && self.holds_key_of(entry, edition);
            stands.then(|| entry.verified.clone())
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
