//! The attempts that a browser keeps for us: one sealed cookie each, taken once, at most five.
//!
//! Several tabs may sign in at once, and all must succeed. Attempts that were given up would pile up, until a server refuses the
//! browser's requests for their size: so a sixth one drops the oldest, and long ones make room sooner.

use http::{HeaderMap, HeaderValue};

use super::{
    attempt::{Attempt, LIFETIME},
    state::State,
};
use crate::browser::{
    cookies::{self, Jar, SameSite},
    seal::{Purpose, SealKeys},
};

/// How many attempts a browser may have under way.
const MAX_ATTEMPTS: usize = 5;

/// How many bytes their cookies may take in a request. Servers accept 16 KiB in all, some of them half of that in one field.
/// Usual ones take a few hundred bytes each.
const MAX_BYTES: usize = 6 * 1024;

/// How many cookies are removed at once, at most: an answer's head must stay small, too.
const MAX_REMOVED: usize = 32;

/// How attempts are kept.
#[derive(Debug)]
pub(super) struct Attempts {
    keys: SealKeys,
    jar: Jar,
    /// What all their cookies' names begin with, without prefix.
    base: Box<str>,
    same_site: SameSite,
}

/// What the browser had of an attempt.
#[derive(Debug)]
pub(super) enum Taken {
    /// The attempt itself.
    Live(Attempt),
    /// It took longer than it may.
    Over(Attempt),
    /// Nothing that could be used: this browser did not start it, has dropped it, or has used it already.
    Missing,
}

impl Attempts {
    /// `cookie_name` is the session cookie's, in which no hyphen may stand.
    pub(super) fn new(keys: SealKeys, jar: Jar, cookie_name: &str, same_site: SameSite) -> Self {
        Self {
            keys,
            jar,
            base: format!("{cookie_name}-attempt-").into(),
            same_site,
        }
    }

    fn cookie(&self, state: &State) -> String {
        format!("{}{}", self.base, state.name())
    }

    /// The cookies that keep one more attempt, and remove those that are over or too many. The one that it is `in_place_of` has been
    /// taken, and is neither.
    pub(super) fn keep(
        &self,
        state: &State,
        attempt: &Attempt,
        in_place_of: Option<&State>,
        headers: &HeaderMap,
    ) -> Vec<HeaderValue> {
        let taken = in_place_of.map(|taken| self.jar.name(&self.cookie(taken)));
        let others = (self.all(headers)).filter(|(name, _)| taken.as_deref() != Some(*name));
        let base = self.cookie(state);
        let sealed = self
            .keys
            .seal(Purpose::Attempt, &self.jar.name(&base), &attempt.to_json());

        let mut live: Vec<(i64, &str, usize)> = Vec::new();
        let mut removed: Vec<&str> = Vec::new();
        for (name, value) in others.take(MAX_REMOVED + MAX_ATTEMPTS) {
            match self
                .open(name, value)
                .filter(|kept| !kept.is_over(attempt.started_at))
            {
                Some(kept) => live.push((kept.started_at, name, name.len() + value.len())),
                None => removed.push(name),
            }
        }
        // The newest first; all but four of them make room, and those for which there is none.
        live.sort_by_key(|(started_at, ..)| std::cmp::Reverse(*started_at));
        let mut total = base.len() + sealed.len();
        for (place, (_, name, bytes)) in live.into_iter().enumerate() {
            total += bytes;
            if place >= MAX_ATTEMPTS - 1 || total > MAX_BYTES {
                removed.push(name);
            }
        }
        removed.truncate(MAX_REMOVED);

        let mut cookies = vec![self.jar.set(&base, &sealed, LIFETIME, self.same_site)];
        let bare = |name: &str| name.strip_prefix(&self.jar.name("")).map(str::to_owned);
        let bases = removed.into_iter().filter_map(bare);
        cookies.extend(bases.map(|base| self.jar.remove(&base, self.same_site)));
        cookies
    }

    /// The attempt of a callback, and the cookie that removes it: what was used once is never used again.
    pub(super) fn take(
        &self,
        state: &State,
        headers: &HeaderMap,
        now: i64,
    ) -> (Taken, Option<HeaderValue>) {
        let base = self.cookie(state);
        let name = self.jar.name(&base);
        let mut values = self.all(headers).filter(|(found, _)| *found == name);
        let Some((_, value)) = values.next() else {
            return (Taken::Missing, None);
        };
        let removal = Some(self.jar.remove(&base, self.same_site));
        // On plain http another application on this host can set a cookie of the same name. Neither is trusted then.
        if values.any(|(_, other)| other != value) {
            return (Taken::Missing, removal);
        }
        let taken = match self.open(&name, value) {
            Some(attempt) if attempt.is_over(now) => Taken::Over(attempt),
            Some(attempt) => Taken::Live(attempt),
            None => Taken::Missing,
        };
        (taken, removal)
    }

    /// The cookies of attempts: whole names and values.
    fn all<'h>(
        &self,
        headers: &'h HeaderMap,
    ) -> impl Iterator<Item = (&'h str, &'h str)> + use<'h> {
        let start = self.jar.name(&self.base);
        cookies::read(headers).filter_map(move |(name, value)| {
            let name = str::from_utf8(name).ok()?;
            let id = name.strip_prefix(&*start)?.as_bytes();
            let is_base64url = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
            // 16 bytes.
            let is_id = id.len() == 22 && id.iter().all(is_base64url);
            // What is no text does not open, as little as an empty one.
            is_id.then(|| (name, str::from_utf8(value).unwrap_or_default()))
        })
    }

    fn open(&self, name: &str, value: &str) -> Option<Attempt> {
        let json = self.keys.open(Purpose::Attempt, name, value).ok()?;
        Attempt::from_json(&json)
    }
}

#[cfg(test)]
mod tests;
