//! A bounded table whose entries expire after a fixed time. Pure: the time is an argument.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use crate::api::timestamp::Timestamp;

#[derive(Debug)]
pub(super) struct Table<T> {
    entries: HashMap<Box<str>, Entry<T>>,
    /// The keys in the order of insertion and expiry. Some entries have been replaced or removed.
    order: VecDeque<(Box<str>, u64)>,
    capacity: usize,
    count: u64,
}

#[derive(Debug)]
struct Entry<T> {
    value: T,
    inserted_at: Timestamp,
    number: u64,
}

impl<T> Table<T> {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            entries: HashMap::new(),
            order: VecDeque::new(),
            capacity: capacity.max(1),
            count: 0,
        }
    }

    /// Returns the value that was inserted less than `ttl` ago.
    pub(super) fn get(&self, key: &str, now: Timestamp, ttl: Duration) -> Option<&T> {
        let entry = self.entries.get(key)?;
        (!entry.inserted_at.is_past(ttl, now)).then_some(&entry.value)
    }

    /// Inserts a value. Removes expired entries and, if the table is full, the oldest one.
    pub(super) fn insert(&mut self, key: &str, value: T, now: Timestamp, ttl: Duration) {
        self.entries.remove(key);
        while let Some((oldest, number)) = self.order.front() {
            let entry = self.entries.get(oldest);
            let entry = entry.filter(|entry| entry.number == *number);
            let is_expired = entry.is_none_or(|entry| entry.inserted_at.is_past(ttl, now));
            // The queue is bounded like the entries: a replaced entry keeps its place until it is
            // the oldest.
            if !is_expired && self.order.len() < self.capacity {
                break;
            }
            if entry.is_some() {
                self.entries.remove(oldest);
            }
            self.order.pop_front();
        }
        self.count += 1;
        self.order.push_back((key.into(), self.count));
        let entry = Entry {
            value,
            inserted_at: now,
            number: self.count,
        };
        self.entries.insert(key.into(), entry);
    }

    pub(super) fn remove(&mut self, key: &str) {
        self.entries.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TTL: Duration = Duration::from_secs(60);

    fn at(seconds: u64) -> Timestamp {
        Timestamp::at(Duration::from_secs(seconds))
    }

    fn cached(table: &Table<u64>, key: &str, seconds: u64) -> Option<u64> {
        table.get(key, at(seconds), TTL).copied()
    }

    #[test]
    fn entry_expires_after_its_time() {
        let mut table = Table::new(10);
        table.insert("a", 1, at(0), TTL);
        assert_eq!(cached(&table, "a", 59), Some(1));
        assert_eq!(cached(&table, "a", 60), None);
        table.insert("a", 2, at(60), TTL);
        assert_eq!(cached(&table, "a", 119), Some(2));
        table.remove("a");
        assert_eq!(cached(&table, "a", 60), None);
    }

    #[test]
    fn full_table_drops_the_oldest_entry() {
        let mut table = Table::new(2);
        for (key, second) in [("a", 0), ("b", 1), ("c", 2)] {
            table.insert(key, second, at(second), TTL);
        }
        let all = ["a", "b", "c"].map(|key| cached(&table, key, 2));
        assert_eq!(all, [None, Some(1), Some(2)]);
    }

    #[test]
    fn replaced_entry_does_not_expire_its_successor() {
        let mut table = Table::new(3);
        table.insert("a", 1, at(0), TTL);
        table.insert("a", 2, at(30), TTL);
        table.insert("b", 3, at(70), TTL);
        assert_eq!(cached(&table, "a", 70), Some(2));
    }

    #[test]
    fn table_never_exceeds_its_capacity() {
        let mut table = Table::new(8);
        for number in 0..10_000_u64 {
            let key = if number % 3 == 0 { 0 } else { number };
            table.insert(&key.to_string(), number, at(number / 100), TTL);
            table.remove(&(number / 2).to_string());
            assert!(table.entries.len() <= 8 && table.order.len() <= 8);
        }
    }
}
