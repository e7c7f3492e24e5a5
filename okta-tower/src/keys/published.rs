//! The keys as requests find them: the snapshot, and beside it, in atomics, for how long it is trusted.
//!
//! Most requests come with a token that was verified before. All they ask is whether the keys are still those of that time,
//! and still trusted: two numbers that every core may hold a copy of, where a reference to the snapshot is something to write.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering, fence},
    },
    time::Duration,
};

use arc_swap::{ArcSwap, Guard};

use super::snapshot::{self, Snapshot, Trust};
use crate::keys::jwk::KeySet;

/// One writer at a time replaces the keys; readers never wait for it.
#[derive(Debug, Default)]
pub(super) struct Published {
    snapshot: ArcSwap<Snapshot>,
    /// Which edition of the keys this is. Odd while it is being replaced: what stands below is then of two editions.
    edition: AtomicU64,
    /// [`Trust`], in nanoseconds and seconds. All zero before there is any: trusted until the beginning of time.
    fetched_at: AtomicU64,
    fetched_at_wall: AtomicI64,
    until: AtomicU64,
    writing: Mutex<()>,
}

impl Published {
    /// The keys as they are now.
    pub(super) fn load(&self) -> Guard<Arc<Snapshot>> {
        self.snapshot.load()
    }

    /// Whether the keys are of this edition, and are not being replaced.
    pub(super) fn is_of(&self, edition: u64) -> bool {
        self.edition.load(Ordering::Acquire) == edition
    }

    /// Replaces the keys, and how long they are trusted.
    pub(super) fn store(&self, keys: KeySet, trust: Option<Trust>) {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let edition = self.edition.load(Ordering::Relaxed);
        self.edition
            .store(edition.wrapping_add(1), Ordering::Relaxed);
        // A reader that sees anything of what follows sees the odd number too.
        fence(Ordering::Release);
        let next = edition.wrapping_add(2);
        self.snapshot.store(Arc::new(Snapshot {
            keys,
            trust,
            edition: next,
        }));
        let (fetched_at, fetched_at_wall, until) = trust.map_or((0, 0, 0), |trust| {
            let Trust {
                fetched_at,
                fetched_at_wall,
                until,
            } = trust;
            (nanoseconds(fetched_at), fetched_at_wall, nanoseconds(until))
        });
        self.fetched_at.store(fetched_at, Ordering::Relaxed);
        self.fetched_at_wall
            .store(fetched_at_wall, Ordering::Relaxed);
        self.until.store(until, Ordering::Relaxed);
        self.edition.store(next, Ordering::Release);
    }

    /// The edition of the keys, where there is nothing to say against them at `uptime`, which by the wall clock is `now`.
    /// `None` where the snapshot itself has to be asked: that they are being replaced just now is one of the reasons.
    #[inline]
    pub(super) fn edition(&self, uptime: Duration, now: i64) -> Option<u64> {
        let edition = self.edition.load(Ordering::Acquire);
        let fetched_at = self.fetched_at.load(Ordering::Relaxed);
        let fetched_at_wall = self.fetched_at_wall.load(Ordering::Relaxed);
        let until = self.until.load(Ordering::Relaxed);
        fence(Ordering::Acquire);
        let is_whole = edition.is_multiple_of(2) && self.edition.load(Ordering::Relaxed) == edition;
        // `Trust::asleep` and `Snapshot::check` in one number each.
        let uptime =
            (uptime.as_secs().checked_mul(SECOND)?).checked_add(uptime.subsec_nanos().into())?;
        let by_wall = u64::try_from(now.saturating_sub(fetched_at_wall)).unwrap_or(0);
        let asleep =
            (by_wall.saturating_mul(SECOND)).saturating_sub(uptime.saturating_sub(fetched_at));
        let is_beyond_question = asleep <= NAP && uptime.saturating_add(asleep) < until;
        (is_whole && is_beyond_question).then_some(edition)
    }
}

/// In nanoseconds.
const SECOND: u64 = 1_000_000_000;
const NAP: u64 = snapshot::NAP.as_secs() * SECOND;

/// Up to five centuries. A later end of trust comes sooner, and the snapshot is asked.
fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicBool, AtomicUsize},
        thread,
    };

    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    const GOOD: Trust = Trust {
        fetched_at: seconds(100),
        fetched_at_wall: 1_000_000,
        until: seconds(700),
    };
    /// When [`GOOD`] is trusted.
    const MOMENT: (Duration, i64) = (seconds(200), 1_000_100);

    fn edition_of(published: &Published) -> Option<u64> {
        published.edition(MOMENT.0, MOMENT.1)
    }

    #[test]
    fn the_edition_is_the_snapshots_and_new_each_time() {
        let published = Published::default();
        assert_eq!(edition_of(&published), None);
        let mut editions = Vec::new();
        for _ in 0..3 {
            published.store(KeySet::default(), Some(GOOD));
            assert_eq!(edition_of(&published), Some(published.load().edition));
            assert!(published.is_of(published.load().edition));
            editions.extend(edition_of(&published));
        }
        editions.dedup();
        assert_eq!(editions.len(), 3);
        assert!(!published.is_of(editions[1]));
        published.store(KeySet::default(), None);
        assert_eq!(edition_of(&published), None);
    }

    #[test]
    fn it_is_told_at_exactly_the_moments_when_the_snapshot_has_nothing_to_say() {
        let published = Published::default();
        published.store(KeySet::default(), Some(GOOD));
        for uptime in [0, 99, 100, 101, 160, 161, 639, 640, 641, 699, 700, 701] {
            for now in [
                0, 999_999, 1_000_000, 1_000_060, 1_000_061, 1_000_599, 1_000_600, 1_000_660,
            ] {
                let mut was_woken = false;
                let snapshot = published.load();
                let is_good = snapshot
                    .check(seconds(uptime), now, || was_woken = true)
                    .is_ok();
                let edition = published.edition(seconds(uptime), now);
                assert_eq!(edition.is_some(), is_good && !was_woken, "{uptime} {now}");
            }
        }
        let forever = Trust {
            until: Duration::MAX,
            ..GOOD
        };
        published.store(KeySet::default(), Some(forever));
        assert!(edition_of(&published).is_some());
    }

    #[test]
    fn no_reader_sees_half_of_one_edition_and_half_of_another() {
        // Neither is trusted at the moment: the one has ended, by the other the machine has slept. The end of the one and
        // the beginning of the other would be.
        let ended = Trust {
            until: MOMENT.0,
            ..GOOD
        };
        let asleep = Trust {
            fetched_at_wall: GOOD.fetched_at_wall - 400,
            ..GOOD
        };
        let (published, is_over) = (Published::default(), AtomicBool::new(false));
        let looks = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while !is_over.load(Ordering::Relaxed) {
                        assert_eq!(edition_of(&published), None);
                        looks.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            while looks.load(Ordering::Relaxed) < 20_000 {
                published.store(KeySet::default(), Some(ended));
                published.store(KeySet::default(), Some(asleep));
            }
            is_over.store(true, Ordering::Relaxed);
        });
        published.store(KeySet::default(), Some(GOOD));
        assert!(edition_of(&published).is_some());
    }
}
