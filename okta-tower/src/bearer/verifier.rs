//! From a token's text to its caller: the cache, the current keys, and the one wait for a key that
//! may just have been published.

#[cfg(test)]
mod interleavings;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use arc_swap::Guard;

use crate::{
    auth::source::{Completions, Identified, Outcome},
    base::{
        cache::{Cache, CacheUsage},
        clock::Clock,
        telemetry::Metrics,
    },
    bearer::token::{self, CheckError, Policy, VerifiedToken, Window},
    claims::Verified,
    error::{AuthError, KeysUnavailable, TokenError, TokenErrorKind},
    keys::{KeyWait, Keys, Snapshot, jwk::PreparedKey},
};

/// Verifies tokens of one issuer.
#[derive(Debug)]
pub(crate) struct Verifier {
    keys: Keys,
    policy: Policy,
    /// `None` if the configured size holds no token at all.
    cache: Option<Cache<CachedToken>>,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
}

/// A verified token and everything that its acceptance rests on.
struct CachedToken {
    caller: Verified,
    key: Arc<PreparedKey>,
    window: Window,
}

impl CachedToken {
    fn of(accepted: &VerifiedToken<'_>) -> Self {
        Self {
            caller: accepted.verified.clone(),
            key: Arc::clone(accepted.key),
            window: accepted.window,
        }
    }
}

/// The keys and the wall clock's Unix seconds, if there are keys that may be trusted now.
type CurrentKeys = Result<(Guard<Arc<Snapshot>>, i64), KeysUnavailable>;

/// Why a token is not accepted at this moment.
enum Failure {
    Refused(AuthError),
    /// A key published since may verify it.
    UnknownKey(String),
}

impl<E: Into<AuthError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
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

    pub(crate) fn keys(&self) -> &Keys {
        &self.keys
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.policy
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Returns how much the cache of verified tokens holds.
    pub(crate) fn cache_usage(&self) -> CacheUsage {
        CacheUsage::of(self.cache.as_ref())
    }

    /// Checks a token without waiting. If a key published just now may verify it, the result is a
    /// wait for that key, bounded in time; on a `public` route it is a rejection.
    pub(crate) fn check(self: &Arc<Self>, token: &[u8], public: bool) -> Identified {
        let kid = match self.check_now(token) {
            Ok(caller) => return Identified::Caller(caller),
            Err(Failure::Refused(error)) => return Identified::Refused(error),
            Err(Failure::UnknownKey(kid)) => kid,
        };
        let asked_at = self.clock.uptime();
        let wait = if public { None } else { self.request_key(&kid) };
        let Some(wait) = wait else {
            return Identified::Refused(self.keys.unknown(&kid, asked_at));
        };
        let (verifier, token) = (Arc::clone(self), token.to_owned());
        Identified::Pending(Box::pin(async move {
            wait.await;
            Outcome {
                caller: verifier.check_after_wait(&token, asked_at),
                out: Completions::new(),
            }
        }))
    }

    /// Checks a token, and waits for its key if need be: at most the configured time.
    pub(crate) async fn verify(&self, token: &[u8]) -> Result<Verified, AuthError> {
        let kid = match self.check_now(token) {
            Ok(caller) => return Ok(caller),
            Err(Failure::Refused(error)) => return Err(error),
            Err(Failure::UnknownKey(kid)) => kid,
        };
        let asked_at = self.clock.uptime();
        let Some(wait) = self.request_key(&kid) else {
            return Err(self.keys.unknown(&kid, asked_at));
        };
        wait.await;
        self.check_after_wait(token, asked_at)
    }

    /// Returns the keys that may be trusted now, and the time.
    pub(crate) fn current_keys(&self) -> CurrentKeys {
        let (uptime, now) = (self.clock.uptime(), self.clock.unix_seconds());
        let snapshot = self.keys.snapshot();
        snapshot.check(uptime, now, || self.keys.wake_up())?;
        Ok((snapshot, now))
    }

    /// Asks for a key that is not known. `None`: it is not worth waiting for.
    pub(crate) fn request_key(&self, kid: &str) -> Option<KeyWait> {
        let wait = self.keys.request(kid)?;
        self.metrics.waited();
        Some(wait)
    }

    fn check_now(&self, token: &[u8]) -> Result<Verified, Failure> {
        let current = self.current_keys();
        if let Ok((snapshot, now)) = &current
            && let Some(caller) = self.cached(token, snapshot, *now)
        {
            return Ok(caller);
        }
        self.check_uncached(token, current)
    }

    fn check_uncached(&self, token: &[u8], current: CurrentKeys) -> Result<Verified, Failure> {
        // Reject malformed tokens first: no key can make them valid.
        let parts = token::split(token, &self.policy);
        let parts = parts.map_err(|error| self.policy.refusal(error))?;
        let (snapshot, now) = current?;
        let verified = token::verify(parts, &snapshot.keys, &self.policy, now);
        match &verified {
            // Not a token: not counted as a miss.
            Err(CheckError::Token(error)) if !error.kind().is_beyond_form() => {}
            _ => self.metrics.cache_miss(),
        }
        match verified {
            Ok(accepted) => {
                if let Some(cache) = &self.cache {
                    let weight = accepted.verified.weight();
                    cache.insert(token, CachedToken::of(&accepted), weight);
                }
                Ok(accepted.verified)
            }
            Err(CheckError::UnknownKey(kid))
                if !self.keys.is_missing(&kid, self.clock.uptime()) =>
            {
                Err(Failure::UnknownKey(kid))
            }
            Err(CheckError::UnknownKey(_)) => {
                Err(TokenError::from(TokenErrorKind::UnknownKey).into())
            }
            Err(CheckError::Token(error)) => Err(self.policy.refusal(error).into()),
        }
    }

    fn check_after_wait(&self, token: &[u8], asked_at: Duration) -> Result<Verified, AuthError> {
        self.check_now(token).map_err(|failure| match failure {
            Failure::Refused(error) => error,
            Failure::UnknownKey(kid) => self.keys.unknown(&kid, asked_at),
        })
    }

    /// Returns the caller of a cached token that the uncached path would accept too: the moment is
    /// within its window, and the very key that signed it is still in the set. Removes an entry of
    /// which that is no longer true.
    fn cached(&self, token: &[u8], snapshot: &Snapshot, now: i64) -> Option<Verified> {
        let cache = self.cache.as_ref()?;
        let found = cache.get(token, |entry| {
            let stands = entry.window.check(now).is_ok() && snapshot.keys.holds(&entry.key);
            stands.then(|| entry.caller.clone())
        })?;
        match found {
            Some(_) => self.metrics.cache_hit(),
            None => cache.remove(token),
        }
        found
    }
}
