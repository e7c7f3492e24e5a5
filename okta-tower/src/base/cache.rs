//! What was found out about a token or a session's cookie, so that a repeated text is not verified
//! again.
//!
//! A fixed table of slots in sets of [`WAYS`]. Readers take no lock. What bounds it:
//!
//! - Only texts that were accepted enter, so an unauthenticated client cannot fill it.
//! - The number of slots is fixed, and so is the number of bytes: if an insert exceeds it, slots
//!   are freed from a random place on, unused ones first. In a fixed order, clients that return in
//!   turn would each find that their entry has just been evicted.
//! - An entry is found by a hash of the text's end, seeded anew for each cache, then compared in
//!   full. The end of a token is its signature, that of a sealed cookie its tag: no client can
//!   choose it for a genuine text.
//!
//! It keeps the text in clear, as it keeps the claims: memory that can be read reveals both. An
//! expired entry is removed at the next look-up, or evicted.

use std::{
    fmt,
    hash::BuildHasher,
    ops::{Add, Deref},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering},
    },
};

use arc_swap::ArcSwapOption;
use foldhash::quality::RandomState;

/// How many slots a set has. A text may stand in its own set or, if that is full, in the next one.
const WAYS: usize = 4;

/// How much of the text's end is hashed, in bytes: 90 bits or more of every signature, in two
/// words.
const HASHED: usize = 16;

/// How many entries one insert spares because they were used lately.
const PATIENCE: usize = 32;

/// The smallest cache, in bytes: below that, none is kept.
const MIN_BYTES: usize = 4096;

/// How many bytes of the cache there is a slot for. Entries take eight times as many, so that sets
/// are seldom full; the table itself takes a sixteenth of the cache.
const BYTES_PER_SLOT: usize = 256;

/// What the allocator adds to one allocation, on average, in bytes.
pub(crate) const ALLOCATION: usize = 16;

/// A text that is looked up: a token, or the pieces of a cookie.
pub(crate) trait Text: Copy {
    /// Returns the last piece.
    fn end(&self) -> &[u8];

    /// Returns whether it is exactly this text.
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
    entries: AtomicUsize,
    /// The sum of the entries' weights.
    bytes: AtomicUsize,
    max_bytes: usize,
    /// How often slots were freed for an insert.
    evictions: AtomicUsize,
}

/// How much a cache holds at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct CacheUsage {
    pub(crate) entries: usize,
    pub(crate) bytes: usize,
    pub(crate) max_bytes: usize,
}

impl CacheUsage {
    /// Returns the usage of a cache, or of none.
    pub(crate) fn of<T>(cache: Option<&Cache<T>>) -> Self {
        cache.map_or_else(Self::default, |cache| Self {
            entries: cache.entries.load(Ordering::Relaxed),
            bytes: cache.bytes.load(Ordering::Relaxed),
            max_bytes: cache.max_bytes,
        })
    }
}

impl Add for CacheUsage {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            entries: self.entries + other.entries,
            bytes: self.bytes + other.bytes,
            max_bytes: self.max_bytes + other.max_bytes,
        }
    }
}

/// A few slots on one cache line, and so on one page: after a server was in the kernel between two
/// requests, the processor fetches each line anew.
#[repr(align(64))]
struct Set<T> {
    /// A part of each slot's hash, so that a look-up reads only entries that probably match.
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
    /// Returns a cache for entries of `max_bytes` in total, or `None` below [`MIN_BYTES`].
    pub(crate) fn new(max_bytes: usize) -> Option<Self> {
        if max_bytes < MIN_BYTES {
            return None;
        }
        let slots = (max_bytes / BYTES_PER_SLOT)
            .next_power_of_two()
            .clamp(2 * WAYS, 1 << 24);
        Some(Self {
            hasher: RandomState::default(),
            sets: (0..slots / WAYS).map(|_| Set::default()).collect(),
            entries: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
            max_bytes,
            evictions: AtomicUsize::new(0),
        })
    }

    /// Returns the text's own set, the set that takes what does not fit, and its tag in both.
    fn place(&self, text: impl Text) -> ([&Set<T>; 2], u32) {
        let end = text.end();
        let hash = match end.last_chunk::<HASHED>() {
            Some(end) => self.hasher.hash_one(u128::from_ne_bytes(*end)),
            None => self.hasher.hash_one(end),
        };
        // The number of sets is a power of two, and at least two.
        let own = (hash as usize) & (self.sets.len() - 1);
        ([&self.sets[own], &self.sets[own ^ 1]], (hash >> 32) as u32)
    }

