//! What was found out about a token or a session's cookie, so that the same text need not be judged from scratch again.
//!
//! A fixed table of slots in sets of [`WAYS`]. Readers take no lock. What bounds it:
//!
//! - only texts that were judged good enter, so a stranger cannot fill it;
//! - the number of slots is fixed, and so is the number of bytes: when an insert goes over, a hand that walks round
//!   the table frees slots, those first that were not used since it last came by;
//! - an entry is found by a hash of the text's end, seeded anew for each cache, then compared in full. The end of a token is
//!   its signature, that of a sealed cookie its tag: nobody can choose it for a text that is genuine.
//!
//! It keeps the text in clear, as it keeps the claims: memory that can be read gives both away. An entry whose time
//! is up is removed when it is next looked up or when the hand comes by.

use std::{
    fmt,
    hash::BuildHasher,
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering},
    },
};

use arc_swap::ArcSwapOption;
use foldhash::quality::RandomState;

/// How many slots a text may stand in.
const WAYS: usize = 4;

/// How much of the text's end is hashed, in bytes: 90 bits or more of every signature, in two words.
const HASHED: usize = 16;

/// How many entries the hand spares for one insert because they were used lately.
const PATIENCE: usize = 32;

/// What an entry costs beyond its texts, in bytes: the entry, the claims, and the allocator's share.
pub(crate) const OVERHEAD: usize = 1024;

/// A text that is looked up, perhaps in pieces.
pub(crate) trait Text: Copy {
    /// The last piece.
    fn end(&self) -> &[u8];

    /// Whether it is this very text.
    fn is(&self, other: &[u8]) -> bool;
}

impl Text for &[u8] {
    fn end(&self) -> &[u8] {
        self
    }

    fn is(&self, other: &[u8]) -> bool {
        *self == other
    }
}

/// One text and what was found out about it.
pub(crate) struct Entry<T> {
    text: Box<[u8]>,
    value: T,
    weight: usize,
    was_used: AtomicBool,
}

impl<T> Deref for Entry<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

pub(crate) struct Cache<T> {
    hasher: RandomState,
    sets: Box<[Set<T>]>,
    /// The sum of the entries' weights.
    bytes: AtomicUsize,
    max_bytes: usize,
    hand: AtomicUsize,
}

/// The slots that a text may stand in. On one cache line, and so on one page: where a server has been in the kernel between two
/// requests, each further one is fetched anew.
#[repr(align(64))]
struct Set<T> {
    /// A part of each slot's hash, so that a look-up touches only the entries worth comparing.
    tags: [AtomicU32; WAYS],
    slots: [ArcSwapOption<Entry<T>>; WAYS],
}

impl<T> Default for Set<T> {
    fn default() -> Self {
        Self {
            tags: Default::default(),
            slots: Default::default(),
        }
    }
}

impl<T> Cache<T> {
    /// A cache of at most about `max_bytes`; `None` where that holds nothing at all.
    pub(crate) fn new(max_bytes: usize) -> Option<Self> {
        if max_bytes < WAYS * OVERHEAD {
            return None;
        }
        // As many slots as the smallest texts could fill; half of them taken is the usual state.
        let slots = (max_bytes / OVERHEAD)
            .next_power_of_two()
            .clamp(WAYS, 1 << 22);
        Some(Self {
            hasher: RandomState::default(),
            sets: (0..slots / WAYS).map(|_| Set::default()).collect(),
            bytes: AtomicUsize::new(0),
            max_bytes,
            hand: AtomicUsize::new(0),
        })
    }

    /// The text's set, and its tag in it.
    fn place(&self, text: impl Text) -> (&Set<T>, u32) {
        let end = text.end();
        let hash = match end.last_chunk::<HASHED>() {
            Some(end) => self.hasher.hash_one(u128::from_ne_bytes(*end)),
            None => self.hasher.hash_one(end),
        };
        // The number of sets is a power of two.
        let set = &self.sets[(hash as usize) & (self.sets.len() - 1)];
        (set, (hash >> 32) as u32)
    }

