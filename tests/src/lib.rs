//! What the tests across crates have in common.
