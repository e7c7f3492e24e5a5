//! Tokens that were verified, so that the same token need not be verified again.
//!
//! A fixed table of slots in sets of [`WAYS`]. Readers take no lock. What bounds it:
//!
//! - only verified tokens enter, so a stranger cannot fill it;
//! - the number of slots is fixed, and so is the number of bytes: when an insert goes over, a hand that walks round
//!   the table frees slots, those first that were not used since it last came by;
//! - an entry is found by a keyed hash of the token's end, then compared in full. The end of a token is its
//!   signature: nobody can choose it for a token that verifies.
//!
//! It keeps the token in clear, as it keeps the claims: memory that can be read gives both away. An entry whose time
//! is up is removed when it is next looked up or when the hand comes by.

use std::{
    fmt,
    hash::{BuildHasher, RandomState},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering},
    },
};

use arc_swap::ArcSwapOption;

use crate::{
    claims::Verified,
    jwk::PreparedKey,
    token::{Accepted, Window},
};

/// How many slots a token may stand in.
const WAYS: usize = 4;

/// How much of the token's end is hashed, in bytes: 128 bits or more of every signature.
const HASHED: usize = 24;

/// How many entries the hand spares for one insert because they were used lately.
const PATIENCE: usize = 32;

/// What an entry costs beyond its texts, in bytes: the entry, the claims, and the allocator's share.
const OVERHEAD: usize = 1024;

/// How often the payload's length counts: its text, the claims taken from it, and what a guard or the application
/// reads from it later.
const COPIES: usize = 3;

/// What each name in a list (groups, scopes, audiences) costs beyond its text, in bytes. A pointer and an allocation,
/// twice: short names cost more than they are long.
const NAME: usize = 112;

/// One verified token and everything that its acceptance rests on.
pub(super) struct Entry {
    token: Box<str>,
    pub(super) verified: Verified,
    pub(super) key: Arc<PreparedKey>,
    pub(super) window: Window,
    was_used: AtomicBool,
}

impl Entry {
    fn weight(&self) -> usize {
        let claims = &self.verified;
        let names = [
            claims.audience().len(),
            claims.scopes().len(),
            claims.groups().len(),
            claims.amr().len(),
        ];
        self.token.len()
            + claims.raw_json().len() * COPIES
            + names.iter().sum::<usize>() * NAME
            + OVERHEAD
    }
}

pub(super) struct Cache {
    hasher: RandomState,
    /// A part of each slot's hash, so that a look-up touches only the slots worth comparing.
    tags: Box<[AtomicU32]>,
    slots: Box<[ArcSwapOption<Entry>]>,
    bytes: AtomicUsize,
    max_bytes: usize,
    hand: AtomicUsize,
}

impl Cache {
    /// A cache of at most about `max_bytes`; `None` where that holds no token at all.
    pub(super) fn new(max_bytes: usize) -> Option<Self> {
        if max_bytes < WAYS * OVERHEAD {
            return None;
        }
        // As many slots as the smallest tokens could fill; half of them taken is the usual state.
        let slots = (max_bytes / OVERHEAD)
            .next_power_of_two()
            .clamp(WAYS, 1 << 22);
        Some(Self {
            hasher: RandomState::new(),
            tags: (0..slots).map(|_| AtomicU32::new(0)).collect(),
            slots: (0..slots).map(|_| ArcSwapOption::empty()).collect(),
            bytes: AtomicUsize::new(0),
            max_bytes,
            hand: AtomicUsize::new(0),
        })
    }

    /// The first slot of the token's set, and its tag.
    fn place(&self, token: &str) -> (usize, u32) {
        let end = &token.as_bytes()[token.len().saturating_sub(HASHED)..];
        let hash = self.hasher.hash_one(end);
        let set = (hash as usize) % (self.slots.len() / WAYS);
        (set * WAYS, (hash >> 32) as u32)
    }

