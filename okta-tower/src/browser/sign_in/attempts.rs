//! The attempts of one browser: a sealed cookie each, used once, at most five.
//!
//! Sign-ins in several tabs at once must all succeed. Abandoned attempts would add up until a
//! server rejects the browser's requests for their size. So a sixth attempt removes the oldest, and
//! long attempts make room sooner.

use http::{HeaderMap, HeaderValue};

use super::{
    attempt::{Attempt, KEPT},
    state::State,
};
use crate::browser::{
    cookies::{self, CookieWriter, SameSite},
    seal::{Purpose, SealKeys},
};

/// The number of attempts per browser.
const MAX_ATTEMPTS: usize = 5;

/// The bytes that attempt cookies may take in a request. Servers accept 16 KiB in all, some only
/// 8 KiB in one field. A usual attempt takes a few hundred bytes.
const MAX_BYTES: usize = 6 * 1024;

/// The number of cookies that one response removes: its head must stay small, too.
const MAX_REMOVED: usize = 32;

/// Keeps attempts in cookies.
#[derive(Debug)]
pub(super) struct Attempts {
    keys: SealKeys,
    writer: CookieWriter,
    /// The start of each cookie's name, without the prefix.
    base: Box<str>,
    same_site: SameSite,
}

/// The state of an attempt in the browser.
#[derive(Debug)]
pub(super) enum Taken {
    /// The attempt is valid.
    Live(Attempt),
    /// The attempt took too long. Its options still count.
    Expired(Attempt),
    /// There is no usable cookie: another browser started the attempt, or this browser dropped or
    /// used the cookie.
    Missing,
}

impl Attempts {
    /// `cookie_name` is that of the session cookie. It contains no hyphen.
    pub(super) fn new(
        keys: SealKeys,
        writer: CookieWriter,
        cookie_name: &str,
        same_site: SameSite,
    ) -> Self {
        Self {
            keys,
            writer,
            base: format!("{cookie_name}-attempt-").into(),
            same_site,
        }
    }

    fn cookie(&self, state: &State) -> String {
        format!("{}{}", self.base, state.name())
    }

    /// Returns the cookies that keep one more attempt and remove outdated and excess ones. The
    /// attempt that this one `replaces` is already taken: it neither counts nor is removed.
    pub(super) fn keep(
        &self,
        state: &State,
        attempt: &Attempt,
        replaces: Option<&State>,
        headers: &HeaderMap,
    ) -> Vec<HeaderValue> {
        let taken = replaces.map(|taken| self.writer.name(&self.cookie(taken)));
        let others = (self.all(headers)).filter(|(name, _)| taken.as_deref() != Some(*name));
        let base = self.cookie(state);
        let (name, json) = (self.writer.name(&base), attempt.to_json());
        let sealed = self.keys.seal(Purpose::Attempt, &name, &json);

        let mut live: Vec<(i64, &str, usize)> = Vec::new();
        let mut removed: Vec<&str> = Vec::new();
        for (name, value) in others.take(MAX_REMOVED + MAX_ATTEMPTS) {
            let kept = self.open(name, value);
            match kept.filter(|kept| !kept.is_outdated(attempt.started_at)) {
                Some(kept) => live.push((kept.started_at, name, name.len() + value.len())),
                None => removed.push(name),
            }
        }
        // Keep the four newest, as far as the bytes allow.
        live.sort_by_key(|(started_at, ..)| std::cmp::Reverse(*started_at));
        let mut total = base.len() + sealed.len();
        for (place, (_, name, bytes)) in live.into_iter().enumerate() {
            total += bytes;
            if place >= MAX_ATTEMPTS - 1 || total > MAX_BYTES {
                removed.push(name);
            }
        }
        removed.truncate(MAX_REMOVED);

        let mut cookies = vec![self.writer.set(&base, &sealed, KEPT, self.same_site)];
        let bare = |name: &str| name.strip_prefix(&self.writer.name("")).map(str::to_owned);
        let bases = removed.into_iter().filter_map(bare);
        cookies.extend(bases.map(|base| self.writer.remove(&base, self.same_site)));
        cookies
    }

    /// Takes the attempt of a callback. Also returns the cookie that removes it: each attempt is
    /// used once.
    pub(super) fn take(
        &self,
        state: &State,
        headers: &HeaderMap,
        now: i64,
    ) -> (Taken, Option<HeaderValue>) {
        let base = self.cookie(state);
        let name = self.writer.name(&base);
        let mut values = self.all(headers).filter(|(found, _)| *found == name);
        let Some((_, value)) = values.next() else {
            return (Taken::Missing, None);
        };
        let removal = Some(self.writer.remove(&base, self.same_site));
        // On plain http another application on this host can set a cookie of this name. Trust
        // neither then.
        if values.any(|(_, other)| other != value) {
            return (Taken::Missing, removal);
        }
        let taken = match self.open(&name, value) {
            Some(attempt) if attempt.is_expired(now) => Taken::Expired(attempt),
            Some(attempt) => Taken::Live(attempt),
            None => Taken::Missing,
        };
        (taken, removal)
    }

    /// Returns the names and values of all attempt cookies.
    fn all<'h>(
        &self,
        headers: &'h HeaderMap,
    ) -> impl Iterator<Item = (&'h str, &'h str)> + use<'h> {
        let start = self.writer.name(&self.base);
        cookies::read(headers).filter_map(move |(name, value)| {
            let name = str::from_utf8(name).ok()?;
            let id = name.strip_prefix(&*start)?.as_bytes();
            let is_base64url = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
            // 16 bytes as base64url.
            let is_id = id.len() == 22 && id.iter().all(is_base64url);
            // A value that is not text does not open, and neither does an empty one.
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
