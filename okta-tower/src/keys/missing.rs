//! Key IDs that were requested: those that the next fetch may bring, and those that the last one
//! did not bring.

use std::{
    collections::{HashMap, HashSet},
    hash::BuildHasher,
    time::Duration,
};

use foldhash::quality::RandomState;

/// How many IDs of each sort are kept. A further one is treated as new, which costs no more than
/// its place in the next fetch.
const CAPACITY: usize = 1024;

/// The IDs, as hashes with a key of this process: the IDs come from clients and may be long.
#[derive(Debug)]
pub(super) struct MissingKids {
    hasher: RandomState,
    /// Requested since the last attempt began.
    pending: HashSet<u64>,
    /// Not in the document that was fetched after they were requested, and until when that counts.
    missing: HashMap<u64, Duration>,
    /// How long that counts. Okta's key documents may lag behind its signatures.
    valid_for: Duration,
}

impl MissingKids {
    pub(super) fn new(valid_for: Duration) -> Self {
        Self {
            hasher: RandomState::default(),
            pending: HashSet::new(),
            missing: HashMap::new(),
            valid_for,
        }
    }

    /// Returns the hash that stands for this ID.
    pub(super) fn hash(&self, kid: &str) -> u64 {
        self.hasher.hash_one(kid)
    }

    /// Returns whether a recent document did not contain this ID.
    pub(super) fn is_missing(&self, kid: &str, now: Duration) -> bool {
        let until = self.missing.get(&self.hasher.hash_one(kid));
        until.is_some_and(|until| now < *until)
    }

    /// Notes that a client named this ID. Returns whether it is worth a fetch: not while it is
    /// missing.
    pub(super) fn request(&mut self, kid: &str, now: Duration) -> bool {
        if self.is_missing(kid, now) {
            return false;
        }
        let hash = self.hasher.hash_one(kid);
        if self.pending.len() < CAPACITY {
            self.pending.insert(hash);
        }
        true
    }

    /// An attempt begins. Returns the IDs that it answers for. One that is requested during the
    /// attempt is not among them, as the document may have been made before.
    pub(super) fn begin(&mut self) -> HashSet<u64> {
        std::mem::take(&mut self.pending)
    }

    /// The attempt brought a document with these key IDs.
    pub(super) fn succeeded<'k>(
        &mut self,
        mut requested: HashSet<u64>,
        kids: impl IntoIterator<Item = &'k str>,
        now: Duration,
    ) {
        for kid in kids {
            let hash = self.hasher.hash_one(kid);
            requested.remove(&hash);
            self.pending.remove(&hash);
            self.missing.remove(&hash);
        }
        self.missing.retain(|_, until| now < *until);
        let room = CAPACITY.saturating_sub(self.missing.len());
        let until = now + self.valid_for;
        self.missing
            .extend(requested.into_iter().take(room).map(|hash| (hash, until)));
    }

    /// Returns whether an ID was requested that no attempt has answered for.
    pub(super) fn has_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// The attempt failed: its IDs are still to be answered for.
    pub(super) fn failed(&mut self, requested: HashSet<u64>) {
        let room = CAPACITY.saturating_sub(self.pending.len());
        self.pending.extend(requested.into_iter().take(room));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn kids() -> MissingKids {
        MissingKids::new(at(30))
    }

    #[test]
    fn id_that_a_fetch_did_not_bring_is_missing_for_a_while() {
        let mut kids = kids();
        assert!(kids.request("bogus", at(0)));
        let requested = kids.begin();
        kids.succeeded(requested, ["real"], at(1));
        assert!(!kids.request("bogus", at(1)));
        assert!(!kids.request("bogus", at(30)));
        assert!(kids.request("bogus", at(31)));
        assert!(kids.request("other", at(1)));
    }

    #[test]
    fn id_that_a_fetch_brought_is_never_missing() {
        let mut kids = kids();
        assert!(kids.request("new", at(0)));
        let requested = kids.begin();
        kids.succeeded(requested, ["new"], at(1));
        assert!(kids.request("new", at(1)));
        let requested = kids.begin();
        kids.succeeded(requested, [], at(2));
        assert!(!kids.request("new", at(3)));
        kids.succeeded(HashSet::new(), ["new"], at(4));
        assert!(kids.request("new", at(5)));
    }

    #[test]
    fn id_requested_during_a_fetch_is_left_for_the_next() {
        let mut kids = kids();
        let requested = kids.begin();
        assert!(kids.request("late", at(1)));
        kids.succeeded(requested, [], at(2));
        assert!(kids.request("late", at(2)));
        assert_eq!(kids.begin().len(), 1);
    }

    #[test]
    fn failed_fetch_answers_for_no_id() {
        let mut kids = kids();
        assert!(kids.request("new", at(0)));
        let requested = kids.begin();
        kids.failed(requested);
        assert!(kids.request("new", at(1)));
        assert_eq!(kids.begin().len(), 1);
    }

    #[test]
    fn memory_is_bounded_whatever_is_requested() {
        let mut kids = kids();
        for round in 0..3 {
            for number in 0..5000 {
                kids.request(&format!("{round}-{number}"), at(round));
            }
            assert_eq!(kids.pending.len(), CAPACITY);
            let requested = kids.begin();
            kids.succeeded(requested, [], at(round));
            assert_eq!(kids.missing.len(), CAPACITY);
        }
        // What does not fit is still noted for the next fetch.
        assert!(kids.request("one more", at(3)));
        assert_eq!(kids.begin().len(), 1);
        // The memory empties by itself.
        kids.succeeded(HashSet::new(), [], at(100));
        assert!(kids.missing.is_empty());
    }
}