    /// The entry of this very token. Whether it is still acceptable is for the caller to check.
    pub(super) fn get(&self, token: &str) -> Option<Arc<Entry>> {
        let (first, tag) = self.place(token);
        for index in first..first + WAYS {
            if self.tags[index].load(Ordering::Relaxed) != tag {
                continue;
            }
            let slot = self.slots[index].load();
            if let Some(entry) = slot.as_ref().filter(|entry| *entry.token == *token) {
                // Written only when it changes: a hot entry's cache line stays shared between the cores.
                if !entry.was_used.load(Ordering::Relaxed) {
                    entry.was_used.store(true, Ordering::Relaxed);
                }
                return Some(Arc::clone(entry));
            }
        }
        None
    }

    /// Keeps a token that was verified just now.
    pub(super) fn insert(&self, token: &str, accepted: &Accepted) {
        let entry = Arc::new(Entry {
            token: token.into(),
            verified: accepted.verified.clone(),
            key: Arc::clone(&accepted.key),
            window: accepted.window,
            was_used: AtomicBool::new(false),
        });
        // One token must not push out all the others.
        if entry.weight() > self.max_bytes / WAYS {
            return;
        }
        let (first, tag) = self.place(token);
        let index = self.victim(first, token);
        self.bytes.fetch_add(entry.weight(), Ordering::Relaxed);
        self.tags[index].store(tag, Ordering::Relaxed);
        self.put(index, Some(entry));
        self.shrink();
    }

    /// Removes the entry of this token.
    pub(super) fn remove(&self, token: &str) {
        let (first, _) = self.place(token);
        for index in first..first + WAYS {
            if self.holds(index, token) {
                self.put(index, None);
            }
        }
    }

    fn holds(&self, index: usize, token: &str) -> bool {
        (self.slots[index].load().as_ref()).is_some_and(|entry| *entry.token == *token)
    }

    /// The slot to put a token into: its own, an empty one, one not used lately, or any.
    fn victim(&self, first: usize, token: &str) -> usize {
        let set = first..first + WAYS;
        if let Some(own) = set.clone().find(|index| self.holds(*index, token)) {
            return own;
        }
        if let Some(empty) = set
            .clone()
            .find(|index| self.slots[*index].load().is_none())
        {
            return empty;
        }
        set.clone()
            .find(|index| self.spare(*index))
            .unwrap_or(first)
    }

    /// Whether the slot's entry was not used since this was last asked. Asking takes the mark away.
    fn spare(&self, index: usize) -> bool {
        (self.slots[index].load().as_ref())
            .is_some_and(|entry| !entry.was_used.swap(false, Ordering::Relaxed))
    }

    fn put(&self, index: usize, entry: Option<Arc<Entry>>) {
        if let Some(old) = self.slots[index].swap(entry) {
            self.bytes.fetch_sub(old.weight(), Ordering::Relaxed);
        }
    }

    /// Moves the hand until the bytes are within the bound. The second round spares nothing, so it ends.
    fn shrink(&self) {
        let round = self.slots.len();
        let mut patience = PATIENCE;
        for step in 0..round * 2 {
            if self.bytes.load(Ordering::Relaxed) <= self.max_bytes {
                return;
            }
            let index = self.hand.fetch_add(1, Ordering::Relaxed) % round;
            if self.slots[index].load().is_none() {
                continue;
            }
            if self.spare(index) || patience == 0 || step >= round {
                self.put(index, None);
            } else {
                patience -= 1;
            }
        }
    }
}

#[cfg(test)]
impl Cache {
    pub(super) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(super) fn entries(&self) -> usize {
        let taken = |slot: &&ArcSwapOption<Entry>| slot.load().is_some();
        self.slots.iter().filter(taken).count()
    }

    /// What the entries weigh when they are counted one by one.
    pub(super) fn weighed(&self) -> usize {
        let weight =
            |slot: &ArcSwapOption<Entry>| slot.load().as_ref().map_or(0, |entry| entry.weight());
        self.slots.iter().map(weight).sum()
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("slots", &self.slots.len())
            .field("bytes", &self.bytes)
            .field("max_bytes", &self.max_bytes)
            .finish_non_exhaustive()
    }
}
