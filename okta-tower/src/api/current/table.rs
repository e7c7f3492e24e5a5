//! A table whose entries end after a fixed time, and that never grows beyond a bound. Pure: the time is an argument.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use crate::api::age::Moment;

#[derive(Debug)]
pub(super) struct Table<T> {
    entries: HashMap<Box<str>, Entry<T>>,
    /// In the order in which they were made, which is the order in which they end; some have been replaced or removed since.
    order: VecDeque<(Box<str>, u64)>,
    capacity: usize,
    count: u64,
}

#[derive(Debug)]
struct Entry<T> {
    value: T,
    made: Moment,
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

    /// What was found out of this key less than `ttl` ago.
    pub(super) fn get(&self, key: &str, now: Moment, ttl: Duration) -> Option<&T> {
        let entry = self.entries.get(key)?;
        (!entry.made.is_past(ttl, now)).then_some(&entry.value)
    }

    /// Keeps what was found out just now. What has ended goes, and then, where there is no room, what would end first.
    pub(super) fn insert(&mut self, key: &str, value: T, now: Moment, ttl: Duration) {
        self.entries.remove(key);
        while let Some((oldest, number)) = self.order.front() {
            let entry = self.entries.get(oldest);
            let entry = entry.filter(|entry| entry.number == *number);
            let has_ended = entry.is_none_or(|entry| entry.made.is_past(ttl, now));
            // The order is bounded as the entries are: one that was replaced takes up a place until it is the oldest.
            if !has_ended && self.order.len() < self.capacity {
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
            made: now,
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

    fn at(seconds: u64) -> Moment {
        Moment::at(Duration::from_secs(seconds))
    }

    fn known(table: &Table<u64>, key: &str, seconds: u64) -> Option<u64> {
        table.get(key, at(seconds), TTL).copied()
    }

    #[test]
    fn an_entry_is_good_for_its_time_and_no_longer() {
        let mut table = Table::new(10);
        table.insert("a", 1, at(0), TTL);
        assert_eq!(known(&table, "a", 59), Some(1));
        assert_eq!(known(&table, "a", 60), None);
        table.insert("a", 2, at(60), TTL);
        assert_eq!(known(&table, "a", 119), Some(2));
        table.remove("a");
        assert_eq!(known(&table, "a", 60), None);
    }

    #[test]
    fn the_oldest_makes_room_for_the_newest() {
        let mut table = Table::new(2);
        for (key, second) in [("a", 0), ("b", 1), ("c", 2)] {
            table.insert(key, second, at(second), TTL);
        }
        let all = ["a", "b", "c"].map(|key| known(&table, key, 2));
        assert_eq!(all, [None, Some(1), Some(2)]);
    }

    #[test]
    fn what_was_replaced_does_not_take_its_successor_along() {
        let mut table = Table::new(3);
        table.insert("a", 1, at(0), TTL);
        table.insert("a", 2, at(30), TTL);
        table.insert("b", 3, at(70), TTL);
        assert_eq!(known(&table, "a", 70), Some(2));
    }

    #[test]
    fn neither_newcomers_nor_regulars_make_it_grow() {
        let mut table = Table::new(8);
        for number in 0..10_000_u64 {
            let key = if number % 3 == 0 { 0 } else { number };
            table.insert(&key.to_string(), number, at(number / 100), TTL);
            table.remove(&(number / 2).to_string());
            assert!(table.entries.len() <= 8 && table.order.len() <= 8);
        }
    }
}