    /// Looks at the entry of this very text. Whether it is still acceptable is for the caller to check.
    pub(crate) fn look<R>(&self, text: impl Text, look: impl FnOnce(&Entry<T>) -> R) -> Option<R> {
        let (set, tag) = self.place(text);
        for (own, slot) in set.tags.iter().zip(&set.slots) {
            if own.load(Ordering::Relaxed) != tag {
                continue;
            }
            let slot = slot.load();
            if let Some(entry) = slot.as_ref().filter(|entry| text.is(&entry.text)) {
                // Written only when it changes: a hot entry's cache line stays shared between the cores.
                if !entry.was_used.load(Ordering::Relaxed) {
                    entry.was_used.store(true, Ordering::Relaxed);
                }
                return Some(look(entry));
            }
        }
        None
    }

    /// Keeps what was found out just now. `weight` is what the value takes, in bytes, beyond [`OVERHEAD`] and the text.
    pub(crate) fn insert(&self, text: &[u8], value: T, weight: usize) {
        let entry = Arc::new(Entry {
            text: text.into(),
            value,
            weight: text.len() + weight + OVERHEAD,
            was_used: AtomicBool::new(false),
        });
        // One entry must not push out all the others.
        if entry.weight > self.max_bytes / WAYS {
            return;
        }
        let (set, tag) = self.place(text);
        let way = set.victim(text);
        self.bytes.fetch_add(entry.weight, Ordering::Relaxed);
        set.tags[way].store(tag, Ordering::Relaxed);
        self.put(&set.slots[way], Some(entry));
        self.shrink();
    }

    /// Removes the entry of this text.
    pub(crate) fn remove(&self, text: impl Text) {
        let (set, _) = self.place(text);
        for slot in set.slots.iter().filter(|slot| holds(slot, text)) {
            self.put(slot, None);
        }
    }

    fn put(&self, slot: &ArcSwapOption<Entry<T>>, entry: Option<Arc<Entry<T>>>) {
        if let Some(old) = slot.swap(entry) {
            self.bytes.fetch_sub(old.weight, Ordering::Relaxed);
        }
    }

    /// Moves the hand until the bytes are within the bound. The second round spares nothing, whoever
    /// marks entries as used meanwhile, so it ends.
    fn shrink(&self) {
        let round = self.sets.len() * WAYS;
        let mut patience = PATIENCE;
        for step in 0..round * 2 {
            if self.bytes.load(Ordering::Relaxed) <= self.max_bytes {
                return;
            }
            let at = self.hand.fetch_add(1, Ordering::Relaxed) % round;
            let slot = &self.sets[at / WAYS].slots[at % WAYS];
            if slot.load().is_none() {
                continue;
            }
            if spare(slot) || patience == 0 || step >= round {
                self.put(slot, None);
            } else {
                patience -= 1;
            }
        }
    }
}

impl<T> Set<T> {
    /// The slot to put a text into: its own, an empty one, one not used lately, or any.
    fn victim(&self, text: impl Text) -> usize {
        let find =
            |is_it: &dyn Fn(&ArcSwapOption<Entry<T>>) -> bool| self.slots.iter().position(is_it);
        find(&|slot| holds(slot, text))
            .or_else(|| find(&|slot| slot.load().is_none()))
            .or_else(|| find(&|slot| spare(slot)))
            .unwrap_or(0)
    }
}

fn holds<T>(slot: &ArcSwapOption<Entry<T>>, text: impl Text) -> bool {
    (slot.load().as_ref()).is_some_and(|entry| text.is(&entry.text))
}

/// Whether the slot's entry was not used since this was last asked. Asking takes the mark away.
fn spare<T>(slot: &ArcSwapOption<Entry<T>>) -> bool {
    (slot.load().as_ref()).is_some_and(|entry| !entry.was_used.swap(false, Ordering::Relaxed))
}

#[cfg(test)]
impl<T> Cache<T> {
    fn slots(&self) -> impl Iterator<Item = &ArcSwapOption<Entry<T>>> {
        self.sets.iter().flat_map(|set| &set.slots)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn entries(&self) -> usize {
        let taken = |slot: &&ArcSwapOption<Entry<T>>| slot.load().is_some();
        self.slots().filter(taken).count()
    }

    /// What the entries weigh when they are counted one by one.
    pub(crate) fn weighed(&self) -> usize {
        let weight =
            |slot: &ArcSwapOption<Entry<T>>| slot.load().as_ref().map_or(0, |entry| entry.weight);
        self.slots().map(weight).sum()
    }
}

impl<T> fmt::Debug for Cache<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("slots", &(self.sets.len() * WAYS))
            .field("bytes", &self.bytes)
            .field("max_bytes", &self.max_bytes)
            .finish_non_exhaustive()
    }
}
