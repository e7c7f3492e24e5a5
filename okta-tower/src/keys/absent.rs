//! Key ids that were asked for: those that the next fetch may bring, and those that the last one did not.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use foldhash::fast;

/// How many ids of each sort are remembered. One more is not: it is judged as if it were new, which costs
/// nothing but its place in the next fetch.
const CAPACITY: usize = 1024;

/// The ids, as hashes with a key of this process: the ids themselves come from callers and may be long.
#[derive(Debug)]
pub(super) struct AbsentKids {
    hasher: RandomState,
    /// Asked for since the last attempt began.
    pending: HashSet<u64>,
    /// Not in the document that was fetched after they were asked for; until when that is believed.
    absent: HashMap<u64, Duration, fast::RandomState>,
    /// How long it is believed. Okta's key documents may lag behind its signatures.
    believed_for: Duration,
}

impl AbsentKids {
    pub(super) fn new(believed_for: Duration) -> Self {
        Self {
            hasher: RandomState::new(),
            pending: HashSet::new(),
            absent: HashMap::default(),
            believed_for,
        }
    }

    /// Returns whether a recent key document did not contain this ID.
    pub(super) fn is_absent(&self, kid: &str, now: Duration) -> bool {
        let until = self.absent.get(&self.hasher.hash_one(kid));
        until.is_some_and(|until| now < *until)
    }

    /// Notes that a caller named this id. Whether it is worth a fetch: not while it is known to be absent.
    pub(super) fn ask(&mut self, kid: &str, now: Duration) -> bool {
        if self.is_absent(kid, now) {
            return false;
        }
        let hash = self.hasher.hash_one(kid);
        if self.pending.len() < CAPACITY {
            self.pending.insert(hash);
        }
        true
    }

    /// An attempt begins: these are the ids it will answer for. One asked for while it is under way is not
    /// among them, as the document may have been made before.
    pub(super) fn begin(&mut self) -> HashSet<u64> {
        std::mem::take(&mut self.pending)
    }

    /// The attempt brought a document with these key ids.
    pub(super) fn succeeded<'k>(
        &mut self,
        mut asked: HashSet<u64>,
        kids: impl IntoIterator<Item = &'k str>,
        now: Duration,
    ) {
        for kid in kids {
            let hash = self.hasher.hash_one(kid);
            asked.remove(&hash);
            self.absent.remove(&hash);
        }
        self.absent.retain(|_, until| now < *until);
        let room = CAPACITY.saturating_sub(self.absent.len());
        let until = now + self.believed_for;
        self.absent
            .extend(asked.into_iter().take(room).map(|hash| (hash, until)));
    }

    /// The attempt failed: its ids are still to be answered for.
    pub(super) fn failed(&mut self, asked: HashSet<u64>) {
        let room = CAPACITY.saturating_sub(self.pending.len());
        self.pending.extend(asked.into_iter().take(room));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn kids() -> AbsentKids {
        AbsentKids::new(at(30))
    }

    #[test]
    fn an_id_that_a_fetch_did_not_bring_is_not_asked_for_again_for_a_while() {
        let mut kids = kids();
        assert!(kids.ask("bogus", at(0)));
        let asked = kids.begin();
        kids.succeeded(asked, ["real"], at(1));
        assert!(!kids.ask("bogus", at(1)));
        assert!(!kids.ask("bogus", at(30)));
        assert!(kids.ask("bogus", at(31)));
        assert!(kids.ask("other", at(1)));
    }

    #[test]
    fn an_id_that_a_fetch_brought_is_never_held_to_be_absent() {
        let mut kids = kids();
        assert!(kids.ask("new", at(0)));
        let asked = kids.begin();
        kids.succeeded(asked, ["new"], at(1));
        assert!(kids.ask("new", at(1)));
        let asked = kids.begin();
        kids.succeeded(asked, [], at(2));
        assert!(!kids.ask("new", at(3)));
        kids.succeeded(HashSet::new(), ["new"], at(4));
        assert!(kids.ask("new", at(5)));
    }

    #[test]
    fn an_id_named_while_a_fetch_is_under_way_is_left_for_the_next_one() {
        let mut kids = kids();
        let asked = kids.begin();
        assert!(kids.ask("late", at(1)));
        kids.succeeded(asked, [], at(2));
        assert!(kids.ask("late", at(2)));
        assert_eq!(kids.begin().len(), 1);
    }

    #[test]
    fn a_failed_fetch_answers_for_nothing() {
        let mut kids = kids();
        assert!(kids.ask("new", at(0)));
        let asked = kids.begin();
        kids.failed(asked);
        assert!(kids.ask("new", at(1)));
        assert_eq!(kids.begin().len(), 1);
    }

    #[test]
    fn memory_is_bounded_whatever_is_asked_for() {
        let mut kids = kids();
        for round in 0..3 {
            for number in 0..5000 {
                kids.ask(&format!("{round}-{number}"), at(round));
            }
            assert_eq!(kids.pending.len(), CAPACITY);
            let asked = kids.begin();
            kids.succeeded(asked, [], at(round));
            assert_eq!(kids.absent.len(), CAPACITY);
        }
        // What does not fit is still taken note of for the next fetch.
        assert!(kids.ask("one more", at(3)));
        assert_eq!(kids.begin().len(), 1);
        // And the memory empties by itself.
        kids.succeeded(HashSet::new(), [], at(100));
        assert!(kids.absent.is_empty());
    }
}
