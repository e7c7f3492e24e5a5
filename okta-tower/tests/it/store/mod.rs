//! Session stores: the in-memory store, and the conformance suite.

mod faults;
mod memory;
