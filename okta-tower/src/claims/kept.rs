//! A caller whom many threads let in at once.
//!
//! Clones of [`Verified`] are counted. Two threads that let the same caller in would write the same count over and over, and wait
//! for each other's core to give it up, which takes as long as all that a known token needs otherwise. So a caller whom
//! threads keep taking from each other has a lease for each of them: the same claims, counted apart.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicI64, AtomicU32, AtomicUsize, Ordering},
};

use super::{Verified, verified::LEASE_BYTES};
use crate::base::thread::{self, EACH, Each};

/// How often another thread must have taken the caller, of those times that are counted.
const TURNS: u32 = 64;

/// Of so many times one is counted: it is something to write, on a line that all threads read.
const ONE_OF: u32 = 16;

/// Within how many seconds.
const SOON: i64 = 2;

/// What the leases of one caller take at most, in bytes.
const BYTES: usize = EACH * (size_of::<OnceLock<Verified>>() + LEASE_BYTES);

/// A caller as caches keep one.
#[derive(Debug)]
pub(crate) struct Kept {
    verified: Verified,
    /// The thread that took it last, how often that was another one than before, and since when, in Unix seconds.
    last: AtomicUsize,
    turns: AtomicU32,
    since: AtomicI64,
    leases: OnceLock<Leases>,
}

/// They count among what the cache holds, as long as they are there.
#[derive(Debug)]
struct Leases {
    each: Each<Verified>,
    bytes: Arc<AtomicUsize>,
}

impl Kept {
    pub(crate) fn new(verified: Verified) -> Self {
        Self {
            verified,
            last: AtomicUsize::new(thread::number()),
            turns: AtomicU32::new(0),
            since: AtomicI64::new(i64::MIN),
            leases: OnceLock::new(),
        }
    }

    /// A look at the caller, who is not taken.
    #[cfg(feature = "sign-in")]
    pub(crate) fn peek(&self) -> &Verified {
        &self.verified
    }

    /// The caller, for one request at `now`, in Unix seconds. `bytes` is the books of the cache that keeps it.
    #[inline]
    pub(crate) fn take(&self, now: i64, bytes: &Arc<AtomicUsize>) -> Verified {
        match self.leases.get() {
            Some(leases) => leases.each.of_this(|| self.verified.lease()).clone(),
            None => {
                let thread = thread::number();
                if self.last.load(Ordering::Relaxed) != thread {
                    self.taken_over(thread, now, bytes);
                }
                self.verified.clone()
            }
        }
    }

    #[inline(never)]
    fn taken_over(&self, thread: usize, now: i64, bytes: &Arc<AtomicUsize>) {
        if !thread::once_in(ONE_OF) {
            return;
        }
        self.last.store(thread, Ordering::Relaxed);
        let turns = self.turns.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        if turns.is_multiple_of(TURNS) {
            let since = self.since.swap(now, Ordering::Relaxed);
            if now.saturating_sub(since) < SOON {
                self.leases.get_or_init(|| Leases::counted_in(bytes));
            }
        }
    }
}

impl Leases {
    fn counted_in(bytes: &Arc<AtomicUsize>) -> Self {
        bytes.fetch_add(BYTES, Ordering::Relaxed);
        Self {
            each: Each::new(),
            bytes: Arc::clone(bytes),
        }
    }
}

impl Drop for Leases {
    fn drop(&mut self) {
        self.bytes.fetch_sub(BYTES, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn ada() -> (Kept, Arc<AtomicUsize>) {
        let verified = Verified::for_test(r#"{"sub":"ada","groups":["a","b","c"]}"#);
        (Kept::new(verified), Arc::default())
    }

    /// Lets so many other threads take it, one after the other. What each does first is counted.
    fn pass_around(kept: &Kept, bytes: &Arc<AtomicUsize>, turns: u32, now: impl Fn(u32) -> i64) {
        for turn in 0..turns {
            let now = now(turn);
            thread::scope(|scope| {
                scope.spawn(move || kept.take(now, bytes));
            });
        }
    }

    #[test]
    fn who_is_taken_by_one_thread_alone_has_no_leases_and_who_is_passed_around_has() {
        let (kept, bytes) = ada();
        for _ in 0..100_000 {
            kept.take(0, &bytes);
        }
        assert!(kept.leases.get().is_none());
        pass_around(&kept, &bytes, 2 * TURNS - 1, |_| 0);
        assert!(kept.leases.get().is_none() && bytes.load(Ordering::Relaxed) == 0);
        pass_around(&kept, &bytes, 1, |_| 1);
        assert!(kept.leases.get().is_some());
    }

    #[test]
    fn who_is_passed_around_slowly_has_no_leases() {
        let (kept, bytes) = ada();
        pass_around(&kept, &bytes, 10 * TURNS, |turn| {
            i64::from(turn / TURNS) * SOON
        });
        assert!(kept.leases.get().is_none());
    }

    #[test]
    fn leases_are_in_the_books_as_long_as_they_are_there() {
        let (kept, bytes) = ada();
        bytes.store(5, Ordering::Relaxed);
        pass_around(&kept, &bytes, 2 * TURNS, |_| 0);
        let taken = kept.take(0, &bytes);
        assert_eq!(bytes.load(Ordering::Relaxed), 5 + BYTES);
        drop(kept);
        assert_eq!(bytes.load(Ordering::Relaxed), 5);
        assert_eq!(taken.subject(), "ada");
    }

    #[test]
    fn a_lease_says_what_the_caller_says_and_outlives_the_cache() {
        let (kept, bytes) = ada();
        pass_around(&kept, &bytes, 2 * TURNS, |_| 0);
        let (taken, before) = (kept.take(0, &bytes), kept.verified.clone());
        assert!(!taken.is_counted_with(&before));
        drop(kept);
        assert_eq!(taken.subject(), before.subject());
        assert_eq!(taken.raw_json(), before.raw_json());
        assert!(taken.groups().contains("b") && !taken.groups().contains("d"));
        // What is read once is read for both.
        let claim = |verified: &Verified| verified.claim("sub").map(std::ptr::from_ref);
        assert_eq!(claim(&taken), claim(&before));
    }
}