    /// Reads the entry of exactly this text. Whether it is still valid is for the caller to check.
    pub(crate) fn get<R>(&self, text: impl Text, read: impl FnOnce(&Entry<T>) -> R) -> Option<R> {
        let (sets, tag) = self.place(text);
        let slots = sets
            .into_iter()
            .flat_map(|set| set.tags.iter().zip(&set.slots));
        for (own, slot) in slots {
            if own.load(Ordering::Relaxed) != tag {
                continue;
            }
            let slot = slot.load();
            if let Some(entry) = slot.as_ref().filter(|entry| text.is(&entry.text)) {
                // Written only when it changes: a hot entry's cache line stays shared between
                // cores.
                if !entry.was_used.load(Ordering::Relaxed) {
                    entry.was_used.store(true, Ordering::Relaxed);
                }
                return Some(read(entry));
            }
        }
        None
    }

    /// Keeps what was found out just now. `weight` is what the value takes on the heap, in bytes.
    pub(crate) fn insert(&self, text: &[u8], value: T, weight: usize) {
        // Two allocations: the entry with its two counts, and the text.
        let own = size_of::<Entry<T>>() + 2 * size_of::<usize>() + 2 * ALLOCATION;
        let entry = Arc::new(Entry {
            text: text.into(),
            value,
            weight: own + text.len() + weight,
            was_used: AtomicBool::new(false),
        });
        // One entry must not evict all the others.
        if entry.weight > self.max_bytes / 4 {
            return;
        }
        let (sets, tag) = self.place(text);
        let (set, way) = victim(sets, text);
        self.bytes.fetch_add(entry.weight, Ordering::Relaxed);
        set.tags[way].store(tag, Ordering::Relaxed);
        self.put(&set.slots[way], Some(entry));
        self.shrink();
    }

    /// Removes the entry of this text.
    pub(crate) fn remove(&self, text: impl Text) {
        let (sets, _) = self.place(text);
        let slots = sets.into_iter().flat_map(|set| &set.slots);
        for slot in slots.filter(|slot| holds(slot, text)) {
            self.put(slot, None);
        }
    }

    fn put(&self, slot: &ArcSwapOption<Entry<T>>, entry: Option<Arc<Entry<T>>>) {
        self.entries
            .fetch_add(entry.is_some().into(), Ordering::Relaxed);
        if let Some(old) = slot.swap(entry) {
            self.entries.fetch_sub(1, Ordering::Relaxed);
            self.bytes.fetch_sub(old.weight, Ordering::Relaxed);
        }
    }

    /// Frees slots from a random place on, until the bytes are within the bound.
    ///
    /// The second round spares no entry, even if others are marked as used meanwhile, so it ends.
    fn shrink(&self) {
        if self.bytes.load(Ordering::Relaxed) <= self.max_bytes {
            return;
        }
        let number = self.evictions.fetch_add(1, Ordering::Relaxed);
        let round = self.sets.len() * WAYS;
        let start = self.hasher.hash_one(number) as usize % round;
        let mut patience = PATIENCE;
        for step in 0..round * 2 {
            let at = (start + step) % round;
            let slot = &self.sets[at / WAYS].slots[at % WAYS];
            if slot.load().is_none() {
                continue;
            }
            if spare(slot) || patience == 0 || step >= round {
                self.put(slot, None);
                if self.bytes.load(Ordering::Relaxed) <= self.max_bytes {
                    return;
                }
            } else {
                patience -= 1;
            }
        }
    }
}

/// Returns the slot for a text: its present one, an empty one, one not used lately, or any.
fn victim<T>(sets: [&Set<T>; 2], text: impl Text) -> (&Set<T>, usize) {
    let find = |is_it: &dyn Fn(&ArcSwapOption<Entry<T>>) -> bool| {
        let place = |set: &'_ Set<T>| set.slots.iter().position(is_it);
        sets.into_iter().find_map(|set| Some((set, place(set)?)))
    };
    find(&|slot| holds(slot, text))
        .or_else(|| find(&|slot| slot.load().is_none()))
        .or_else(|| find(&|slot| spare(slot)))
        .unwrap_or((sets[0], 0))
}

fn holds<T>(slot: &ArcSwapOption<Entry<T>>, text: impl Text) -> bool {
    (slot.load().as_ref()).is_some_and(|entry| text.is(&entry.text))
}

/// Returns whether the slot's entry was not used since the last call. Removes the mark.
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

    /// The entries, counted one by one.
    pub(crate) fn entries(&self) -> usize {
        let taken = |slot: &&ArcSwapOption<Entry<T>>| slot.load().is_some();
        let counted = self.slots().filter(taken).count();
        assert_eq!(CacheUsage::of(Some(self)).entries, counted);
        counted
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
