//! A caller whom many threads let in at once.
//!
//! Clones of [`Verified`] are counted. Two threads that let the same caller in would write the same count over and over, and wait
//! for each other's core to give it up, which takes as long as all that a known token needs otherwise. So a caller whom
//! threads keep taking from each other has a lease for each of them: the same claims, counted apart.

use std::sync::{
    OnceLock,
    atomic::{AtomicU32, AtomicUsize, Ordering},
};

use super::Verified;
use crate::thread;

/// How often another thread must have taken the caller, before there are leases.
const TURNS: u32 = 1024;

/// How many leases one caller has. Threads beyond share them.
const LEASES: usize = 16;

/// How many callers of this process have leases at once. With as many threads, all of their leases take two mebibytes, which no
/// cache counts.
const MOST: usize = 256;

/// How many have.
static LEASED: AtomicUsize = AtomicUsize::new(0);

/// A caller as caches keep one.
#[derive(Debug)]
pub(crate) struct Kept {
    verified: Verified,
    /// The thread that took it last, and how often that was another one than before. Not written any more after so many.
    last: AtomicUsize,
    turns: AtomicU32,
    leases: OnceLock<Leases>,
}

#[derive(Debug)]
struct Leases(Box<[OnceLock<Verified>; LEASES]>);

impl Kept {
    pub(crate) fn new(verified: Verified) -> Self {
        Self {
            verified,
            last: AtomicUsize::new(thread::number()),
            turns: AtomicU32::new(0),
            leases: OnceLock::new(),
        }
    }

    /// A look at the caller, who is not taken.
    #[cfg(feature = "sign-in")]
    pub(crate) fn peek(&self) -> &Verified {
        &self.verified
    }

    /// The caller, for one request.
    #[inline]
    pub(crate) fn take(&self) -> Verified {
        let thread = thread::number();
        match self.leases.get() {
            Some(Leases(leases)) => leases[thread % LEASES]
                .get_or_init(|| self.verified.lease())
                .clone(),
            None => {
                if self.last.load(Ordering::Relaxed) != thread {
                    self.taken_over(thread);
                }
                self.verified.clone()
            }
        }
    }

    #[inline(never)]
    fn taken_over(&self, thread: usize) {
        if self.turns.load(Ordering::Relaxed) >= TURNS {
            return;
        }
        self.last.store(thread, Ordering::Relaxed);
        if self.turns.fetch_add(1, Ordering::Relaxed) + 1 == TURNS
            && let Some(leases) = Leases::granted()
        {
            // One thread alone gets here.
            let _ = self.leases.set(leases);
        }
    }
}

impl Leases {
    /// Unless there are too many.
    fn granted() -> Option<Self> {
        let one_more = |leased| (leased < MOST).then_some(leased + 1);
        (LEASED.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more))
            .is_ok()
            .then(|| Self(Box::new(std::array::from_fn(|_| OnceLock::new()))))
    }
}

impl Drop for Leases {
    fn drop(&mut self) {
        LEASED.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn ada() -> Kept {
        Kept::new(Verified::for_test(
            r#"{"sub":"ada","groups":["a","b","c"]}"#,
        ))
    }

    /// Lets two threads take it in turns.
    fn in_turns(kept: &Kept, turns: u32) {
        for _ in 0..turns / 2 {
            thread::scope(|scope| {
                scope.spawn(|| kept.take());
            });
            kept.take();
        }
    }

    #[test]
    fn who_is_taken_by_one_thread_alone_has_no_leases_and_who_is_passed_around_has() {
        let kept = ada();
        for _ in 0..10 * TURNS {
            kept.take();
        }
        assert!(kept.leases.get().is_none());
        in_turns(&kept, TURNS - 2);
        assert!(kept.leases.get().is_none());
        in_turns(&kept, 2);
        assert!(kept.leases.get().is_some());
    }

    #[test]
    fn a_lease_says_what_the_caller_says_and_outlives_the_cache() {
        let kept = ada();
        in_turns(&kept, TURNS);
        let (taken, before) = (kept.take(), kept.verified.clone());
        assert!(!taken.is_counted_with(&before));
        drop(kept);
        assert_eq!(taken.subject(), before.subject());
        assert_eq!(taken.raw_json(), before.raw_json());
        assert!(taken.groups().contains("b") && !taken.groups().contains("d"));
        // What is read once is read for both.
        let claim = |verified: &Verified| verified.claim("sub").map(std::ptr::from_ref);
        assert_eq!(claim(&taken), claim(&before));
    }

    #[test]
    fn what_was_granted_is_given_back() {
        // Other tests of this process take some too, and give them back.
        let kept: Vec<Kept> = (0..2 * MOST).map(|_| ada()).collect();
        let granted = || kept.iter().filter_map(|_| Leases::granted());
        let all: Vec<Leases> = granted().collect();
        assert!(all.len() <= MOST && Leases::granted().is_none());
        drop(all);
        assert!(Leases::granted().is_some());
    }
}
