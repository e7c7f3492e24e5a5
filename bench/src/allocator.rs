//! Counts allocations: the system's allocator, and a count of this thread beside it.
//!
//! Everybody here is measured on it, and pays the same two additions for each allocation.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

#[global_allocator]
static COUNTING: Counting = Counting;

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
    static BYTES: Cell<i64> = const { Cell::new(0) };
}

/// How often this thread has allocated so far. Growing a block counts as one.
pub(crate) fn allocations() -> u64 {
    ALLOCATIONS.with(Cell::get)
}

/// What this thread has allocated and not freed again, in bytes as they were asked for.
pub(crate) fn bytes() -> i64 {
    BYTES.with(Cell::get)
}

fn count(times: u64, bytes: i64) {
    // A thread that is being torn down has no counters any more, and is not measured.
    let _ = ALLOCATIONS.try_with(|counter| counter.set(counter.get() + times));
    let _ = BYTES.try_with(|counter| counter.set(counter.get() + bytes));
}

fn signed(size: usize) -> i64 {
    size as i64
}

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(1, signed(layout.size()));
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(1, signed(layout.size()));
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(0, -signed(layout.size()));
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(1, signed(size) - signed(layout.size()));
        unsafe { System.realloc(block, layout, size) }
    }
}
