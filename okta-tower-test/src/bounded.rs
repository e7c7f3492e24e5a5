//! A map with a fixed capacity: a new entry evicts the oldest.

use std::collections::{HashMap, VecDeque};

#[derive(Debug)]
pub(crate) struct Bounded<V> {
    entries: HashMap<String, V>,
    /// The keys of `entries`, oldest first. Keys that have been removed stay until they are oldest.
    order: VecDeque<String>,
    capacity: usize,
}

impl<V> Bounded<V> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            entries: HashMap::new(),
            order: VecDeque::new(),
            capacity,
        }
    }

    /// Adds an entry and evicts the oldest if the map is full.
    ///
    /// Each key is used once: keys are random, or hashes of random text.
    pub(crate) fn insert(&mut self, key: String, value: V) {
        while self.order.len() >= self.capacity {
            if let Some(oldest) = self.order.pop_front() {
                self.entries.remove(&oldest);
            }
        }
        self.order.push_back(key.clone());
        self.entries.insert(key, value);
    }

    pub(crate) fn get(&self, key: &str) -> Option<&V> {
        self.entries.get(key)
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut V> {
        self.entries.get_mut(key)
    }

    /// Removes an entry. Its place in the order stays taken.
    pub(crate) fn remove(&mut self, key: &str) -> Option<V> {
        self.entries.remove(key)
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.entries.values_mut()
    }

    /// Removes the entries for which `keep` returns false. Their places in the order stay taken.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&V) -> bool) {
        self.entries.retain(|_, value| keep(value));
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.order.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_map_evicts_the_oldest_entry() {
        let mut map = Bounded::new(2);
        for (key, value) in [("a", 1), ("b", 2), ("c", 3)] {
            map.insert(key.to_owned(), value);
        }
        assert_eq!(map.get("a"), None);
        assert_eq!((map.get("b"), map.get("c")), (Some(&2), Some(&3)));
    }

    #[test]
    fn removed_entries_stay_within_the_bound() {
        let mut map = Bounded::new(2);
        for number in 0..100 {
            map.insert(number.to_string(), number);
            assert_eq!(map.remove(&number.to_string()), Some(number));
        }
        assert!(map.order.len() <= 2);
    }
}
