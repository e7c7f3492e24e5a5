//! The system's allocator, with counters of allocations for each thread.
//!
//! Every measured case pays the same two additions for each allocation.

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

/// Returns how often this thread has allocated. A reallocation counts as one.
pub(crate) fn allocations() -> u64 {
    ALLOCATIONS.with(Cell::get)
}

/// Returns the bytes that this thread has requested and not freed.
pub(crate) fn bytes() -> i64 {
    BYTES.with(Cell::get)
}

fn count(times: u64, bytes: i64) {
    // A thread that ends has no counters left, and is not measured.
    let _ = ALLOCATIONS.try_with(|counter| counter.set(counter.get() + times));
    let _ = BYTES.try_with(|counter| counter.set(counter.get() + bytes));
}

fn signed(size: usize) -> i64 {
    size as i64
}

// SAFETY: every call goes to the system's allocator unchanged.
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
