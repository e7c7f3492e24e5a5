//! Which thread this is, for what threads keep apart so as not to wait for each other's cores.

use std::{
    cell::Cell,
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

const NONE_YET: usize = usize::MAX;

thread_local! {
    static NUMBER: Cell<usize> = const { Cell::new(NONE_YET) };
}

/// A number that no other thread has or has had, counted from 0.
#[inline]
pub(crate) fn number() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let number = |number: &Cell<usize>| {
        if number.get() == NONE_YET {
            number.set(NEXT.fetch_add(1, Ordering::Relaxed));
        }
        number.get()
    };
    // While a thread is being torn down its number may be gone: then it is with the others.
    NUMBER.try_with(number).unwrap_or(NONE_YET)
}

/// How many there are of [`Each`]. Of more threads, some share.
const EACH: usize = 16;

/// One of a thing for each thread, made when the thread first asks.
#[derive(Debug)]
pub(crate) struct Each<T>(Box<[OnceLock<T>; EACH]>);

impl<T> Each<T> {
    pub(crate) fn new() -> Self {
        Self(Box::new(std::array::from_fn(|_| OnceLock::new())))
    }

    #[inline]
    pub(crate) fn of_this(&self, make: impl FnOnce() -> T) -> &T {
        self.0[number() % EACH].get_or_init(make)
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn each_thread_has_one_number_and_one_of_a_thing() {
        let each = Each::new();
        let mine = (number(), *each.of_this(number));
        assert_eq!(mine, (number(), number()));
        let other = thread::scope(|scope| {
            let other = scope.spawn(|| (number(), *each.of_this(number)));
            other.join().unwrap()
        });
        assert_ne!(mine.0, other.0);
        let shares = mine.0 % EACH == other.0 % EACH;
        assert_eq!(other.1, if shares { mine.1 } else { other.0 });
    }
}
