//! Which thread this is, for what threads keep apart so as not to wait for each other's cores.

use std::{
    cell::Cell,
    sync::atomic::{AtomicUsize, Ordering},
};

/// A number that no other thread has or has had, counted from 0.
#[inline]
pub(crate) fn number() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    const NONE_YET: usize = usize::MAX;
    thread_local! {
        static NUMBER: Cell<usize> = const { Cell::new(NONE_YET) };
    }
    let number = |number: &Cell<usize>| {
        if number.get() == NONE_YET {
            number.set(NEXT.fetch_add(1, Ordering::Relaxed));
        }
        number.get()
    };
    // While a thread is being torn down its number may be gone: then it is with the others.
    NUMBER.try_with(number).unwrap_or(NONE_YET)
}
